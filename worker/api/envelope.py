"""What Easemob's answers are wrapped in."""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from fastapi import Request

from worker.api.duration import duration_of
from worker.clock import wall_clock


def application_id(appkey: str) -> str:
    """Return an app's id in answers: the same for ever, for it is made of the app key alone."""
    return str(uuid5(NAMESPACE_URL, f"easemob:{appkey}"))


def envelope(request: Request, appkey: str, *, data: Any = None, entities: Any = None, **more: Any) -> dict[str, Any]:
    """Return an answer with what it holds: ``data``, ``entities`` or both, and members beside them."""
    org, _, app = appkey.partition("#")
    held = {"data": data, "entities": entities}
    return {
        "path": _resource(request.url.path),
        "uri": _uri(request),
        "timestamp": wall_clock(),
        "organization": org,
        "application": application_id(appkey),
        **{name: value for name, value in held.items() if value is not None},
        "action": request.method.lower(),
        "duration": duration_of(request),
        "applicationName": app,
        **more,
    }


def _uri(request: Request) -> str:
    """Return the address as it was asked for, without the query."""
    path: bytes = request.scope.get("raw_path") or request.url.path.encode()
    return f"{request.url.scheme}://{request.url.netloc}{path.decode('ascii', 'replace')}"


def _resource(path: str) -> str:
    """Return the collection that a path is of: ``/users`` of ``/org/app/users/bob``."""
    return "/" + "".join(path.split("/")[3:4])

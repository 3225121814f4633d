"""What Easemob's answers are wrapped in."""

from functools import lru_cache
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from fastapi import Request
from starlette.datastructures import URL

from worker.api.duration import duration_of
from worker.clock import wall_clock


@lru_cache(maxsize=1_024)
def application_id(appkey: str) -> str:
    """Return an app's id in answers: the same for ever, for it is made of the app key alone."""
    return str(uuid5(NAMESPACE_URL, f"easemob:{appkey}"))


def envelope(request: Request, appkey: str, *, data: Any = None, entities: Any = None, **more: Any) -> dict[str, Any]:
    """Return an answer with what it holds: ``data``, ``entities`` or both, and members beside them."""
    org, _, app = appkey.partition("#")
    held = {"data": data, "entities": entities}
    return {
        "path": _resource(request.scope["path"]),
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
    scope = request.scope
    path: bytes = scope.get("raw_path") or request.url.path.encode()
    origin = _origin(scope["scheme"], scope.get("server"), request.headers.get("host"))
    return f"{origin}{path.decode('ascii', 'replace')}"


@lru_cache(maxsize=256)
def _origin(scheme: str, server: tuple[str, int] | None, host: str | None) -> str:
    """Return where a request was sent to, as far as it says so: the same for almost all of them."""
    headers = [] if host is None else [(b"host", host.encode("latin-1"))]
    url = URL(scope={"scheme": scheme, "server": server, "path": "/", "headers": headers})
    return f"{url.scheme}://{url.netloc}"


def _resource(path: str) -> str:
    """Return the collection that a path is of: ``/users`` of ``/org/app/users/bob``."""
    return "/" + "".join(path.split("/")[3:4])

"""Ids in a path that hold a slash, sent as ``%2F``: a path is decoded before the routes cut it at its slashes."""

from typing import Annotated
from urllib.parse import unquote

from pydantic import AfterValidator
from starlette.types import ASGIApp, Receive, Scope, Send

#: Stands for a slash inside a segment: of Unicode's private use, so that it is in no id.
_SLASH = "\ue02f"


def whole(segment: str) -> str:
    """Return an id as it was before it became a segment."""
    return segment.replace(_SLASH, "/")


#: A path parameter that is an id.
Segment = Annotated[str, AfterValidator(whole)]


class Segments:
    """ASGI middleware that keeps encoded slashes out of the way of the routes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        raw: bytes = scope.get("raw_path") or b""
        if scope["type"] == "http" and b"%2f" in raw.lower():
            scope["path"] = _decoded(raw)
        await self._app(scope, receive, send)


def _decoded(raw: bytes) -> str:
    segments = raw.split(b"?")[0].decode("ascii", "replace").split("/")
    return "/".join(unquote(segment).replace("/", _SLASH) for segment in segments)

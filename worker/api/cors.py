"""Pages of any origin may call the API: a browser asks before each call of the SDK, and reads only what allows it.

https://fetch.spec.whatwg.org/#http-cors-protocol. Starlette's own middleware answers a preflight in plain text, and its
headers miss what is answered outside it.
"""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: For machines beside the API: no page has any business there.
_CLOSED = ("/healthz", "/readyz", "/metrics", "/huawei/")
# Any origin, for nothing here depends on a cookie or on where a browser is: who calls is known by the token alone.
_ALWAYS = MappingProxyType({"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"})
_PREFLIGHT = MappingProxyType(
    {
        "Access-Control-Allow-Methods": "GET, PUT, POST, DELETE, OPTIONS",
        "Access-Control-Allow-Headers": "authorization, content-type",
        # Chromium keeps it for two hours at most.
        "Access-Control-Max-Age": "7200",
    }
)
_ALWAYS_RAW = [(name.lower().encode(), value.encode()) for name, value in _ALWAYS.items()]
_NOTHING: Mapping[str, str] = MappingProxyType({})


def headers_for(path: str) -> Mapping[str, str]:
    """Return what allows a page to read any answer of a path."""
    return _NOTHING if path.startswith(_CLOSED) else _ALWAYS


class Cors:
    """ASGI middleware that answers preflights and lets pages read every other answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not headers_for(scope["path"]):
            await self._app(scope, receive, send)
            return
        if _is_preflight(scope):
            await Response(status_code=204, headers={**_ALWAYS, **_PREFLIGHT})(scope, receive, send)
            return

        async def readable(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_ALWAYS_RAW]
            await send(message)

        await self._app(scope, receive, readable)


def _is_preflight(scope: Scope) -> bool:
    return scope["method"] == "OPTIONS" and "access-control-request-method" in Headers(scope=scope)

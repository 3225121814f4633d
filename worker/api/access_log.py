"""One log line and one measurement for each request, without what it carried: a query and a header may hold tokens."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from worker.api.duration import begin, elapsed_ms
from worker.metrics import API_SECONDS
from worker.quick_log import QuickLogger

#: Asked every few seconds by machines.
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
#: A caller can invent methods, and a label must not grow with them.
_METHODS = frozenset({"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD"})


class AccessLog:
    """ASGI middleware that logs method, path, status and milliseconds, and measures by route."""

    def __init__(self, app: ASGIApp) -> None:
        self._app, self._log = app, QuickLogger(__name__)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] in _QUIET:
            await self._app(scope, receive, send)
            return
        begin(scope)
        path = scope["path"]

        async def logged(message: Message) -> None:
            if message["type"] == "http.response.start":
                took_ms, status = elapsed_ms(scope), message["status"]
                self._log.info("request", method=scope["method"], path=path, status=status, ms=round(took_ms, 1))
                API_SECONDS.labels(*_labels(scope), status).observe(took_ms / 1000)
            await send(message)

        await self._app(scope, receive, logged)


def _labels(scope: Scope) -> tuple[str, str]:
    method = scope["method"]
    return method if method in _METHODS else "other", getattr(scope.get("route"), "path", "unknown")

"""One log line for each request, without what it carried: a query and a header may hold tokens."""

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from worker.api.duration import begin, elapsed_ms

#: Asked every few seconds by machines.
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
_log = structlog.get_logger(__name__)


class AccessLog:
    """ASGI middleware that logs method, path, status and milliseconds."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] in _QUIET:
            await self._app(scope, receive, send)
            return
        begin(scope)

        async def logged(message: Message) -> None:
            if message["type"] == "http.response.start":
                took_ms = round(elapsed_ms(scope), 1)
                _log.info("request", method=scope["method"], path=scope["path"], status=message["status"], ms=took_ms)
            await send(message)

        await self._app(scope, receive, logged)

"""No request may be larger than the API has use for."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: A thousand receipts are a quarter of it.
LIMIT_BYTES = 1_048_576


class BodyLimit:
    """ASGI middleware that ends the reading of a body beyond ``LIMIT_BYTES`` with 413.

    FastAPI's own limit answers in plain text.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        size = 0

        async def limited() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > LIMIT_BYTES:
                raise HTTPException(413, f"more than {LIMIT_BYTES} bytes")
            return message

        await self._app(scope, limited, send)

"""A Transport under test: opened, used and closed."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from providers.transport import Ambiguous, Answer, NotSent, Transport

Run = Callable[[Coroutine[Any, Any, None]], None]

HEADERS = [("apns-id", "0a1b"), ("authorization", "bearer SECRETjwt")]


@asynccontextmanager
async def wire(origin: str, **options: Any) -> AsyncIterator[Transport]:
    """Open a Transport and close it at the end."""
    transport = Transport(origin, **options)
    try:
        yield transport
    finally:
        await transport.aclose()


async def post(transport: Transport, segment: str, deadline: float = 5.0) -> Answer | NotSent | Ambiguous:
    """Send a small body to a path whose last segment says what the server does."""
    return await transport.post(f"/3/device/{segment}", HEADERS, b'{"aps":{}}', deadline)

"""A Transport under test: opened, used and closed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from providers.transport import Ambiguous, Answer, NotSent, Transport
from tests.contract.stranger import Stranger

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


async def arrived(node: Stranger, segment: str) -> None:
    """Wait until the server has seen a request for ``segment``: only then is it surely in flight.

    Another request's answer is no sign of it: that may be there before a task begun earlier has had its first turn.
    """
    async with asyncio.timeout(10):
        while not any(seen["path"].endswith(segment) for seen in node.seen()):  # noqa: ASYNC110 - the server is another process
            await asyncio.sleep(0.01)

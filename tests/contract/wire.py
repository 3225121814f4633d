"""A Transport under test: opened, used and closed."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from providers.transport import Ambiguous, Answer, NotSent, Transport
from providers.wire import Headers
from tests.contract.plain_server import forward, serving
from tests.contract.stranger import Stranger

Run = Callable[[Coroutine[Any, Any, None]], None]

HEADERS = [("apns-id", "0a1b"), ("authorization", "bearer SECRETjwt")]


class Begun(Transport):
    """A Transport whose requests are begun without a task wherever they can be."""

    async def post(
        self,
        path: str,
        headers: Headers,
        body: bytes,
        deadline: float,
        lasting: Headers = (),
        *,
        resends: int = 2,
    ) -> Answer | NotSent | Ambiguous:
        """Begin and wait to be told; post what cannot be begun."""
        told: asyncio.Future[Answer | NotSent | Ambiguous] = asyncio.get_running_loop().create_future()
        if resends > 1 and self.begin(path, headers, body, deadline, told.set_result, lasting):
            return await told
        return await super().post(path, headers, body, deadline, lasting, resends=resends)


@asynccontextmanager
async def wire(origin: str, kind: type[Transport] = Transport, **options: Any) -> AsyncIterator[Transport]:
    """Open a Transport and close it at the end."""
    transport = kind(origin, **options)
    try:
        yield transport
    finally:
        await transport.aclose()


@dataclass(frozen=True, slots=True)
class Way:
    """How a Transport reaches its origin: directly, which is our own wire, or through a proxy, which is pyreqwest's.

    And whether its requests are awaited, or begun and told.
    """

    proxy: str | None = None
    kind: type[Transport] = Transport

    @asynccontextmanager
    async def open(self, origin: str, **options: Any) -> AsyncIterator[Transport]:
        """Open a Transport and close it at the end."""
        async with wire(origin, self.kind, proxy=self.proxy, **options) as transport:
            yield transport

    def says(self, ours: str, theirs: str) -> str:
        """Return the words of this way for a failure."""
        return theirs if self.proxy else ours


@contextmanager
def tunnels() -> Iterator[str]:
    """Run a CONNECT proxy; give its URL."""
    with serving(_tunnel) as port:
        yield f"http://127.0.0.1:{port}"


def _tunnel(near: socket.socket) -> None:
    asked = near.recv(4096).split()
    if asked:
        host, _, port = asked[1].decode().rpartition(":")
        with socket.create_connection((host, int(port))) as far:
            near.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            forward(near, far)


async def post(transport: Transport, segment: str, deadline: float = 5.0) -> Answer | NotSent | Ambiguous:
    """Send a small body to a path whose last segment says what the server does."""
    return await transport.post(f"/3/device/{segment}", HEADERS, b'{"aps":{}}', deadline)


async def arrived(node: Stranger, segment: str) -> None:
    """Wait until the server has seen a request for ``segment``: only then is it surely in flight.

    Another request's answer is no sign of it: that may be there before a task begun earlier has had its first turn.
    """
    async with asyncio.timeout(30):
        while not any(seen["path"].endswith(segment) for seen in node.seen()):  # noqa: ASYNC110 - the server is another process
            await asyncio.sleep(0.01)


async def closed(node: Stranger, left: int) -> None:
    """Wait until the server has so many connections left."""
    async with asyncio.timeout(30):
        while node.open() > left:  # noqa: ASYNC110 - the server is another process
            await asyncio.sleep(0.01)

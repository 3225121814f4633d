"""A TCP relay between a client and a server: it delays both directions, or falls silent without closing."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from tests.contract.loop_thread import loop_thread


class Relay:
    """Forwards every connection to one port of this machine.

    Args:
        port: where the server listens.
        delay_s: what each direction takes: half a round trip.
    """

    def __init__(self, port: int, delay_s: float = 0.0) -> None:
        self.port, self.delay_s = port, delay_s
        self._ends: list[_End] = []
        self._opened = 0

    async def start(self) -> None:
        """Listen on the running loop."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._accepted, "127.0.0.1", 0)
        self.own_port = int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Cut every connection and wait until they are gone."""
        self._server.close()
        for end in self._ends:
            end.cut()
        await asyncio.gather(*(end.lost for end in self._ends))

    @property
    def origin(self) -> str:
        """Scheme, host and port, with a name that the simulator's certificate holds."""
        return f"https://localhost:{self.own_port}"

    @property
    def opened(self) -> int:
        """How many connections were opened."""
        return self._opened

    @property
    def silenced(self) -> int:
        """How many silent connections the client still holds."""
        return sum(end.is_near and end.is_silent and not end.lost.done() for end in self._ends)

    def fall_silent(self) -> None:
        """Swallow from now on what the open connections carry, their ends too; new ones work."""
        for end in self._ends:
            end.is_silent = True

    def end(self) -> "_End":
        """Return one more end."""
        self._ends.append(_End(self))
        return self._ends[-1]

    def _accepted(self) -> "_End":
        self._opened += 1
        near = self.end()
        near.is_near = True
        return near


class _End(asyncio.Protocol):
    """One end of a connection; what arrives leaves at the other end, later."""

    def __init__(self, relay: Relay) -> None:
        self._loop, self._relay = asyncio.get_running_loop(), relay
        self._unsent = bytearray()
        self._transport: asyncio.Transport | None = None
        self._other: _End | None = None
        self.is_near = self.is_silent = False
        self.lost: asyncio.Future[None] = self._loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Write what came before; the client's end opens the server's."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(bytes(self._unsent))
        if self.is_near:
            self._other = self._relay.end()
            self._other._other = self
            self._connecting = self._loop.create_task(self._connect(self._other))

    def data_received(self, data: bytes) -> None:
        """Pass bytes on."""
        if self._other is not None and not self.is_silent:
            self._loop.call_later(self._relay.delay_s, self._other.write, data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's face
        """Pass the end on."""
        self.lost.set_result(None)
        if self._other is not None and not self.is_silent:
            self._loop.call_later(self._relay.delay_s, self._other.cut)

    def write(self, data: bytes) -> None:
        """Send to this end's peer."""
        if self._transport is None:
            self._unsent += data
        else:
            self._transport.write(data)

    def cut(self) -> None:
        """End this end."""
        if self._transport is not None:
            self._transport.abort()

    async def _connect(self, other: "_End") -> None:
        await self._loop.create_connection(lambda: other, "127.0.0.1", self._relay.port)


@contextmanager
def relay(port: int, delay_s: float = 0.0) -> Iterator[Relay]:
    """Run a relay on a loop of its own."""
    with loop_thread() as thread:
        running = Relay(port, delay_s)
        thread.run(running.start())
        try:
            yield running
        finally:
            thread.run(running.stop())

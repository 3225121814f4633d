"""The door of one fake vendor: it accepts connections itself, so that a fault can strike before TLS."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from providers.simulator.faults import OnConnect, RefuseConnection, StallHandshake
from providers.simulator.injector import Injector
from providers.simulator.outlet import linger

_BACKLOG = 1024
#: The pause after a failed accept, in seconds: it fails when descriptors run out.
_BREATH_S = 0.1


class Listener:
    """Listens on every address of one host. It belongs to the loop it was started on.

    Args:
        make: makes the protocol of a connection, after its handshake.
        context: None speaks without TLS.
        injector: says what meets a new connection.
    """

    def __init__(
        self, make: Callable[[], asyncio.Protocol], context: ssl.SSLContext | None, injector: Injector
    ) -> None:
        self._make, self._context, self._injector = make, context, injector
        self._sockets: list[socket.socket] = []
        self._accepting: list[asyncio.Task[None]] = []
        #: Connections before their handshake's end, and the sockets below.
        self._arriving: dict[asyncio.Task[None], socket.socket] = {}

    async def start(self, host: str, port: int) -> None:
        """Listen. Port 0 lets the system choose.

        Raises:
            OSError: the address is not free.
        """
        self._loop = asyncio.get_running_loop()
        found = await self._loop.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        try:
            for family, _, _, _, address in dict.fromkeys(found):
                self._sockets.append(_listening(family, str(address[0]), port or self._port_so_far()))
        except OSError:
            self._close_sockets()
            raise
        self._accepting = [self._loop.create_task(self._accept(listening)) for listening in self._sockets]

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening, and cut who is still at the door."""
        for task in self._accepting:
            task.cancel()
        await asyncio.gather(*self._accepting, return_exceptions=True)
        self._close_sockets()
        for arriving in self._arriving.values():
            # Ends a handshake from below; cancelling it would leave its transport half open.
            with suppress(OSError):
                arriving.shutdown(socket.SHUT_RDWR)
        await asyncio.gather(*self._arriving)

    async def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                arrived, _ = await self._loop.sock_accept(listening)
            except OSError:
                await asyncio.sleep(_BREATH_S)
                continue
            task = self._loop.create_task(self._welcome(arrived))
            self._arriving[task] = arrived
            task.add_done_callback(self._arriving.__delitem__)

    def _welcome(self, arrived: socket.socket) -> Coroutine[Any, Any, None]:
        match self._injector.on_connect():
            case None:
                return self._shake_hands(arrived)
            case fault:
                return self._turn_away(arrived, fault)

    async def _shake_hands(self, arrived: socket.socket) -> None:
        # A client that hangs up, or does not trust the certificate, is its own affair.
        with suppress(OSError):
            await self._loop.connect_accepted_socket(self._make, arrived, ssl=self._context)

    async def _turn_away(self, arrived: socket.socket, fault: OnConnect) -> None:
        with arrived:
            match fault:
                case StallHandshake(seconds=seconds):
                    await self._hold(arrived, seconds)
                case RefuseConnection():
                    linger(arrived.fileno())

    async def _hold(self, arrived: socket.socket, seconds: float) -> None:
        """Read and say nothing, until the time is over or either side hangs up."""
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(seconds):
                while await self._loop.sock_recv(arrived, 4096):
                    pass

    def _port_so_far(self) -> int:
        return self.port if self._sockets else 0

    def _close_sockets(self) -> None:
        for listening in self._sockets:
            listening.close()


def _listening(family: int, host: str, port: int) -> socket.socket:
    try:
        listening = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        reason = (error.strerror or "").partition(" (")[0].lower()
        raise OSError(error.errno, f"cannot listen on {host} port {port}: {reason}") from None
    listening.setblocking(False)
    return listening

"""The socket server of one fake vendor: connections in, requests to its rules, replies out."""

import asyncio
import ssl
from collections.abc import Callable
from itertools import count
from typing import cast

from providers.simulator.codec import Codec
from providers.simulator.http1 import Http1
from providers.simulator.http2 import Http2
from providers.simulator.listener import Listener
from providers.simulator.outlet import Outlet
from providers.simulator.service import Peer, Service
from providers.simulator.turns import Turns

_CODECS: dict[str, Callable[[int], Codec]] = {"h2": Http2, "http/1.1": lambda _: Http1()}


class Connection(asyncio.Protocol):
    """One client whose handshake is over; ``Turns`` serves it."""

    def __init__(self, service: Service, connection_id: int, open_connections: "set[Connection]") -> None:
        self._service = service
        self._id = connection_id
        self._open = open_connections
        self._turns: Turns | None = None
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Agree on the protocol and greet; without an agreed protocol, hang up."""
        # uvloop's transports have asyncio's face without being its children.
        self._transport = cast("asyncio.Transport", transport)
        self._open.add(self)
        if (protocol := self._agreed()) is None:
            self._transport.close()
            return
        limit = self._service.connected(Peer(self._id, self._certificate(), self._allow_streams))
        self._turns = Turns(self._service, _CODECS[protocol](limit), Outlet(self._transport), self._id)
        self._turns.flush()

    def data_received(self, data: bytes) -> None:
        """Serve what is complete."""
        if self._turns is not None:
            self._turns.receive(data)

    def pause_writing(self) -> None:
        """Stop reading from a client that does not read: its unread answers stay bounded."""
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Read again."""
        self._transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's face
        """Tell the vendor, and whoever waits for the end."""
        self._open.discard(self)
        if self._turns is not None:
            self._turns.lost()
        self._service.disconnected(self._id)
        self.lost.set_result(None)

    def abort(self) -> None:
        """End at once, as when the vendor's process dies."""
        self._transport.abort()

    def _allow_streams(self, streams: int) -> None:
        if self._turns is not None:
            self._turns.allow_streams(streams)

    def _agreed(self) -> str | None:
        tls = self._tls()
        chosen = tls and tls.selected_alpn_protocol()
        # A client without ALPN, or without TLS, speaks HTTP/1.1: https://www.rfc-editor.org/rfc/rfc9113#section-3.2
        protocol = chosen or "http/1.1"
        return protocol if protocol in self._service.protocols else None

    def _certificate(self) -> bytes | None:
        tls = self._tls()
        return tls.getpeercert(binary_form=True) if tls else None

    def _tls(self) -> ssl.SSLObject | None:
        tls: ssl.SSLObject | None = self._transport.get_extra_info("ssl_object")
        return tls


class Server:
    """One vendor on one port. It belongs to the loop it was started on."""

    def __init__(self, service: Service, context: ssl.SSLContext | None = None) -> None:
        self._service = service
        self._ids = count(1)
        self._open: set[Connection] = set()
        self._listener = Listener(self._connection, context, service.injector)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen. Port 0 lets the system choose.

        Raises:
            OSError: the address is not free.
        """
        await self._listener.start(host, port)

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return self._listener.port

    async def stop(self) -> None:
        """Stop listening, cut every connection, and wait until they are gone."""
        await self._listener.stop()
        lost = [connection.lost for connection in self._open]
        for connection in list(self._open):
            connection.abort()
        await asyncio.gather(*lost)

    def _connection(self) -> Connection:
        return Connection(self._service, next(self._ids), self._open)

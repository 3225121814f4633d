"""A connection's socket and clock: it dials, writes what a turn of the loop asked for at once, keeps deadlines."""

import asyncio
import ssl
from collections.abc import Collection
from dataclasses import dataclass
from math import inf
from typing import Final, cast

from providers.http2.dial import dial, inode_of, let_go
from providers.http2.encoder import Encoder
from providers.http2.errors import Code
from providers.http2.exchange import Exchange
from providers.http2.frames import goaway
from providers.http2.session import Session
from providers.http2.tls import HTTP1, HTTP2
from providers.http2.trouble import described, unsent
from providers.wire_outcome import NotSent, Returned

#: Seconds without a byte from the server before it is asked for a sign of life, and then until it is given up.
PING_S: Final = 10.0
#: Bytes of one write: more than a turn of the loop asks for, and little enough that large bodies leave room for others.
_WRITE: Final = 256 * 1024
#: Bytes that may wait below us for the socket: what waits above is provably unsent.
_BUFFER: Final = 64 * 1024
#: Frames of a server that asks for answers and does not read them.
_UNREAD: Final = 10_000
#: Deadlines that end within so many seconds of each other may end together.
_TICK_S: Final = 0.005
#: Seconds that a server has to say goodbye in TLS.
_GOODBYE_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a connection leads, and how.

    Args:
        host: a name or an address.
        port: TCP's.
        context: TLS; its ALPN offers ``h2``, and HTTP/1.1 if the caller can speak it.
        connect_timeout: seconds for DNS, TCP, TLS and the server's SETTINGS.
        may_speak_http1: whether ALPN offers that.
        never: names of headers whose values no table may hold.
        passing: names of headers whose values hardly ever repeat.
        wanted: names of headers of answers that somebody reads.
    """

    host: str
    port: int
    context: ssl.SSLContext
    connect_timeout: float
    may_speak_http1: bool = False
    never: Collection[str] = ()
    passing: Collection[str] = ()
    wanted: Collection[str] = ()


class Connection(asyncio.Protocol):
    """One connection; it takes requests from the moment it is made, and begins them when the server's SETTINGS came."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._loop = asyncio.get_running_loop()
        self._session = Session(Encoder(place.never, place.passing), place.wanted)
        self._sending = self._session.sending
        self._transport: asyncio.Transport | None = None
        self._speaks_http1 = self._is_paused = self._is_scheduled = self._asks_for_life = False
        self._heard_at = 0.0
        self._wakes_at = inf
        self._alarm: asyncio.TimerHandle | None = None
        self._heartbeat: asyncio.TimerHandle | None = None
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._gone: asyncio.Future[None] = self._loop.create_future()
        self._connecting = self._loop.create_task(self._connect())

    @property
    def is_open(self) -> bool:
        """Whether it takes requests."""
        return not self._session.is_leaving and not self._sending.is_used_up

    @property
    def is_gone(self) -> bool:
        """Whether the socket is closed."""
        return self._gone.done()

    def submit(self, exchange: Exchange) -> None:
        """Take a request; it leaves at the end of this turn of the loop, or when the server's limits allow it."""
        if self._session.is_leaving:
            exchange.end(Returned("the connection takes no more requests"))
            return
        self._sending.waiting.append(exchange)
        if exchange.ends_at < self._wakes_at:
            self._wake_at(exchange.ends_at)
        self._flush_soon()

    def withdraw(self, promise: object) -> None:
        """Forget the request of this promise: nobody waits for it any more."""
        for exchange in [each for each in self._session.live() if each.promise is promise]:
            self._sending.withdraw(exchange)
            self._flush_soon()

    def close(self) -> None:
        """End it. What is in flight becomes Ambiguous, what has not begun is given back."""
        self._session.end("transport is closed", Returned("transport is closed"))
        self._connecting.cancel()
        if self._transport is None:
            self._settle_down()
        else:
            self._sending.out.append(goaway(Code.NO_ERROR))
            self._flush()

    async def wait_closed(self) -> None:
        """Wait until the socket is closed."""
        await asyncio.wait([self._connecting])
        await self._gone

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """TLS is there. Greet, if the server agreed to HTTP/2."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=_BUFFER)
        self._speaks_http1 = not self._agreed(self._transport)
        if not self._speaks_http1:
            self._heard_at = self._loop.time()
            self._beat()
            self._flush()

    def data_received(self, data: bytes) -> None:
        """Take bytes of the server."""
        self._heard_at, self._asks_for_life = self._loop.time(), False
        session = self._session
        session.receive(data)
        if not self._ready.done() and (session.is_ready or session.is_over):
            self._ready.set_result(None)
        if self._sending.has_work or session.is_leaving:
            self._flush()

    def eof_received(self) -> None:
        """Begin nothing more: the server hangs up, and asyncio closes the connection."""
        self._end("closed by the server")

    def connection_lost(self, exc: Exception | None) -> None:
        """Give every request its end."""
        error = exc or ConnectionResetError()
        if not self._ready.done():
            self._ready.set_exception(error)
            # Nobody looks at it when connecting was cancelled.
            self._ready.exception()
        else:
            self._end(described(error))
        self._settle_down()

    def pause_writing(self) -> None:
        """Begin nothing while the socket takes nothing."""
        self._is_paused = True

    def resume_writing(self) -> None:
        """Go on."""
        self._is_paused = False
        self._flush()

    async def _connect(self) -> None:
        """Bring the connection about, or tell everybody who waits for it why there is none."""
        place = self._place
        try:
            async with asyncio.timeout(place.connect_timeout):
                found = await dial(place.host, place.port)
                inode = inode_of(found)
                try:
                    await self._loop.create_connection(
                        lambda: self,
                        sock=found,
                        ssl=place.context,
                        server_hostname=place.host,
                        ssl_shutdown_timeout=_GOODBYE_S,
                    )
                except BaseException:
                    let_go(found, inode)
                    raise
                if self._speaks_http1:
                    self._refuse(Returned("the host speaks HTTP/1.1", speaks_http1=True))
                    return
                await self._ready
        except Exception as error:  # noqa: BLE001 - whatever it was, whoever waits has to be told
            self._refuse(unsent(error, place.connect_timeout))

    def _refuse(self, outcome: NotSent | Returned) -> None:
        self._session.end(outcome.cause, outcome)
        if self._transport is None:
            self._settle_down()
        else:
            self._transport.abort()

    def _agreed(self, transport: asyncio.Transport) -> bool:
        """Tell whether the server agreed to HTTP/2."""
        agreed = transport.get_extra_info("ssl_object").selected_alpn_protocol()
        # A server without ALPN: HTTP/2 by prior knowledge, unless it may be one of HTTP/1.1.
        return agreed == HTTP2 or (agreed != HTTP1 and not self._place.may_speak_http1)

    def _flush_soon(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        """Write all that is to be written, in one piece."""
        self._is_scheduled = False
        transport, out = self._transport, self._sending.out
        if transport is None or transport.is_closing():
            return
        if self._is_paused:
            if self._session.is_done or len(out) > _UNREAD:
                transport.abort()
            return
        is_more = self._sending.pump(_WRITE)
        if out:
            data = b"".join(out)
            out.clear()
            transport.write(data)
        if self._sending.is_used_up:
            self._session.leave("the connection has no numbers left for streams")
        if self._session.is_done:
            transport.close()
        elif is_more:
            self._flush_soon()

    def _wake_at(self, when: float) -> None:
        if self._alarm:
            self._alarm.cancel()
        self._wakes_at = when
        self._alarm = self._loop.call_at(when, self._end_overdue)

    def _end_overdue(self) -> None:
        """End what is overdue and wake again for the next one: one timer for all, which a steady flow seldom moves."""
        now = self._loop.time()
        self._alarm, self._wakes_at = None, inf
        overdue = [exchange for exchange in self._session.live() if exchange.ends_at <= now]
        for exchange in overdue:
            self._session.expire(exchange)
        following = min((exchange.ends_at for exchange in self._session.live()), default=inf)
        if following < inf:
            self._wake_at(max(following, now + _TICK_S))
        if overdue:
            self._flush()

    def _beat(self) -> None:
        """Ask a silent server for a sign of life; leave one that gives none."""
        now = self._loop.time()
        silent_s = now - self._heard_at
        if self._asks_for_life:
            self._lose("no answer to PING")
            return
        if silent_s >= PING_S:
            self._asks_for_life, silent_s = True, 0.0
            self._session.ping()
            self._flush()
        self._heartbeat = self._loop.call_later(PING_S - silent_s, self._beat)

    def _lose(self, why: str) -> None:
        self._end(why)
        if self._transport:
            self._transport.abort()

    def _end(self, why: str) -> None:
        if self._ready.done():
            self._session.end(f"connection lost: {why}", Returned(f"connection lost: {why}"))

    def _settle_down(self) -> None:
        for timer in (self._alarm, self._heartbeat):
            if timer:
                timer.cancel()
        self._transport = None
        if not self._gone.done():
            self._gone.set_result(None)

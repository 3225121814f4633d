"""The HTTP/2 wire: one POST, and an exact word on whether the vendor can have seen it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Final

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.proxy import ProxyBuilder

from providers.credentials import check_identity, load_ca
from providers.wire_errors import is_connection_lost
from providers.wire_exchange import sent
from providers.wire_outcome import Ambiguous, Answer, NotSent

__all__ = ["Ambiguous", "Answer", "Http", "NotSent", "Transport"]


class Http(str, Enum):
    """How the protocol is agreed on."""

    #: HTTP/2 without asking: a cold burst shares one connection instead of opening a hundred.
    HTTP2 = "http2"
    #: ALPN, for hosts that may know HTTP/1.1 only.
    NEGOTIATE = "negotiate"


# A name is resolved only when a client connects, so an address change reaches a client only when it is new.
_CLIENT_LIFE_S: Final = 3600.0
# PING finds a dead path; without it the same dead connection would be used for ever.
_PING: Final = timedelta(seconds=10)
# HTTP/1.1 servers close idle connections without a word, so we must be first; HTTP/2 says so with GOAWAY.
_IDLE: Final = {Http.HTTP2: timedelta(hours=1), Http.NEGOTIATE: timedelta(seconds=50)}


@dataclass(slots=True)
class _Connection:
    """One client, which is one HTTP/2 connection, and how many requests are on it."""

    client: Client
    in_flight: int = 0
    #: Whether its last answer came over HTTP/2.
    speaks_http2: bool = False


@dataclass(slots=True)
class _Generation:
    """Connections of one age; they are closed when their successor is made and the last request has ended."""

    connections: list[_Connection]
    slots: asyncio.Semaphore
    ends_at: float
    widen_by: int
    users: int = 0
    retired: bool = False

    async def close(self) -> None:
        """Close every connection."""
        for connection in self.connections:
            await connection.client.close()


class Transport:
    """One origin's connections: one per channel and event loop, made after fork.

    A request's total time-out is indistinguishable from a processed request, so a ``deadline`` should be longer than
    ``connect_timeout``: then a connect that hangs is NotSent instead of Ambiguous.

    Args:
        origin: scheme, host and port: ``https://api.push.apple.com:443``.
        http: HTTP/2 only, or negotiated.
        ca_file: PEM file of authorities to trust besides the system's.
        identity_pem: client certificate and key as ``providers.credentials.identity_of`` returns them.
        proxy: URL of a CONNECT proxy, which may hold a user and password. The environment's proxies are ignored.
        connect_timeout: seconds for DNS, TCP and TLS.
        max_in_flight: further requests wait here, where they are still provably unsent.
        streams: requests on one connection before another is opened. What is above a server's limit would wait
            inside the client, where a time-out cannot tell it from a request that was sent; Google's front ends
            take 100.

    Raises:
        CredentialError: ``ca_file`` or ``identity_pem`` is unusable.
        ValueError: ``proxy`` is no proxy's URL.
    """

    def __init__(
        self,
        origin: str,
        *,
        http: Http = Http.HTTP2,
        ca_file: str | None = None,
        identity_pem: bytes | None = None,
        proxy: str | None = None,
        connect_timeout: float = 5.0,
        max_in_flight: int = 400,
        streams: int = 100,
    ) -> None:
        self._origin = origin
        self._http = http
        self._ca_pem = load_ca(ca_file) if ca_file else None
        self._identity_pem = identity_pem
        self._proxy = proxy
        self._connect_timeout = timedelta(seconds=connect_timeout)
        self._max_in_flight = max_in_flight
        self._streams = streams
        self._speaks_http2 = http is Http.HTTP2
        self._generation: _Generation | None = None
        self._closed = False
        if identity_pem:
            check_identity(identity_pem)
        if proxy:
            _check_proxy(proxy)

    async def post(
        self, path: str, headers: Sequence[tuple[str, str]], body: bytes, deadline: float
    ) -> Answer | NotSent | Ambiguous:
        """Send once and say what became of it; never raise for what a network can do.

        Nothing that a vendor can have processed is sent again. What it refused unread (REFUSED_STREAM, or a GOAWAY
        without an error below it) the client library sends again by itself, twice at most.

        Cancelling returns at once but does not stop a request on its way: wait for the result, then ``aclose``.

        Args:
            path: absolute and already escaped: ``/3/device/00ff``.
            headers: name and value; values of visible ASCII and blanks, anything else is NotSent.
            body: the whole body.
            deadline: seconds from now for everything: waiting, connecting and the answer.
        """
        if bad := _unsendable(headers):
            return NotSent(f"header {bad} is not visible ASCII")
        if self._closed:
            return NotSent("transport is closed")
        if deadline <= 0:
            return NotSent("deadline had passed")
        generation = await self._current()
        generation.users += 1
        try:
            return await self._queued(generation, path, headers, body, deadline)
        finally:
            generation.users -= 1
            if generation.retired and not generation.users:
                await generation.close()

    async def aclose(self) -> None:
        """Close the connections. Requests still in flight end as Ambiguous, later ones as NotSent."""
        self._closed = True
        if self._generation:
            await self._generation.close()

    async def _queued(
        self, generation: _Generation, path: str, headers: Sequence[tuple[str, str]], body: bytes, deadline: float
    ) -> Answer | NotSent | Ambiguous:
        if generation.slots.locked():
            remaining = await _wait(generation.slots, deadline)
            if remaining <= 0:
                return NotSent("deadline passed before a free slot")
        else:
            await generation.slots.acquire()
            remaining = deadline
        connection = self._least_loaded(generation)
        connection.in_flight += 1
        try:
            outcome = await self._exchange(connection, path, headers, body, remaining)
        finally:
            connection.in_flight -= 1
            generation.slots.release()
        if isinstance(outcome, Answer):
            _widen(generation)
        self._learn(generation, connection, outcome)
        return outcome

    def _learn(self, generation: _Generation, connection: _Connection, outcome: Answer | NotSent | Ambiguous) -> None:
        """Speak HTTP/2 outright once the host has agreed to it; agree anew after a connection was lost.

        Under ALPN each request that finds no open connection makes its own: when one was lost or sent away, and when
        a second is opened beside a full one, there would be one for every push in flight.
        """
        if self._http is Http.HTTP2 or generation is not self._generation:
            return
        if isinstance(outcome, Answer):
            speaks_http2 = connection.speaks_http2
        else:
            speaks_http2 = self._speaks_http2 and not is_connection_lost(outcome.cause)
        if speaks_http2 != self._speaks_http2:
            self._speaks_http2 = speaks_http2
            generation.ends_at = 0.0

    async def _exchange(
        self, connection: _Connection, path: str, headers: Sequence[tuple[str, str]], body: bytes, remaining: float
    ) -> Answer | NotSent | Ambiguous:
        try:
            request = (
                connection.client.post(self._origin + path)
                .headers(headers)
                .body_bytes(body)
                .timeout(timedelta(seconds=remaining))
                # With a read-ahead the status would be lost when the body breaks off.
                .streamed_read_buffer_limit(0)
                .build_streamed()
            )
        except ValueError:
            return NotSent("request cannot be built", configuration=True)
        outcome, connection.speaks_http2 = await sent(request)
        return outcome

    async def _current(self) -> _Generation:
        now = asyncio.get_running_loop().time()
        current = self._generation
        if current and now < current.ends_at:
            return current
        self._generation = self._next(now)
        if current:
            current.retired = True
            if not current.users:
                await current.close()
        return self._generation

    def _next(self, now: float) -> _Generation:
        # A cold burst under ALPN opens a connection per request, so one answer has to come first.
        first = self._max_in_flight if self._speaks_http2 else 1
        return _Generation(
            [_Connection(self._build())],
            asyncio.Semaphore(first),
            now + _CLIENT_LIFE_S,
            widen_by=self._max_in_flight - first,
        )

    def _least_loaded(self, generation: _Generation) -> _Connection:
        """Return the connection with the fewest requests; open another when each is as full as servers allow."""
        connections = generation.connections
        chosen = connections[0] if len(connections) == 1 else min(connections, key=lambda each: each.in_flight)
        if chosen.in_flight >= self._streams:
            chosen = _Connection(self._build())
            generation.connections.append(chosen)
        return chosen

    def _build(self) -> Client:
        builder = ClientBuilder().follow_redirects(enable=False).referer(enable=False).user_agent("offline-push")
        builder = builder.gzip(enable=False).brotli(enable=False).zstd(enable=False).deflate(enable=False)
        builder = builder.connect_timeout(self._connect_timeout).pool_idle_timeout(_IDLE[self._http])
        builder = builder.http2_keep_alive_interval(_PING).http2_keep_alive_timeout(_PING)
        builder = builder.http2_keep_alive_while_idle(enabled=True)
        builder = builder.http2_prior_knowledge() if self._speaks_http2 else builder.http2(enable=True)
        builder = builder.proxy(ProxyBuilder.all(self._proxy)) if self._proxy else builder.no_proxy()
        if self._ca_pem:
            builder = builder.add_root_certificate_pem(self._ca_pem)
        if self._identity_pem:
            builder = builder.identity_pem(self._identity_pem)
        return builder.build()


def _check_proxy(url: str) -> None:
    try:
        ProxyBuilder.all(url)
    except ValueError:
        # Without the cause: its text may hold the URL, and that the proxy's password.
        raise ValueError("proxy: not the URL of a proxy") from None


async def _wait(slots: asyncio.Semaphore, deadline: float) -> float:
    """Take a slot and return the seconds left; without a slot return 0."""
    ends_at = asyncio.get_running_loop().time() + deadline
    try:
        async with asyncio.timeout_at(ends_at):
            await slots.acquire()
    except TimeoutError:
        return 0.0
    left = ends_at - asyncio.get_running_loop().time()
    if left <= 0:
        slots.release()
    return left


def _widen(generation: _Generation) -> None:
    for _ in range(generation.widen_by):
        generation.slots.release()
    generation.widen_by = 0


def _unsendable(headers: Sequence[tuple[str, str]]) -> str | None:
    """Return the name of the first header whose value HTTP cannot carry, or None."""
    together = "".join([value for _, value in headers])
    if together.isascii() and together.isprintable():
        return None
    for name, value in headers:
        if not (value.isascii() and value.isprintable()):
            return name
    return None

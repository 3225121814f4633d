"""The wire for where our own cannot go: through a proxy, and over HTTP/1.1.

It is ``pyreqwest`` (reqwest, hyper and h2 in Rust). What its errors mean: ``wire_errors.py``.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from typing import Final

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import PyreqwestError
from pyreqwest.proxy import ProxyBuilder
from pyreqwest.request import StreamRequest
from pyreqwest.response import Response

from providers.http2.connection import PING_S
from providers.wire import Headers, Wire, Wires
from providers.wire_errors import classify, is_connection_lost
from providers.wire_http2 import HEADERS_READ
from providers.wire_outcome import Ambiguous, Answer, NotSent, Outcome, Promise

_PING: Final = timedelta(seconds=PING_S)
_HTTP2: Final = "HTTP/2.0"


class Speech(Enum):
    """What is spoken through the proxy or to the host; how long an idle connection is kept, in seconds.

    HTTP/1.1 servers close idle connections without a word, so we must be first; HTTP/2 says so with GOAWAY.
    """

    #: HTTP/2 without asking: a cold burst shares one connection instead of opening a hundred.
    HTTP2 = 3600
    #: Whatever ALPN says.
    AGREED = 50
    HTTP1 = 49


@dataclass(frozen=True, slots=True)
class ReqwestWires(Wires):
    """Makes clients for one origin.

    Under ALPN each request that finds no open connection makes its own: a cold burst, and each request in flight when
    a connection was lost or is full. So one answer has to come first, and a host that has agreed to HTTP/2 is spoken
    to in it outright.
    """

    origin: str
    speech: Speech
    ca_pem: bytes | None
    identity_pem: bytes | None
    proxy: str | None
    connect_timeout: float
    #: Whether ``speech`` was agreed on, and is to be agreed on anew when a connection was lost.
    was_agreed: bool = False

    @property
    def is_cautious(self) -> bool:  # type: ignore[override] # a property where the face has a constant
        """Whether one answer has to come first."""
        return self.speech is Speech.AGREED

    def make(self) -> "ReqwestWire":
        """Return a client; it connects when it is used."""
        return ReqwestWire(self.origin, self._client())

    def after(self, wire: Wire, outcome: Outcome) -> Wires | None:
        """Return wires of HTTP/2 once the host has agreed to it, and of ALPN after such a connection was lost."""
        if self.speech is Speech.AGREED and isinstance(wire, ReqwestWire) and wire.speaks_http2:
            return replace(self, speech=Speech.HTTP2, was_agreed=True)
        is_lost = isinstance(outcome, NotSent | Ambiguous) and is_connection_lost(outcome.cause)
        return replace(self, speech=Speech.AGREED, was_agreed=False) if self.was_agreed and is_lost else None

    def _client(self) -> Client:
        builder = ClientBuilder().follow_redirects(enable=False).referer(enable=False).user_agent("offline-push")
        builder = builder.gzip(enable=False).brotli(enable=False).zstd(enable=False).deflate(enable=False)
        builder = builder.connect_timeout(timedelta(seconds=self.connect_timeout))
        builder = builder.pool_idle_timeout(timedelta(seconds=self.speech.value))
        builder = builder.http2_keep_alive_interval(_PING).http2_keep_alive_timeout(_PING)
        builder = builder.http2_keep_alive_while_idle(enabled=True)
        builder = builder.proxy(ProxyBuilder.all(self.proxy)) if self.proxy else builder.no_proxy()
        if self.ca_pem:
            builder = builder.add_root_certificate_pem(self.ca_pem)
        if self.identity_pem:
            builder = builder.identity_pem(self.identity_pem)
        match self.speech:
            case Speech.HTTP2:
                builder = builder.http2_prior_knowledge()
            case Speech.AGREED:
                builder = builder.http2(enable=True)
            case Speech.HTTP1:
                builder = builder.http1_only()
        return builder.build()


class ReqwestWire(Wire):
    """One client, which is one HTTP/2 connection, or one of HTTP/1.1 for each request in flight."""

    def __init__(self, origin: str, client: Client) -> None:
        #: None when closed: the library keeps its idle connections until the client is gone.
        self._client: Client | None = client
        #: Whether its last answer came over HTTP/2.
        self.speaks_http2 = False
        self._origin = origin
        self._loop = asyncio.get_running_loop()

    @property
    def is_open(self) -> bool:
        """It connects anew by itself."""
        return True

    async def post(self, path: str, headers: Headers, body: bytes, ends_at: float, lasting: Headers = ()) -> Outcome:
        """Send once.

        What was refused unread (REFUSED_STREAM, or a GOAWAY without an error below it) the library sends again by
        itself, twice at most. Cancelling returns at once but does not stop a request on its way.
        """
        if not self._client:
            return NotSent("transport is closed")
        try:
            request = (
                self._client.post(self._origin + path)
                .headers([*lasting, *headers])
                .body_bytes(body)
                .timeout(timedelta(seconds=max(0.0, ends_at - self._loop.time())))
                # With a read-ahead the status would be lost when the body breaks off.
                .streamed_read_buffer_limit(0)
                .build_streamed()
            )
        except ValueError:
            return NotSent("request cannot be built", configuration=True)
        return await self._sent(request)

    def begin(
        self,
        path: str,  # noqa: ARG002 - the face of Wire
        headers: Headers,  # noqa: ARG002
        body: bytes,  # noqa: ARG002
        ends_at: float,  # noqa: ARG002
        promise: Promise,  # noqa: ARG002
        lasting: Headers = (),  # noqa: ARG002
    ) -> bool:
        """Begin nothing: the library has to be awaited."""
        return False

    async def close(self) -> None:
        """Close the client; what is in flight ends as Ambiguous."""
        client, self._client = self._client, None
        if client:
            await client.close()

    async def wait_closed(self) -> None:
        """There is nothing to wait for: the library closes behind our back."""

    async def _sent(self, request: StreamRequest) -> Outcome:
        status = 0
        headers: Mapping[str, str] = {}
        try:
            async with request as response:
                status, self.speaks_http2 = response.status, response.version == _HTTP2
                headers = _headers(response)
                return Answer(status, headers, bytes(await response.bytes()))
        except PyreqwestError as error:
            return Answer(status, headers, b"") if status else classify(error)


def check_proxy(url: str) -> None:
    """Refuse what is no proxy's URL.

    Raises:
        ValueError: without the cause: its text may hold the URL, and that the proxy's password.
    """
    try:
        ProxyBuilder.all(url)
    except ValueError:
        raise ValueError("proxy: not the URL of a proxy") from None


def _headers(response: Response) -> Mapping[str, str]:
    found = {}
    for name in HEADERS_READ:
        try:
            value = response.get_header(name)
        except ValueError:  # not ASCII: as good as not sent
            continue
        if value is not None:
            found[name] = value
    return found

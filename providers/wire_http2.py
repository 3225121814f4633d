"""Our own wire: a connection of ``providers.http2``."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from providers.http2.connection import Connection, Place
from providers.http2.exchange import Exchange
from providers.http2.tls import HTTP1, HTTP2, client_context
from providers.wire import Headers, Wire, Wires
from providers.wire_outcome import NotSent, Outcome, Promise, Returned

#: The headers of an answer that an adapter reads.
HEADERS_READ: Final = ("apns-id", "retry-after", "content-type")
#: Apple asks for it, as the table that its servers keep for a connection is small; the path holds the token besides.
#: https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
_NEVER_KEPT: Final = (":path",)
_PASSING: Final = ("apns-id", "apns-expiration", "apns-collapse-id", "content-length")
_USER_AGENT: Final[tuple[tuple[str, str], ...]] = (("user-agent", "offline-push"),)
_HTTPS_PORT: Final = 443
# RFC 9110 5.6.2, in lower case as RFC 9113 8.2.1 wants it.
_NAME: Final = re.compile(r"[0-9a-z!#$%&'*+.^_`|~-]+")
_PATH: Final = re.compile(r"/[!-~]*")
_UNFIT: Final = NotSent("request cannot be built", configuration=True)


class Http2Wire(Wire):
    """One HTTP/2 connection."""

    def __init__(self, place: Place, authority: str) -> None:
        self._connection = Connection(place)
        self._loop = asyncio.get_running_loop()
        self._first = ((":method", "POST"), (":scheme", "https"), (":authority", authority))
        self._names: set[str] = set()
        #: The lasting headers that came last, and these as they are sent.
        self._last_lasting: Headers = ()
        self._lasting = _USER_AGENT

    @property
    def is_open(self) -> bool:
        """Whether it takes another request."""
        return self._connection.is_open

    def post(
        self, path: str, headers: Headers, body: bytes, ends_at: float, lasting: Headers = ()
    ) -> Awaitable[Outcome]:
        """Send once. It is begun before it is awaited."""
        promise: asyncio.Future[Outcome] = self._loop.create_future()
        if not self.begin(path, headers, body, ends_at, promise, lasting):
            promise.set_result(_UNFIT)
        return promise

    def begin(
        self, path: str, headers: Headers, body: bytes, ends_at: float, promise: Promise, lasting: Headers = ()
    ) -> bool:
        """Send once; return False for what HTTP cannot carry."""
        if not (self._are_fit(headers) and _PATH.fullmatch(path) and self._may_last(lasting)):
            return False
        own = [(":path", path), *headers, ("content-length", str(len(body)))]
        self._connection.submit(Exchange((self._first, own, self._lasting), body, ends_at, promise))
        return True

    def withdraw(self, request: Awaitable[Outcome]) -> None:
        """Call a request back, or do not send it if it has not begun."""
        self._connection.withdraw(request)

    @property
    def is_gone(self) -> bool:
        """Whether the socket is closed."""
        return self._connection.is_gone

    async def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    async def wait_closed(self) -> None:
        """Wait until the socket is closed."""
        await self._connection.wait_closed()

    def _may_last(self, lasting: Headers) -> bool:
        """Look once at headers that come again and again."""
        if lasting is not self._last_lasting:
            if not self._are_fit(lasting):
                return False
            self._last_lasting, self._lasting = lasting, (*_USER_AGENT, *lasting)
        return True

    def _are_fit(self, headers: Headers) -> bool:
        known = self._names
        for name, _ in headers:
            if name not in known:
                if not _NAME.fullmatch(name):
                    return False
                known.add(name)
        return True


@dataclass(frozen=True, slots=True)
class _Origin:
    host: str
    port: int

    @property
    def authority(self) -> str:
        """Host and port as ``:authority`` writes them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _HTTPS_PORT else f"{host}:{self.port}"


class Http2Wires(Wires):
    """Makes HTTP/2 connections to one origin.

    Args:
        origin: scheme ``https``, host and port.
        ca_pem: authorities to trust besides the system's.
        identity_pem: client certificate and key.
        connect_timeout: seconds for DNS, TCP, TLS and the server's SETTINGS.
        unkept: names of headers that the server shall not keep, besides the path.
        http1: makes the wires for a host that agrees on HTTP/1.1 only; without it none is asked for that.

    Raises:
        ssl.SSLError: the TLS library does not take a certificate or key.
        ValueError: ``origin`` is no such address.
    """

    def __init__(
        self,
        origin: str,
        *,
        ca_pem: bytes | None,
        identity_pem: bytes | None,
        connect_timeout: float,
        unkept: Collection[str] = (),
        http1: Callable[[], Wires] | None = None,
    ) -> None:
        address = _origin_of(origin)
        self._authority, self._http1 = address.authority, http1
        self._place = Place(
            address.host,
            address.port,
            client_context((HTTP2, HTTP1) if http1 else (HTTP2,), ca_pem, identity_pem),
            connect_timeout,
            may_speak_http1=http1 is not None,
            never=(*_NEVER_KEPT, *unkept),
            passing=_PASSING,
            wanted=HEADERS_READ,
        )

    def make(self) -> Http2Wire:
        """Return a connection that begins to connect."""
        return Http2Wire(self._place, self._authority)

    def after(self, wire: Wire, outcome: Outcome) -> Wires | None:  # noqa: ARG002 - the face of Wires
        """Return wires of HTTP/1.1, if that is what the host agreed to."""
        return self._http1() if self._http1 and isinstance(outcome, Returned) and outcome.speaks_http1 else None


def is_origin(url: str) -> bool:
    """Tell whether our own wire leads to an address."""
    try:
        return bool(_origin_of(url))
    except ValueError:
        return False


def _origin_of(url: str) -> _Origin:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError("origin: not https://host:port")
    return _Origin(parts.hostname, parts.port or _HTTPS_PORT)

"""What passes between a fake vendor's rules and the socket server: pure values, no I/O."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request as it arrived. Header names are lower case, in the order sent, duplicates kept."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    #: Names the connection: rules that hold per connection (APNs' one team) key their state on it.
    connection_id: int
    #: Seconds since 1970 when the request was complete.
    at: float

    def header(self, name: str) -> str | None:
        """Return the first value of a header, or None."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer. An empty body on HTTP/2 ends the stream with the HEADERS frame."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = field(default=())


#: A fake vendor: it validates, updates its registry, writes its ledger, and says what the vendor would say.
Vendor = Callable[[Request], Reply]

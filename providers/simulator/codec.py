"""What HTTP/1.1 and HTTP/2 have in common for the server: bytes in, whole requests out, answers back."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from providers.simulator.exchange import Reply
from providers.simulator.traffic import StreamCount


class Arrived(NamedTuple):
    """One whole request. ``key`` names it within its connection when the answer is handed back."""

    key: int
    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def parts(self) -> tuple[str, str, tuple[tuple[str, str], ...], bytes]:
        """What a vendor sees: method, path, headers, body."""
        return self.method, self.path, self.headers, self.body


class Codec(Protocol):
    """One connection's protocol state; it does no I/O."""

    #: The connection must end once ``take_output`` has been written.
    closing: bool
    #: False leaves the client's PINGs unanswered.
    answers_pings: bool
    count: StreamCount

    @property
    def streams(self) -> int:
        """How many requests may be open at once."""
        ...

    @property
    def now_open(self) -> int:
        """How many requests are open."""
        ...

    def receive(self, data: bytes) -> None:
        """Take bytes from the client."""
        ...

    def requests(self) -> Iterator[Arrived]:
        """Yield the requests that are complete. An answer may be given inside the loop or later."""
        ...

    def given_up(self) -> list[int]:
        """Return the requests that the client gave up since the last call, answered ones too: it never read those."""
        ...

    def is_open(self, key: int) -> bool:
        """Return whether a request still waits for its answer: False when the client has given it up."""
        ...

    def reply(self, key: int, reply: Reply, data_frames: int = 1) -> None:
        """Answer one request, its body in at least so many frames; ignored when the client has given it up."""
        ...

    def knock(self) -> bool:
        """Ask the client for a sign that it has read everything so far; False: the protocol knows none."""
        ...

    @property
    def is_heard(self) -> bool:
        """Whether the sign came."""
        ...

    def reset(self, key: int, code: int) -> None:
        """Answer one request with an error of the stream; HTTP/1.1 has none and ends the connection."""
        ...

    def go_away(self, last: int, code: int, debug: bytes) -> None:
        """Take no request after ``last``, drop those there are, and close when the others are answered."""
        ...

    def allow_streams(self, count: int) -> None:
        """Advertise and enforce a new limit of concurrent requests."""
        ...

    def take_output(self) -> bytes:
        """Return what must be written to the client, and forget it."""
        ...


def text(header: bytes) -> str:
    """Return a header's text; bytes that are no UTF-8 survive as surrogates, so that lengths can be counted."""
    return header.decode("utf-8", "surrogateescape")

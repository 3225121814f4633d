"""One request and what has come back of it."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from providers.wire_outcome import Ambiguous, Answer, Outcome, Promise

_NONE: Final[Mapping[str, str]] = MappingProxyType({})


class Exchange:
    """One request, from the moment it is asked for to its outcome.

    Args:
        headers: all of them in runs, the pseudo-headers first; see ``Encoder.encode``.
        body: the whole body.
        ends_at: its deadline, on the clock of the event loop.
        promise: gets the outcome.
    """

    __slots__ = (
        "body",
        "chunks",
        "ends_at",
        "fields",
        "headers",
        "length",
        "promise",
        "received",
        "room",
        "sent",
        "status",
        "stream",
    )

    def __init__(
        self, headers: Sequence[Sequence[tuple[str, str]]], body: bytes, ends_at: float, promise: Promise
    ) -> None:
        self.headers, self.body, self.ends_at, self.promise = headers, body, ends_at, promise
        #: 0 until its headers are written: then not a byte of it has left.
        self.stream = 0
        #: Bytes of the body that are written, and how many more the stream's window takes.
        self.sent = self.room = 0
        #: The answer so far: 0 is no status yet; ``received`` counts the bytes of its DATA frames.
        self.status = self.received = 0
        self.fields = _NONE
        self.length: int | None = None
        self.chunks: list[bytes] = []

    def end(self, outcome: Outcome) -> None:
        """Hand over the outcome, unless nobody waits for it any more."""
        if not self.promise.done():
            self.promise.set_result(outcome)

    def end_answered(self) -> None:
        """Hand over the whole answer; one of another length than it says is cut short (8.1.1)."""
        body = b"".join(self.chunks) if self.chunks else b""
        if self.length is not None and self.length != len(body):
            body = b""
        if not self.promise.done():
            self.promise.set_result(Answer(self.status, self.fields, body))

    def end_broken(self, cause: str) -> None:
        """Hand over what is known of an answer that does not come any more: its status is the server's word."""
        self.end(Answer(self.status, self.fields, b"") if self.status else Ambiguous(cause))

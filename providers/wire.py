"""What a Transport is made of: wires, each one connection or what stands for one, and the maker of their kind."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Sequence

from providers.wire_outcome import Outcome, Promise

Headers = Sequence[tuple[str, str]]


class Wire(ABC):
    """One connection to an origin."""

    #: Requests on it; the Transport counts them.
    in_flight = 0

    @property
    @abstractmethod
    def is_open(self) -> bool:
        """Whether it takes another request."""

    @property
    def is_gone(self) -> bool:
        """Whether nothing of it is left."""
        return False

    @abstractmethod
    def post(
        self, path: str, headers: Headers, body: bytes, ends_at: float, lasting: Headers = ()
    ) -> Awaitable[Outcome]:
        """Send once; ``ends_at`` is the deadline on the event loop's clock. See ``Transport.post``."""

    @abstractmethod
    def begin(
        self, path: str, headers: Headers, body: bytes, ends_at: float, promise: Promise, lasting: Headers = ()
    ) -> bool:
        """Send once, as ``post``, and give ``promise`` the outcome; return False if it cannot."""

    def withdraw(self, request: Awaitable[Outcome]) -> None:  # noqa: B027 - a wire need not be able to
        """Call back what ``post`` returned: who waited for it was cancelled."""

    @abstractmethod
    async def close(self) -> None:
        """Close it: what is in flight becomes Ambiguous. Do not wait for the server's goodbye."""

    @abstractmethod
    async def wait_closed(self) -> None:
        """Wait until nothing of a closed wire is left."""


class Wires(ABC):
    """Makes the wires of one kind to one origin."""

    #: Whether one answer has to come before more than one request is on its way.
    is_cautious = False

    @abstractmethod
    def make(self) -> Wire:
        """Return a new wire, on the event loop that will use it; it connects by itself."""

    @abstractmethod
    def after(self, wire: Wire, outcome: Outcome) -> "Wires | None":
        """Return the wires to use from now on, if an outcome on one of ours shows that these are not the right ones."""


def unsendable(headers: Headers) -> str | None:
    """Return the name of the first header whose value HTTP cannot carry, or None."""
    together = "".join([value for _, value in headers])
    if together.isascii() and together.isprintable():
        return None
    for name, value in headers:
        if not (value.isascii() and value.isprintable()):
            return name
    return None

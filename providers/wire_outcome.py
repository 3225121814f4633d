"""What can become of one POST. Import these from ``providers.transport``."""

from collections.abc import Mapping
from typing import Protocol

import msgspec


class Answer(msgspec.Struct, frozen=True):
    """The vendor answered. Header names are lower case; ``body`` is empty when the answer was cut short."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NotSent(msgspec.Struct, frozen=True):
    """The vendor provably never processed it: always safe to send again.

    ``configuration`` marks certificate, DNS-name and TLS trouble that will not heal by itself.
    """

    cause: str
    configuration: bool = False


class Ambiguous(msgspec.Struct, frozen=True):
    """The vendor may have seen it."""

    cause: str


class Returned(msgspec.Struct, frozen=True):
    """A connection gave it back: provably not processed, and worth another connection at once.

    It stays inside the Transport, which sends again or makes a NotSent of it. ``speaks_http1``: the host agreed to
    HTTP/1.1 only.
    """

    cause: str
    speaks_http1: bool = False


Outcome = Answer | NotSent | Ambiguous | Returned


class Promise(Protocol):
    """What waits for an outcome: a future, for one."""

    def done(self) -> bool:
        """Tell whether nobody waits any more."""
        ...

    def set_result(self, result: Outcome, /) -> None:
        """Hand over the outcome."""
        ...

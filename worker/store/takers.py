"""Who takes pushes as soon as they are handed over, so that nobody need read them again from their outbox."""

from collections.abc import Sequence
from typing import Protocol

from worker.push import Push
from worker.store.stream import Entry

#: What its taker has from now on: a push that this hand-off has made, or an entry of the outbox that was there before.
Given = Push | Entry


class Taker(Protocol):
    """Sends what one outbox holds. What it reserves it is given, or told that nobody knows."""

    def reserve(self) -> int:
        """Return how many pushes it would take now; one of the others is called next, with this number."""

    def take(self, reserved: int, given: Sequence[Given]) -> None:
        """Take what Redis gave to it: at most what it reserved."""

    def is_short_of(self, wanted: int) -> bool:
        """Return whether it lacks room for so many pushes, and has more soon."""

    def doubt(self, reserved: int) -> None:
        """Find out by itself what Redis gave to it, if anything: the answer was lost."""


class Takers(Protocol):
    """The takers of this process. They are one consumer; ``sending`` is what the ledger says of what they are given."""

    consumer: str
    sending: str

    def of(self, outbox: str) -> Taker | None:
        """Return who sends what this outbox holds, if it is of this process."""


class NoTakers:
    """Leaves every push in its outbox."""

    consumer = sending = ""

    def of(self, _outbox: str) -> Taker | None:
        """Return nobody."""
        return None

"""What can be measured: something that sends a turn's notifications, and knows what its processes have used."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from tests.benchmarks.processor import Used
from tests.benchmarks.rig import Rig
from tests.benchmarks.turn import Turn


class Shape(Enum):
    """To whom a turn's messages are."""

    #: One receiver each.
    SINGLES = "singles"
    #: Groups.
    GROUPS = "groups"
    #: One message for all receivers: a load generator knows one body.
    ONE = "one"


class Sender(Protocol):
    """A subject that runs."""

    def used(self) -> Used:
        """Return what all processes of the subject have used since they were started."""
        ...

    def send(self, turn: Turn) -> None:
        """Send a turn's notifications and return when all are through.

        Raises:
            AssertionError: some were refused, or it took too long.
        """
        ...


@dataclass(frozen=True, slots=True)
class Subject:
    """One row of the table."""

    name: str
    what: str
    vendors: tuple[str, ...]
    #: Starts it, for the length of a block.
    start: Callable[[Rig], AbstractContextManager[Sender]]
    #: Of the notifications that are asked for, how many it sends in a turn: a slow one would hold up all.
    share: float = 1.0
    shape: Shape = Shape.SINGLES

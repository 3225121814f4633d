"""This project's worker: from the event in Redis to its settled push."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.benchmarks.processor import Used, used_by
from tests.benchmarks.rig import Rig, events_of
from tests.benchmarks.turn import Turn

#: Of the slowest machine.
_DEADLINE_S = 300


class Pipeline:
    """The rig's worker as a subject."""

    def __init__(self, rig: Rig) -> None:
        """Several subjects may be this one worker, each with other events."""
        self._rig = rig

    def used(self) -> Used:
        """Return what the worker has used."""
        return used_by(self._rig.worker.pid)

    def send(self, turn: Turn) -> None:
        """Add the events and wait until their pushes are settled."""
        before = self._rig.accepted()
        self._rig.add(events_of(turn))
        self._rig.has_accepted(before + turn.count, _DEADLINE_S)


@contextmanager
def pipeline(rig: Rig) -> Iterator[Pipeline]:
    """Give the worker that runs in any case."""
    yield Pipeline(rig)

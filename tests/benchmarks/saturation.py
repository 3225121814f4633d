"""What workers settle while there is always more to do: all events are there before the first is read."""

import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tests.benchmarks.processor import idle_s, used_by
from tests.benchmarks.rig import Rig, events_of
from tests.benchmarks.sinks.book import Arrivals
from tests.benchmarks.turn import Turn
from tests.integration.worker_process import WorkerProcess

#: Of the slowest machine.
_DEADLINE_S = 300


@dataclass(frozen=True, slots=True)
class Settled:
    """Notifications settled a second; microseconds of the workers' CPU for each; what arrived; cores left idle."""

    per_s: float
    cpu_us: float
    arrivals: Arrivals
    idle: float


def saturated(rig: Rig, turn: Turn, workers: Sequence[WorkerProcess]) -> Settled:
    """Have the workers do a turn from end to end, from its first event to its last settled push."""
    rig.sinks.book.empty()
    before = rig.accepted()
    with frozen([worker.pid for worker in workers]):
        rig.add(events_of(turn))
        used, idle, began = _cpu_s(workers), idle_s(), time.monotonic()
    rig.has_accepted(before + turn.count, _DEADLINE_S)
    wall_s, spent, idle = time.monotonic() - began, _cpu_s(workers) - used, idle_s() - idle
    return Settled(turn.count / wall_s, spent * 1e6 / turn.count, rig.sinks.book.arrivals(turn), idle / wall_s)


@contextmanager
def frozen(pids: Sequence[int]) -> Iterator[None]:
    """Stop processes for the length of the block, and let them go on together."""
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def _cpu_s(workers: Sequence[WorkerProcess]) -> float:
    return sum(used_by(worker.pid).cpu_s for worker in workers)

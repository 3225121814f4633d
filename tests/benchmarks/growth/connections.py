"""What connections cost by themselves: as many requests in flight on one as on many, sent by h2load.

A channel has a connection of its own. Of the pushes of many channels each is written and read by itself, where those of
one channel share a write, a TLS record and a read: no worker can save that.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.figures import Spread, ratios
from tests.benchmarks.sinks.nginx import running_sinks
from tests.benchmarks.subjects.limit import cpu_us
from worker.processes import Children


@dataclass(frozen=True, slots=True)
class Alone:
    """Microseconds of h2load's CPU a request in each round: on one connection, and on so many."""

    connections: int
    on_one: list[float]
    on_many: list[float]


def measured(children: Children, folder: Path, connections: int, rounds: int) -> Alone:
    """Measure both in turn.

    Raises:
        Missing: h2load or nginx is not installed.
    """
    alone = Alone(connections, [], [])
    with running_sinks(children, folder) as sinks:
        for _ in range(rounds):
            alone.on_one.append(cpu_us(sinks, folder, 1))
            alone.on_many.append(cpu_us(sinks, folder, connections))
    return alone


def lines(alone: Alone) -> Iterator[str]:
    """Yield a line."""
    few, many, ratio = Spread.of(alone.on_one), Spread.of(alone.on_many), ratios(alone.on_many, alone.on_one)
    grown = f"{few.median:.1f} → {many.median:.1f} µs a push, {ratio.median:.2f} times"
    yield f"connections alone, 1 to {alone.connections} (h2load): {grown}"

"""How late a push is: from the moment an event is due to its request at the vendor, at shares of the capacity.

``python -m tests.benchmarks.latency [--load 10,50,80] [--seconds 20] [--rounds 3] [--delay-ms 80]``; see README.md.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import count
from pathlib import Path

from tests.benchmarks import options as read
from tests.benchmarks import results
from tests.benchmarks.missing import Missing
from tests.benchmarks.open_loop.journey import Journey
from tests.benchmarks.open_loop.producer import play, timetable
from tests.benchmarks.open_loop.report import report
from tests.benchmarks.open_loop.sample import Sample
from tests.benchmarks.processor import used_by
from tests.benchmarks.rig import Rig, configure, running_rig
from tests.benchmarks.saturation import Settled, saturated
from tests.benchmarks.turn import Turn
from worker.processes import Children

_VENDORS = ("apns",)
#: The vendor is late: at 1,000 requests in flight it is the processor that limits, and not the default's 500.
_CONCURRENCY = 1000
#: Decisions are found again after minutes of load.
_JOURNAL = 2_000_000
#: After the last event is due.
_DEADLINE_S = 300


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for: loads in percent of the capacity, their length; notifications that show the capacity."""

    loads: tuple[int, ...]
    seconds: float
    delay_ms: int
    backlog: int
    users: int


@dataclass(frozen=True, slots=True)
class Round:
    """The capacity, and a sample for each load."""

    capacity: Settled
    samples: tuple[Sample, ...]


def main() -> int:
    """Measure, print the table, write the results."""
    options = _options()
    plan = Plan(options.load, options.seconds, options.delay_ms, options.backlog, options.users)
    try:
        rounds = list(measured(plan, options.rounds))
    except Missing as reason:
        sys.stderr.write(f"{reason}\n")
        return 1
    for line in report([each.capacity for each in rounds], [each.samples for each in rounds], plan.delay_ms):
        sys.stdout.write(f"{line}\n")
    path = results.write("latency", {"plan": asdict(plan), "rounds": [asdict(each) for each in rounds]})
    sys.stdout.write(f"every round: {path}\n")
    return 0


def measured(plan: Plan, number: int) -> Iterator[Round]:
    """Yield so many rounds; each is told on standard error as it comes."""
    settings = partial(configure, channel={"concurrency": _CONCURRENCY}, journal_max=_JOURNAL)
    with (
        tempfile.TemporaryDirectory() as folder,
        Children() as children,
        running_rig(children, Path(folder, "rig"), delay_ms=plan.delay_ms, configure=settings) as rig,
    ):
        rig.bind(plan.users)
        numbers = count()
        _capacity(rig, plan, next(numbers))  # a warm-up
        for _ in range(number):
            yield _round(rig, plan, numbers)


def _round(rig: Rig, plan: Plan, numbers: Iterator[int]) -> Round:
    capacity = _capacity(rig, plan, next(numbers))
    sys.stderr.write(f"capacity{capacity.per_s:9,.0f}/s\n")
    samples = []
    for load in plan.loads:
        samples.append(_sample(rig, plan, load, capacity.per_s * load / 100, next(numbers)))
        sys.stderr.write(f"{load:7}%  p99{samples[-1].ms['whole']['p99']:9.1f} ms\n")
    return Round(capacity, tuple(samples))


def _capacity(rig: Rig, plan: Plan, number: int) -> Settled:
    return saturated(rig, Turn(number, plan.backlog, plan.users, _VENDORS), [rig.worker])


def _sample(rig: Rig, plan: Plan, load: int, rate_per_s: float, number: int) -> Sample:
    """Load the worker for as long as planned and wait until it has done all; the turn's number seeds the timetable."""
    offsets = timetable(rate_per_s, plan.seconds, number)
    turn = Turn(number, len(offsets), plan.users, _VENDORS)
    rig.sinks.book.empty()
    before, used, began = rig.accepted(), used_by(rig.worker.pid).cpu_s, time.time()
    due = [began + offset for offset in offsets]
    added = play(rig, turn, due)
    rig.has_accepted(before + turn.count, _DEADLINE_S)
    cores = (used_by(rig.worker.pid).cpu_s - used) / (time.time() - began)
    arrivals = rig.sinks.book.arrivals(turn)
    return Sample.of(load, plan.seconds, cores, _journeys(rig, turn, due, added), arrivals)


def _journeys(rig: Rig, turn: Turn, due: Sequence[float], added: Sequence[float]) -> list[Journey]:
    """Return the way of each message that came; those that did not make the sample inexact."""
    came, decided = rig.sinks.book.times(), rig.decided(added[0])
    rows = zip(turn.pushes(), due, added, strict=True)
    return [Journey(due_s, added_s, decided[push.msg_id], came[push]) for push, due_s, added_s in rows if push in came]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--load", type=read.percents, default=(10, 50, 80), help="percent of the capacity, by commas")
    parser.add_argument("--seconds", type=read.amount, default=20.0, help="of each load")
    parser.add_argument("--rounds", type=read.positive, default=3)
    parser.add_argument("--delay-ms", type=read.natural, default=80, help="the vendor's own")
    parser.add_argument("--backlog", type=read.positive, default=10_000, help="notifications that show the capacity")
    parser.add_argument("--users", type=read.positive, default=10_000)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

"""CPU by stage: a worker with a clock in each stage beside one without, turn by turn.

``python -m tests.benchmarks.stages.costs [--subject worker-apns] [--rounds 5] [--notifications 5000]``; see README.md.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from tests.benchmarks import results
from tests.benchmarks.figures import Spread
from tests.benchmarks.measure import Rounds, Size
from tests.benchmarks.missing import Missing
from tests.benchmarks.rig import running_rig
from tests.benchmarks.stages.timed_pipeline import ROWS, TimedPipeline, timed_worker
from tests.benchmarks.subjects.catalogue import SUBJECTS
from tests.benchmarks.subjects.subject import Subject
from tests.benchmarks.subjects.worker import pipeline
from worker.processes import Children

_WORTH_A_LINE_US = 0.1
_WORKERS = [name for name, subject in SUBJECTS.items() if subject.start is pipeline]


@dataclass(frozen=True, slots=True)
class Round:
    """CPU microseconds a notification: of the worker without clocks, of the one with them, of its stages; of Redis."""

    plain: float
    timed: float
    toll: float
    stages: Mapping[str, float]
    #: The process of the server.
    redis_us: float
    #: What it spent on scripts and reads.
    redis: Mapping[str, float]


def main() -> int:
    """Measure and print one line for each stage."""
    options = _options()
    size = Size(options.notifications, options.users, options.group)
    try:
        rounds = list(measured(SUBJECTS[options.subject], options.rounds, size))
    except Missing as reason:
        sys.stderr.write(f"{reason}\n")
        return 1
    for line in lines(rounds):
        sys.stdout.write(f"{line}\n")
    run = {"subject": options.subject, "size": asdict(size), "rounds": [asdict(each) for each in rounds]}
    sys.stdout.write(f"every round: {results.write('stages', run)}\n")
    return 0


def measured(subject: Subject, number: int, size: Size) -> Iterator[Round]:
    """Yield so many rounds of one of the worker's subjects."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Children() as children,
        running_rig(children, Path(folder, "plain")) as plain,
        running_rig(children, Path(folder, "timed"), make_worker=timed_worker) as timed,
    ):
        for rig in (plain, timed):
            rig.bind(size.users + size.group)
        clocked = TimedPipeline(timed)
        with_clocks = replace(subject, start=lambda _: nullcontext(clocked))
        pairs = zip(
            Rounds(plain, size).run([subject], number), Rounds(timed, size).run([with_clocks], number), strict=True
        )
        for without, with_them in pairs:
            stages, scripts = clocked.last, clocked.last_redis
            yield Round(without.cpu_us, with_them.cpu_us, clocked.last_toll_us, stages, with_them.redis_us, scripts)


def lines(rounds: Sequence[Round]) -> Iterator[str]:
    """Yield the table's lines."""
    yield f"{'stage':16}{'CPU µs':>9}{'low-high':>14}{'share':>8}"
    whole = Spread.of([sum(each.stages.values()) for each in rounds])
    for stage in ROWS:
        yield _line(stage, Spread.of([each.stages[stage] for each in rounds]), whole.median)
    yield _line("all", whole, whole.median)
    yield f"without clocks {_median(rounds, 'plain'):.0f} µs; with them {_median(rounds, 'timed'):.0f}"
    yield f"of which {_median(rounds, 'toll'):.0f} are the clocks' own: left out above"
    yield ""
    yield from _redis_lines(rounds)


def _redis_lines(rounds: Sequence[Round]) -> Iterator[str]:
    """Yield what Redis spent on each script in most rounds, and on everything else: XADD, protocol, file."""
    whole = _median(rounds, "redis_us")
    yield f"{'redis':16}{'CPU µs':>9}{'low-high':>14}{'share':>8}"
    named = {name: [each.redis.get(name, 0.0) for each in rounds] for name in rounds[0].redis}
    spreads = {name: Spread.of(values) for name, values in named.items()}
    for name, spread in spreads.items():
        if spread.median >= _WORTH_A_LINE_US:
            yield _line(name, spread, whole)
    rest = [each.redis_us - sum(each.redis.values()) for each in rounds]
    yield _line("all else", Spread.of(rest), whole)


def _median(rounds: Sequence[Round], name: str) -> float:
    return Spread.of([getattr(each, name) for each in rounds]).median


def _line(stage: str, spread: Spread, whole: float) -> str:
    lowest_highest = f"{spread.lowest:.1f}-{spread.highest:.1f}"
    return f"{stage:16}{spread.median:9.1f}{lowest_highest:>14}{spread.median / whole:8.0%}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subject", choices=_WORKERS, default=_WORKERS[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--notifications", type=int, default=5000, help="a turn")
    parser.add_argument("--users", type=int, default=10_000, help="of each vendor")
    parser.add_argument("--group", type=int, default=5000, help="receivers of a group message")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

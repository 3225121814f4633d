"""What a second worker process adds: notifications/s of two beside one, each with a quota of its own.

``python -m tests.benchmarks.processes [--rounds 5] [--notifications 5000] [--cores 0.4]``; see README.md.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from tests.benchmarks import options as read
from tests.benchmarks import results
from tests.benchmarks.missing import Missing
from tests.benchmarks.quotas import LEAST_CORES, group
from tests.benchmarks.rig import running_rig
from tests.benchmarks.two_workers.bench import Bench, Sample
from tests.benchmarks.two_workers.member import Member
from tests.benchmarks.two_workers.report import report
from worker.processes import Children

#: Of the machine's cores two workers get so many each; Redis, the sink and whoever else is there have the rest.
_SHARE = 0.2


def main() -> int:
    """Measure, print the table, write the results."""
    options = _options()
    try:
        rounds = list(measured(options.notifications, options.users, options.cores, options.rounds))
    except Missing as reason:
        sys.stderr.write(f"{reason}\n")
        return 1
    for line in report(rounds, options.cores):
        sys.stdout.write(f"{line}\n")
    run = {"options": vars(options), "rounds": [list(map(asdict, each)) for each in rounds]}
    sys.stdout.write(f"every round: {results.write('processes', run)}\n")
    return 0


def measured(notifications: int, users: int, cores: float, number: int) -> Iterator[tuple[Sample, Sample]]:
    """Yield so many rounds, of one process and of two; each is told on standard error as it comes."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Children() as children,
        group(cores) as first,
        group(cores) as second,
        running_rig(children, Path(folder, "rig"), make_worker=Member) as rig,
    ):
        rig.bind(users)
        bench = Bench(rig, notifications, cores, (first, second))
        for _ in range(number):
            pair = bench.one(), bench.two()
            sys.stderr.write(f"{pair[0].settled.per_s:9,.0f}/s{pair[1].settled.per_s:9,.0f}/s\n")
            yield pair


def _default_cores() -> float:
    return min(1.0, _SHARE * len(os.sched_getaffinity(0)))


def _cores(text: str) -> float:
    number = read.amount(text)
    if number < LEAST_CORES:
        raise argparse.ArgumentTypeError(f"below {LEAST_CORES:g}: {text}")
    return number


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=read.positive, default=5)
    parser.add_argument("--notifications", type=read.positive, default=5000, help="a turn")
    parser.add_argument("--users", type=read.positive, default=10_000)
    parser.add_argument("--cores", type=_cores, default=_default_cores(), help="for each worker process")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

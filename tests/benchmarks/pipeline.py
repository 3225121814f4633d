"""What a notification costs: this worker's whole pipeline beside others' bare sends, in one run.

``python -m tests.benchmarks.pipeline [--subjects a,b] [--rounds 5] [--notifications 10000]``; see README.md.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.benchmarks import results, table, targets
from tests.benchmarks.measure import Rounds, Sample, Size
from tests.benchmarks.missing import Missing
from tests.benchmarks.rig import running_rig
from tests.benchmarks.subjects.catalogue import SUBJECTS
from tests.benchmarks.subjects.limit import ceiling
from worker.processes import Children


@dataclass(frozen=True, slots=True)
class Run:
    """The sink's own limit, in requests a second; the samples; and why subjects have none."""

    ceiling_per_s: float
    samples: list[Sample]
    missing: Mapping[str, str]


def main() -> int:
    """Measure, print the table, write the results."""
    options = _options()
    size = Size(options.notifications, options.users, options.group)
    try:
        run = measured(options.subjects, options.rounds, size)
    except Missing as reason:
        sys.stderr.write(f"{reason}\n")
        return 1
    for line in report(run):
        sys.stdout.write(f"{line}\n")
    path = results.write("pipeline", {"size": asdict(size), **asdict(run)})
    sys.stdout.write(f"every sample: {path}\n")
    return 0


def measured(names: Sequence[str], number: int, size: Size) -> Run:
    """Return what so many rounds showed; each sample is told on standard error as it comes."""
    with tempfile.TemporaryDirectory() as folder, Children() as children, running_rig(children, Path(folder)) as rig:
        rig.bind(size.users + size.group)
        limit, samples, rounds = ceiling(rig), [], Rounds(rig, size)
        for sample in rounds.run([SUBJECTS[name] for name in names], number):
            sys.stderr.write(f"{sample.subject:20}{sample.cpu_us:9.1f} µs\n")
            samples.append(sample)
        return Run(limit, samples, rounds.missing)


def report(run: Run) -> Iterator[str]:
    """Yield the lines that are printed."""
    rows = table.rows(run.samples)
    yield f"nginx takes {run.ceiling_per_s:,.0f} requests/s from h2load"
    yield ""
    yield from table.lines(rows)
    for name, why in run.missing.items():
        yield f"{name}: left out, {why}"
    yield ""
    yield from targets.lines(rows, run.samples)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subjects", type=_names, default=list(SUBJECTS), help=f"of {', '.join(SUBJECTS)}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--notifications", type=int, default=10_000, help="a turn; slow subjects send a share of it")
    parser.add_argument("--users", type=int, default=10_000, help="of each vendor")
    parser.add_argument("--group", type=int, default=5_000, help="receivers of a group message")
    return parser.parse_args()


def _names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := [name for name in names if name not in SUBJECTS]:
        raise argparse.ArgumentTypeError(f"no such subject: {', '.join(unknown)}")
    return names


if __name__ == "__main__":
    sys.exit(main())

"""What a notification costs: this worker's whole pipeline beside others' bare sends, in one run.

``python -m tests.benchmarks.pipeline [--subjects a,b] [--rounds 5] [--notifications 10000]``; see README.md.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks import table
from tests.benchmarks.measure import Rounds, Sample, Size
from tests.benchmarks.missing import Missing
from tests.benchmarks.rig import running_rig
from tests.benchmarks.subjects.catalogue import SUBJECTS
from worker.processes import Children


def main() -> int:
    """Measure, print the table, write the results."""
    options = _options()
    size = Size(options.notifications, options.users, options.group)
    try:
        samples, missing = measured(options.subjects, options.rounds, size)
    except Missing as reason:
        sys.stderr.write(f"{reason}\n")
        return 1
    for line in table.lines(table.rows(samples)):
        sys.stdout.write(f"{line}\n")
    for name, why in missing.items():
        sys.stdout.write(f"{name}: left out, {why}\n")
    return 0


def measured(names: Sequence[str], number: int, size: Size) -> tuple[list[Sample], dict[str, str]]:
    """Return the samples of so many rounds, and why subjects have none."""
    with tempfile.TemporaryDirectory() as folder, Children() as children, running_rig(children, Path(folder)) as rig:
        rig.bind(size.users + size.group)
        rounds = Rounds(rig, size)
        samples = []
        for sample in rounds.run([SUBJECTS[name] for name in names], number):
            sys.stderr.write(f"{sample}\n")
            samples.append(sample)
        return samples, rounds.missing


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

"""What a notification costs the worker as the work grows: users, overrides, groups, devices, apps, backlog, languages.

``python -m tests.benchmarks.growth [--dimension users,backlog] [--rounds 3] [--largest users=100000]``; see README.md.
"""

import argparse
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from tests.benchmarks import results
from tests.benchmarks.growth import connections, table
from tests.benchmarks.growth.connections import Alone
from tests.benchmarks.growth.dimensions import DIMENSIONS
from tests.benchmarks.growth.run import Run
from tests.benchmarks.measure import Sample
from tests.benchmarks.missing import Missing
from worker.processes import Children

#: The dimension in which connections grow.
_APPS = "apps"


def main() -> int:
    """Measure, print the table, write the results."""
    options = _options()
    sizes = {name: _sizes(name, options) for name in options.dimension}
    try:
        samples, alone, missing = measured(sizes, options.rounds, options.notifications)
    except Missing as reason:
        sys.stderr.write(f"{reason}\n")
        return 1
    for line in report(samples, alone, missing):
        sys.stdout.write(f"{line}\n")
    found = {name: {size: [asdict(one) for one in each] for size, each in of.items()} for name, of in samples.items()}
    told = asdict(alone) if alone else None
    path = results.write("growth", {"samples": found, "connections alone": told, "missing": missing})
    sys.stdout.write(f"every sample: {path}\n")
    return 0


def measured(
    sizes: Mapping[str, list[int]], rounds: int, notifications: int
) -> tuple[table.Samples, Alone | None, Mapping[str, str]]:
    """Return what the rounds showed, of apps also their connections alone, and why points have no samples.

    Each sample is told on standard error.
    """
    samples: defaultdict[str, defaultdict[int, list[Sample]]] = defaultdict(lambda: defaultdict(list))
    alone = None
    with tempfile.TemporaryDirectory() as folder, Children() as children:
        run = Run(children, Path(folder), notifications)
        for name, each in sizes.items():
            for size, sample in run.samples(DIMENSIONS[name], each, rounds):
                sys.stderr.write(f"{sample.subject:24}{sample.cpu_us:9.1f} µs\n")
                samples[name][size].append(sample)
        if _APPS in sizes:
            try:
                alone = connections.measured(children, Path(folder, "connections"), sizes[_APPS][-1], rounds)
            except Missing as reason:
                run.missing["connections alone"] = str(reason)
    return samples, alone, run.missing


def report(samples: table.Samples, alone: Alone | None, missing: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines that are printed."""
    rows = table.rows(samples)
    yield from table.lines(rows)
    if alone:
        yield from connections.lines(alone)
    for name, why in missing.items():
        yield f"{name}: left out, {why}"
    yield ""
    yield from table.target_lines(rows)


def _sizes(name: str, options: argparse.Namespace) -> list[int]:
    sizes = DIMENSIONS[name].sizes
    return [size for size in sizes if size <= options.largest.get(name, sizes[-1])]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="\n".join(f"{each.name:14}{each.what}: {_listed(each.sizes)}" for each in DIMENSIONS.values()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--dimension", type=_names, default=list(DIMENSIONS), help="separated by commas")
    parser.add_argument("--rounds", type=_positive, default=3)
    parser.add_argument("--notifications", type=_positive, default=5_000, help="a turn; of apps at most 4,000")
    parser.add_argument(
        "--largest", type=_bounds, default={}, help="leave out sizes beyond: users=100000,backlog=10000"
    )
    return parser.parse_args()


def _listed(sizes: tuple[int, ...]) -> str:
    return ", ".join(f"{size:,}" for size in sizes[:-1]) + f" and {sizes[-1]:,}"


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("a whole number, at least 1")
    return int(text)


def _names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := [name for name in names if name not in DIMENSIONS]:
        raise argparse.ArgumentTypeError(f"no such dimension: {', '.join(unknown)}")
    return names


def _bounds(text: str) -> dict[str, int]:
    pairs = [part.partition("=") for part in text.split(",")]
    bounds = {name: int(number) for name, _, number in pairs if number.isdecimal()}
    if len(bounds) != len(pairs) or not set(bounds) <= set(DIMENSIONS):
        raise argparse.ArgumentTypeError(f"not of the form dimension=size,…: {text}")
    if low := [name for name, most in bounds.items() if most < DIMENSIONS[name].sizes[0]]:
        raise argparse.ArgumentTypeError(f"smaller than the smallest size: {', '.join(low)}")
    return bounds


if __name__ == "__main__":
    sys.exit(main())

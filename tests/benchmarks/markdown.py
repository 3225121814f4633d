"""The newest results of growth and memory as Markdown, for a README.

``python -m tests.benchmarks.markdown``
"""

import sys
from collections.abc import Iterator, Mapping, Sequence

from tests.benchmarks import newest, options
from tests.benchmarks.growth.dimensions import DIMENSIONS
from tests.benchmarks.growth.table import Growth, Row, growths
from tests.benchmarks.memory.__main__ import ROWS
from tests.benchmarks.missing import Missing


def main() -> int:
    """Print the two tables."""
    try:
        lines = [*growth_lines(newest.growth()), "", *memory_lines(newest.memory())]
    except Missing as reason:
        sys.stderr.write(f"{reason}\n")
        return 1
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def growth_lines(rows: Sequence[Row]) -> Iterator[str]:
    """Yield a line for each dimension."""
    yield "| what grows | from | to | CPU µs a notification | ratio | with Redis | at most |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for growth in growths(rows):
        yield _line(_cells(growth))


def memory_lines(found: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """Yield a line for each thing that Redis keeps."""
    yield _line(["bytes a", *found, "at most"])
    yield _line(["---"] * (len(found) + 2))
    for row, (what, most) in ROWS.items():
        cells = [f"{sizes[row]:,.0f}" for sizes in found.values()]
        yield _line([what.strip(), *cells, "" if most is None else str(most)])


def _cells(growth: Growth) -> list[str]:
    first, last, dimension = growth.first, growth.last, DIMENSIONS[growth.first.dimension]
    told = [dimension.what, f"{first.size:,}", f"{last.size:,}"]
    if not growth.is_exact:
        return [*told, growth.verdict, "", "", ""]
    costs = f"{first.cpu_us.median:.0f} → {last.cpu_us.median:.0f}"
    ratios = [
        f"{each.median:.2f} ({each.lowest:.2f}-{each.highest:.2f})" for each in (last.ratio, last.ratio_with_redis)
    ]
    return [*told, costs, *ratios, "" if dimension.most is None else f"{dimension.most:g}"]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    options.none(__doc__)
    sys.exit(main())

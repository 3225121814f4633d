"""Pictures that can be read on white and on dark pages: no background, and colours that stand out from both."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from tests.benchmarks.growth.dimensions import DIMENSIONS
from tests.benchmarks.growth.table import Row
from tests.benchmarks.memory.__main__ import ROWS

_INK, _WORKER, _REDIS, _LIMIT = "#7d8590", "#2f81f7", "#db6d28", "#da3633"
_SERVERS = (_WORKER, _REDIS)
_DPI, _WIDE_IN, _HIGH_IN = 100, 8.0, 2.9
_COLUMNS = 2
#: On a logarithmic axis there is no zero: it stands a step before the others.
_LINEAR_TO = 1.0


def all_of(rows: Sequence[Row], found: Mapping[str, Mapping[str, float]], folder: Path) -> Iterator[Path]:
    """Draw all of it; yield the files."""
    by_dimension = {name: [row for row in rows if row.dimension == name] for name in DIMENSIONS}
    for file, is_bounded in (("growth-bounded.png", True), ("growth-free.png", False)):
        shown = [each for name, each in by_dimension.items() if each and _is_bounded(name) == is_bounded]
        if shown:
            yield _saved(_curves(shown), folder / file)
    yield _saved(_bars(found), folder / "memory.png")


def _is_bounded(name: str) -> bool:
    return DIMENSIONS[name].most is not None


def _curves(dimensions: Sequence[Sequence[Row]]) -> Figure:
    lines = -(-len(dimensions) // _COLUMNS)
    figure = Figure(figsize=(_WIDE_IN, _HIGH_IN * lines), layout="constrained")
    for place, rows in enumerate(dimensions, 1):
        _curve(figure.add_subplot(lines, _COLUMNS, place), rows)
    return figure


def _curve(axes: Axes, rows: Sequence[Row]) -> None:
    """Draw the worker's costs with their spread, and Redis's on top of them."""
    sizes, costs = [row.size for row in rows], [row.cpu_us for row in rows]
    spread = [[cost.median - cost.lowest for cost in costs], [cost.highest - cost.median for cost in costs]]
    both = [row.cpu_us.median + row.redis_us for row in rows]
    axes.plot(sizes, both, color=_REDIS, marker="s", markersize=4, label="worker and Redis")
    axes.errorbar(sizes, [cost.median for cost in costs], spread, color=_WORKER, marker="o", capsize=3, label="worker")
    if most := DIMENSIONS[rows[0].dimension].most:
        label = f"{most:g} times the first"
        axes.axhline(costs[0].median * most, color=_LIMIT, linestyle="--", linewidth=1, label=label)
    axes.set_xscale("symlog", linthresh=_LINEAR_TO)
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    _finish(axes, DIMENSIONS[rows[0].dimension].what, "CPU µs a notification")


def _bars(found: Mapping[str, Mapping[str, float]]) -> Figure:
    figure = Figure(figsize=(_WIDE_IN, _HIGH_IN * 1.3), layout="constrained")
    axes, height = figure.add_subplot(), 0.8 / len(found)
    for place, ((server, sizes), color) in enumerate(zip(found.items(), _SERVERS, strict=False)):
        places = [line + place * height for line in range(len(ROWS))]
        bars = axes.barh(places, [sizes[row] for row in ROWS], height, color=color, label=server)
        axes.bar_label(bars, fmt=FuncFormatter(lambda size, _: f"{size:,.0f}"), color=_INK, padding=3, fontsize=8)
    axes.set_yticks([line + 0.4 - height / 2 for line in range(len(ROWS))], [what for what, _ in ROWS.values()])
    axes.invert_yaxis()
    _finish(axes, "bytes of used_memory, each", "")
    return figure


def _finish(axes: Axes, below: str, beside: str) -> None:
    axes.set_xlabel(below, color=_INK)
    axes.set_ylabel(beside, color=_INK)
    axes.tick_params(colors=_INK, labelsize=8)
    axes.grid(color=_INK, alpha=0.25, linewidth=0.5)
    for spine in axes.spines.values():
        spine.set_color(_INK)
    axes.legend(frameon=False, labelcolor=_INK, fontsize=8)


def _saved(figure: Figure, path: Path) -> Path:
    figure.savefig(path, dpi=_DPI, transparent=True)
    return path

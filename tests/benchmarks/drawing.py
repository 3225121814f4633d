"""Pictures that can be read on white and on dark pages: no background, and colours that stand out from both."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from tests.benchmarks.figures import Spread
from tests.benchmarks.growth.dimensions import DIMENSIONS
from tests.benchmarks.growth.table import Row
from tests.benchmarks.memory.__main__ import ROWS

_INK, _WORKER, _REDIS, _LIMIT = "#7d8590", "#2f81f7", "#db6d28", "#da3633"
_SERVERS = (_WORKER, _REDIS)
_DPI, _WIDE_IN, _HIGH_IN = 90, 8.0, 2.8
_COLUMNS = 2
#: The lowest top of an axis of ratios: noise must not look like growth.
_LEAST_HIGH = 1.5


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
    """Draw what each point costs of the first one, with the spread of the rounds."""
    dimension, sizes = DIMENSIONS[rows[0].dimension], [row.size for row in rows]
    _line(axes, sizes, [row.ratio_with_redis for row in rows], "worker and Redis", _REDIS)
    _line(axes, sizes, [row.ratio for row in rows], "worker", _WORKER)
    if dimension.most:
        axes.axhline(dimension.most, color=_LIMIT, linestyle="--", linewidth=1, label="at most")
    if sizes[0]:
        axes.set_xscale("log")
    else:  # there is no zero on a logarithmic axis: up to the next size it is a linear one
        axes.set_xscale("symlog", linthresh=sizes[1])
    axes.set_xticks(sizes, [_short(size) for size in sizes])
    axes.minorticks_off()
    axes.margins(x=0.08)
    axes.set_ylim(0, max(_LEAST_HIGH, axes.get_ylim()[1]))
    _finish(axes, dimension.what, "CPU, times the first")


def _line(axes: Axes, sizes: Sequence[int], ratios: Sequence[Spread], label: str, color: str) -> None:
    middle = [ratio.median for ratio in ratios]
    spread = [[each.median - each.lowest for each in ratios], [each.highest - each.median for each in ratios]]
    axes.errorbar(sizes, middle, spread, color=color, marker="o", markersize=4, capsize=3, label=label)


def _short(size: int) -> str:
    """Return 1,000,000 as 1M."""
    millions, thousands = size // 1_000_000, size // 1_000
    return f"{millions}M" if millions else f"{thousands}k" if thousands else str(size)


def _bars(found: Mapping[str, Mapping[str, float]]) -> Figure:
    figure = Figure(figsize=(_WIDE_IN, _HIGH_IN * 1.3), layout="constrained")
    axes, height = figure.add_subplot(), 0.8 / len(found)
    for place, ((server, sizes), color) in enumerate(zip(found.items(), _SERVERS, strict=False)):
        places = [line + place * height for line in range(len(ROWS))]
        bars = axes.barh(places, [sizes[row] for row in ROWS], height, color=color, label=server)
        axes.bar_label(bars, fmt=FuncFormatter(lambda size, _: f"{size:,.0f}"), color=_INK, padding=3, fontsize=8)
    axes.set_yticks([line + 0.4 - height / 2 for line in range(len(ROWS))], [what for what, _ in ROWS.values()])
    axes.invert_yaxis()
    axes.margins(x=0.1)
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

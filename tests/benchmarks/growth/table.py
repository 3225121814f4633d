"""The printed table, 80 columns wide: a row for each point, medians of the rounds with their spread."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.benchmarks.figures import Spread, ratios
from tests.benchmarks.growth.dimensions import DIMENSIONS
from tests.benchmarks.measure import Sample

#: Samples by dimension and size, the smallest first.
Samples = Mapping[str, Mapping[int, Sequence[Sample]]]
_FORM = "{:13}{:>10}{:>9}{:>12}{:>7}{:>10}{:>12}{:>5}"
_TARGET = "{:13}{:>11} to{:>10}{:>9}{:>9}{:>12}"


@dataclass(frozen=True, slots=True)
class Row:
    """A point's figures over the rounds; ratios are to the dimension's smallest, within a round."""

    dimension: str
    size: int
    cpu_us: Spread
    ratio: Spread
    redis_us: float
    ratio_with_redis: Spread
    is_exact: bool


def rows(samples: Samples) -> list[Row]:
    """Return a row for each point."""
    return [
        _row(name, size, each, next(iter(by_size.values())))
        for name, by_size in samples.items()
        for size, each in by_size.items()
    ]


def lines(table: Sequence[Row]) -> Iterator[str]:
    """Yield the table's lines."""
    yield _FORM.format("", "", "CPU µs", "low-high", "ratio", "Redis µs", "ratio, both", "once")
    for row in table:
        own = (f"{row.cpu_us.median:.1f}", f"{row.cpu_us.lowest:.0f}-{row.cpu_us.highest:.0f}")
        redis = (f"{row.redis_us:.1f}", f"{row.ratio_with_redis.median:.2f}")
        once = "yes" if row.is_exact else "NO"
        yield _FORM.format(row.dimension, f"{row.size:,}", *own, f"{row.ratio.median:.2f}", *redis, once)


def target_lines(table: Sequence[Row]) -> Iterator[str]:
    """Yield a line for each dimension: what the largest costs of the smallest."""
    yield _TARGET.format("growth in", "from", "", "at most", "worker", "with Redis")
    for name in dict.fromkeys(row.dimension for row in table):
        of_dimension = [row for row in table if row.dimension == name]
        yield _target_line(of_dimension[0], of_dimension[-1], DIMENSIONS[name].most)


def _target_line(first: Row, last: Row, most: float | None) -> str:
    found = (last.ratio.median, last.ratio_with_redis.median)
    mark = "  missed" if most and max(found) > most else ""
    told = (
        f"{first.size:,}",
        f"{last.size:,}",
        "-" if most is None else f"{most:g}",
        *(f"{each:.2f}" for each in found),
    )
    return _TARGET.format(first.dimension, *told) + mark


def _row(dimension: str, size: int, samples: Sequence[Sample], smallest: Sequence[Sample]) -> Row:
    own, with_redis = ([pair[place] for pair in map(_costs, samples)] for place in (0, 1))
    return Row(
        dimension,
        size,
        Spread.of(own),
        ratios(own, [_costs(sample)[0] for sample in smallest]),
        Spread.of([sample.redis_us for sample in samples]).median,
        ratios(with_redis, [_costs(sample)[1] for sample in smallest]),
        all(sample.arrivals.is_exact for sample in samples),
    )


def _costs(sample: Sample) -> tuple[float, float]:
    """Return microseconds of the worker, and of worker and Redis."""
    return sample.cpu_us, sample.cpu_us + sample.redis_us

"""The printed table, 80 columns wide: a row for each point, medians of the rounds with their spread."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.benchmarks.figures import Spread, ratios
from tests.benchmarks.growth.dimensions import DIMENSIONS
from tests.benchmarks.measure import Sample

#: Samples by dimension and size, the smallest first.
Samples = Mapping[str, Mapping[int, Sequence[Sample]]]
_FORM = "{:13}{:>10}{:>9}{:>12}{:>7}{:>10}{:>12}{:>5}"
_TARGET = "{:13}{:>11} to{:>10}{:>9}{:>9}{:>12}  {}"


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


@dataclass(frozen=True, slots=True)
class Growth:
    """A dimension's smallest and largest point, and whether all points were exact."""

    first: Row
    last: Row
    is_exact: bool

    @property
    def verdict(self) -> str:
        """What is to be said of it: nothing, if it is as it must be."""
        most, found = DIMENSIONS[self.first.dimension].most, (self.last.ratio, self.last.ratio_with_redis)
        if not self.is_exact:
            return "not exact"
        return "missed" if most is not None and max(ratio.median for ratio in found) > most else ""


def growths(table: Sequence[Row]) -> Iterator[Growth]:
    """Yield what each dimension comes to."""
    for name in dict.fromkeys(row.dimension for row in table):
        found = [row for row in table if row.dimension == name]
        yield Growth(found[0], found[-1], all(row.is_exact for row in found))


def target_lines(table: Sequence[Row]) -> Iterator[str]:
    """Yield a line for each dimension: what the largest costs of the smallest."""
    yield _TARGET.format("growth in", "from", "", "at most", "worker", "with Redis", "").rstrip()
    for growth in growths(table):
        first, last, most = growth.first, growth.last, DIMENSIONS[growth.first.dimension].most
        ratios_ = (f"{last.ratio.median:.2f}", f"{last.ratio_with_redis.median:.2f}")
        sizes = (f"{first.size:,}", f"{last.size:,}")
        told = (first.dimension, *sizes, "-" if most is None else f"{most:g}", *ratios_, growth.verdict)
        yield _TARGET.format(*told).rstrip()


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

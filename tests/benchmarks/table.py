"""The printed table, 80 columns wide: a row for each subject, medians of the rounds with their spread."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.benchmarks.figures import Spread, ratios
from tests.benchmarks.measure import Sample

#: What the others are compared with.
YARDSTICK = "worker-apns"


@dataclass(frozen=True, slots=True)
class Row:
    """A subject's figures over the rounds."""

    subject: str
    cpu_us: Spread
    #: Of the yardstick's in the same round; None: the yardstick was not run.
    of_yardstick: Spread | None
    redis_us: float
    rate_per_s: float
    rss_mb: float
    is_exact: bool

    @property
    def per_core(self) -> float:
        """Notifications a second that one core is good for."""
        return 1e6 / self.cpu_us.median


def rows(samples: Sequence[Sample]) -> list[Row]:
    """Return a row for each subject, in the order of their first turns."""
    by_subject: dict[str, list[Sample]] = {}
    for sample in samples:
        by_subject.setdefault(sample.subject, []).append(sample)
    return [_row(subject, each, by_subject) for subject, each in by_subject.items()]


def ratio(by_subject: Mapping[str, Sequence[Sample]], subject: str, yardstick: str) -> Spread | None:
    """Return the spread of the ratios of two subjects' CPU; None when one of them was not run."""
    if not (subject in by_subject and yardstick in by_subject):
        return None
    return ratios(*([sample.cpu_us for sample in by_subject[name]] for name in (subject, yardstick)))


def lines(table: Sequence[Row]) -> Iterator[str]:
    """Yield the table's lines."""
    head = ("subject", "CPU µs", "low-high", "ratio", "/s/core", "Redis µs", "RSS MB", "once")
    yield _FORM.format(*head)
    for row in table:
        spread = f"{row.cpu_us.lowest:.0f}-{row.cpu_us.highest:.0f}"
        times = "" if row.of_yardstick is None else f"{row.of_yardstick.median:.2f}"
        cells = (f"{row.cpu_us.median:.1f}", spread, times, f"{row.per_core:,.0f}", f"{row.redis_us:.1f}")
        yield _FORM.format(row.subject, *cells, f"{row.rss_mb:.0f}", "yes" if row.is_exact else "NO")


_FORM = "{:20}{:>9}{:>12}{:>7}{:>9}{:>10}{:>8}{:>5}"


def _row(subject: str, samples: Sequence[Sample], by_subject: Mapping[str, Sequence[Sample]]) -> Row:
    return Row(
        subject,
        Spread.of([sample.cpu_us for sample in samples]),
        ratio(by_subject, subject, YARDSTICK),
        Spread.of([sample.redis_us for sample in samples]).median,
        Spread.of([sample.notifications / sample.wall_s for sample in samples]).median,
        max(sample.rss for sample in samples) / 1e6,
        all(sample.arrivals.is_exact for sample in samples),
    )

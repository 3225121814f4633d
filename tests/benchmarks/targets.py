"""What must be reached: each target beside what a run has shown."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.benchmarks.measure import Sample
from tests.benchmarks.table import Row, ratio

_BySubject = Mapping[str, Sequence[Sample]]


@dataclass(frozen=True, slots=True)
class Target:
    """One target. ``value`` is None when a run lacks what it needs."""

    what: str
    most: float
    value: Callable[[Mapping[str, Row], _BySubject], float | None]


def _cpu_us(subject: str) -> Callable[[Mapping[str, Row], _BySubject], float | None]:
    return lambda rows, _: rows[subject].cpu_us.median if subject in rows else None


def _ratio(subject: str, yardstick: str) -> Callable[[Mapping[str, Row], _BySubject], float | None]:
    def value(_: Mapping[str, Row], samples: _BySubject) -> float | None:
        found = ratio(samples, subject, yardstick)
        return None if found is None else found.median

    return value


def _rss_mb(rows: Mapping[str, Row], _: _BySubject) -> float | None:
    sizes = [row.rss_mb for name, row in rows.items() if name.startswith("worker-")]
    return max(sizes, default=None)


@dataclass(frozen=True, slots=True)
class Bound:
    """A target of a measurement that has one figure."""

    what: str
    limit: float
    #: Whether it must not be less; else it must not be more.
    is_least: bool = False

    def line(self, value: float | None) -> str:
        """Return a line for the measured value; None: it says nothing, something else went wrong."""
        word = "least" if self.is_least else "most"
        told = "-" if value is None else f"{value:.3g}"
        is_missed = value is not None and (value < self.limit if self.is_least else value > self.limit)
        return f"target: {self.what}, at {word} {self.limit:g}: {told}{'  missed' if is_missed else ''}"


#: Of ``latency`` and of ``processes``.
LATENCY = Bound("p99 at half capacity, ms", 50)
TWO_PROCESSES = Bound("notifications/s of two processes, of one's", 1.7, is_least=True)

TARGETS = (
    Target("CPU µs a notification, 1:1, APNs", 100, _cpu_us("worker-apns")),
    Target("of a bare @parse/node-apn send", 1.0, _ratio("worker-apns", "node-apn")),
    Target("of a bare aioapns send", 0.4, _ratio("worker-apns", "aioapns")),
    Target("of the naive stack", 0.08, _ratio("worker-apns", "naive")),
    Target("group of 5,000, per receiver, of 1:1", 0.75, _ratio("worker-group", "worker-apns")),
    Target("Huawei group, per receiver, of 1:1", 0.2, _ratio("worker-huawei-group", "worker-huawei")),
    Target("RSS of the worker, MB", 150, _rss_mb),
)


def lines(table: Sequence[Row], samples: Sequence[Sample]) -> Iterator[str]:
    """Yield a line for each target."""
    rows = {row.subject: row for row in table}
    by_subject = {name: [sample for sample in samples if sample.subject == name] for name in rows}
    yield f"{'target':40}{'at most':>9}{'measured':>10}"
    for target in TARGETS:
        value = target.value(rows, by_subject)
        told = "-" if value is None else f"{value:.3g}"
        mark = "" if value is None or value <= target.most else "  missed"
        yield f"{target.what:40}{target.most:>9g}{told:>10}{mark}"

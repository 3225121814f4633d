"""Promises about what is printed."""

from tests.benchmarks.figures import Spread
from tests.benchmarks.measure import Sample
from tests.benchmarks.sinks.book import Arrivals
from tests.benchmarks.table import YARDSTICK, lines, rows
from tests.benchmarks.targets import TARGETS
from tests.benchmarks.targets import lines as target_lines

_EXACT, _TWICE = Arrivals(100, 0, 0, 0), Arrivals(100, 1, 1, 0)


def _sample(subject: str, cpu_us: float, arrivals: Arrivals = _EXACT) -> Sample:
    return Sample(subject, 100, cpu_us, 12.0, 9.0, 0.5, 80_000_000, arrivals)


_SAMPLES = [
    _sample(YARDSTICK, 100.0),
    _sample("aioapns", 300.0),
    _sample(YARDSTICK, 400.0),
    _sample("aioapns", 1200.0, _TWICE),
    _sample(YARDSTICK, 120.0),
    _sample("aioapns", 400.0),
]


def test_a_row_is_the_median_of_the_rounds_and_its_ratio_that_of_each_round() -> None:
    """A round in which the machine was slow moves neither."""
    worker, peer = rows(_SAMPLES)
    assert (worker.cpu_us, worker.of_yardstick) == (Spread(120.0, 100.0, 400.0), Spread(1.0, 1.0, 1.0))
    assert peer.of_yardstick == Spread(3.0, 3.0, 400 / 120)
    assert (worker.rate_per_s, worker.rss_mb) == (200.0, 80.0)


def test_one_push_too_many_shows() -> None:
    """A subject's row says NO when any of its rounds was not exact."""
    assert [row.is_exact for row in rows(_SAMPLES)] == [True, False]
    assert [line.split()[-1] for line in lines(rows(_SAMPLES))] == ["once", "yes", "NO"]


def test_the_table_fits_into_eighty_columns() -> None:
    """Also with the largest figures that there are."""
    worst = [_sample("worker-huawei-group", 99_999.9), _sample("worker-huawei-group", 12_345.6)]
    assert max(len(line) for line in [*lines(rows(worst)), *target_lines(rows(worst), worst)]) <= 80


def test_a_target_says_what_was_measured_and_whether_it_was_missed() -> None:
    """What a run did not measure is neither met nor missed."""
    told = list(target_lines(rows(_SAMPLES), _SAMPLES))[1:]
    assert len(told) == len(TARGETS)
    by_name = {target.what: line.split()[-2:] for target, line in zip(TARGETS, told, strict=True)}
    assert by_name["CPU µs a notification, 1:1, APNs"] == ["120", "missed"]
    assert by_name["of a bare aioapns send"] == ["0.4", "0.333"]
    assert by_name["of the naive stack"] == ["0.08", "-"]

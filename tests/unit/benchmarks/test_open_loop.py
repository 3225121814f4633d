"""Promises about the producer's timetable, and about what is made of times."""

from itertools import pairwise
from statistics import fmean

import pytest

from tests.benchmarks.open_loop.journey import Journey, latencies_ms
from tests.benchmarks.open_loop.producer import timetable
from tests.benchmarks.open_loop.report import half_load_ms, report
from tests.benchmarks.open_loop.sample import Sample
from tests.benchmarks.saturation import Settled
from tests.benchmarks.sinks.book import Arrivals

_EXACT, _LOST = Arrivals(1, 0, 0, 0), Arrivals(0, 1, 0, 0)


def _sample(load: int, whole_s: float, arrivals: Arrivals = _EXACT) -> Sample:
    journey = Journey(due=100.0, added=100.001, decided=100.002, came=100.0 + whole_s)
    return Sample.of(load, 1.0, 0.5, [journey], arrivals)


def test_a_timetable_has_its_rate_and_its_length() -> None:
    """Gaps are as of a Poisson process: of the mean that the rate says, and as often short or long."""
    due = timetable(1000.0, 20.0, seed=1)
    assert due == sorted(due)
    assert 0 < due[0] < due[-1] < 20.0
    assert 19_500 < len(due) < 20_500
    gaps = [later - earlier for earlier, later in pairwise(due)]
    assert fmean(gap**2 for gap in gaps) == pytest.approx(2 * fmean(gaps) ** 2, rel=0.1)


def test_each_round_has_another_timetable_and_each_run_the_same() -> None:
    """A run can be repeated, and its rounds are not one accident three times."""
    assert timetable(100.0, 1.0, seed=1) == timetable(100.0, 1.0, seed=1) != timetable(100.0, 1.0, seed=2)


def test_the_steps_of_a_way_are_the_whole_of_it() -> None:
    """No time is counted twice or left out between the due time and the vendor."""
    steps = Journey(due=10.0, added=10.25, decided=10.75, came=11.75).steps
    assert steps == {"whole": 1.75, "to Redis": 0.25, "to the outbox": 0.5, "to the vendor": 1.0}
    assert sum(steps.values()) == 2 * steps["whole"]


def test_latencies_are_percentiles_of_each_step() -> None:
    """One message of a hundred that is late shows in p99.9 and not before, in the step in which it was late."""
    usual, late = Journey(1.0, 1.0, 1.0, 1.25), Journey(1.0, 1.0, 3.0, 3.25)
    found = latencies_ms([usual] * 99 + [late])
    assert found["whole"] == {"p50": 250.0, "p99": 250.0, "p99.9": 2250.0}
    assert found["to the outbox"] == {"p50": 0.0, "p99": 0.0, "p99.9": 2000.0}
    assert found["to the vendor"]["p99.9"] == 250.0


def test_the_target_is_the_median_of_the_rounds_at_half_load() -> None:
    """Other loads do not count; without a half load, or with a push lost in any round, there is no figure."""
    half = [_sample(50, seconds) for seconds in (0.020, 0.500, 0.030)]
    assert half_load_ms([[_sample(80, 9.0)] * 3, half]) == pytest.approx(30.0)
    assert half_load_ms([[_sample(80, 9.0)]]) is None
    assert half_load_ms([[half[0], _sample(50, 0.020, _LOST)]]) is None


def test_the_report_names_what_was_lost_and_fits_into_eighty_columns() -> None:
    """A load whose pushes did not all come once says NO, the target nothing, and a wrong capacity is told."""
    rounds = [[_sample(10, 0.004), _sample(50, 9.9, _LOST), _sample(80, 9.9)]] * 3
    told = list(report([Settled(12_345.6, 99.9, _LOST, 1.0)] * 3, rounds, 80))
    assert [line.split()[-1] for line in told if "%" in line][:3] == ["yes", "NO", "yes"]
    assert told[-1].endswith("50: -")
    assert "wrong capacity" in told[1]
    assert max(map(len, told)) <= 80

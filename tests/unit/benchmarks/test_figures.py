"""Promises about the arithmetic of the benchmarks."""

import pytest

from tests.benchmarks.figures import Spread, percentile, ratios


def test_a_spread_is_the_median_with_its_bounds() -> None:
    """One slow round moves the upper bound and not the median."""
    assert Spread.of([3.0, 1.0, 2.0, 2.5, 90.0]) == Spread(2.5, 1.0, 90.0)


def test_a_ratio_is_taken_within_a_round() -> None:
    """A round that was slow for both subjects changes no ratio, though it changes both medians."""
    assert ratios([10.0, 40.0, 11.0], [20.0, 80.0, 20.0]) == Spread(0.5, 0.5, 0.55)


def test_ratios_of_unlike_rounds_are_refused() -> None:
    """A subject with a round less is compared with nobody."""
    with pytest.raises(ValueError, match="longer"):
        ratios([1.0], [1.0, 2.0])


@pytest.mark.parametrize(("share", "value"), [(0.5, 50.0), (0.99, 99.0), (0.999, 100.0), (1.0, 100.0), (0.001, 1.0)])
def test_a_percentile_is_one_of_the_values_and_never_flatters(share: float, value: float) -> None:
    """Of a hundred values the 99th is p99; p99.9, for which there are too few, is the worst."""
    assert percentile([float(number) for number in range(100, 0, -1)], share) == value


def test_a_percentile_of_one_value_is_that_value() -> None:
    """As is that of a load under which one push came."""
    assert percentile([7.0], 0.5) == percentile([7.0], 0.999) == 7.0

"""Promises about the arithmetic of the benchmarks."""

import pytest

from tests.benchmarks.figures import Spread, ratios


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

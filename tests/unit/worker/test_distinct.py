"""Counting different names in bounded memory."""

import pytest

from worker.preview.distinct import Distinct


def test_few_names_are_counted_exactly() -> None:
    """Up to the limit the count is exact, however often a name comes."""
    names = Distinct(exact=100)
    for number in [*range(100), *range(50)]:
        names.add(f"name {number}")
    assert (len(names), names.is_exact) == (100, True)


@pytest.mark.parametrize("count", [101, 5_000, 200_000])
def test_many_names_are_counted_about(count: int) -> None:
    """Beyond the limit the count is off by less than one in a hundred, and says that it is no exact one."""
    names = Distinct(exact=100)
    for number in range(count):
        names.add(f"name {number}")
        names.add(f"name {number // 2}")
    assert not names.is_exact
    assert abs(len(names) - count) <= count / 100


def test_no_name_is_none() -> None:
    """Nothing was counted, nothing is there."""
    assert (len(Distinct()), Distinct().is_exact) == (0, True)

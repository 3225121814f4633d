"""Promises about numbers on the command line of a benchmark."""

import argparse
from collections.abc import Callable

import pytest

from tests.benchmarks.options import amount, natural, percents, positive


def test_numbers_are_read() -> None:
    """Loads come by commas, in the order in which they are asked for."""
    assert (positive("7"), natural("0"), amount("0.4")) == (7, 0, 0.4)
    assert percents("80,10,100") == (80, 10, 100)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (positive, "0"),
        (positive, "-3"),
        (natural, "-1"),
        (amount, "nan"),
        (amount, "inf"),
        (amount, "0"),
        *((percents, bad) for bad in ("", "10,,50", "0", "101", "-5", "half")),
    ],
)
def test_what_cannot_be_measured_is_refused(read: Callable[[str], object], text: str) -> None:
    """One line says so, instead of a run that ends by dividing by nothing."""
    with pytest.raises(argparse.ArgumentTypeError, match="not "):
        read(text)

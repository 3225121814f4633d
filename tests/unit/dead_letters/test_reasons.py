"""Reasons by kind: counts and indexes do not split them, vendors' codes do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.dead_letters.reasons import Tally, kind_of

KINDS = {
    "ambiguous: 12 attempts": "ambiguous: N attempts",
    "81000001: 3 attempts": "81000001: N attempts",
    "configuration: 80300011": "configuration: 80300011",
    "configuration: 401": "configuration: 401",
    "not UTF-8: byte 17": "not UTF-8: byte N",
    "1048577 bytes, limit 524288": "N bytes, limit N",
    "not JSON: invalid character (byte 3)": "not JSON: invalid character (byte N)",
    "$.to[12]: Expected `str`, got `int`": "$.to[N]: Expected `str`, got `int`",
    "$.timestamp: Expected `int` >= 0": "$.timestamp: Expected `int` >= 0",
    "expected exactly one field of message, presence; found [12 bytes], x1": (
        "expected exactly one field of message, presence; found [N bytes], x1"
    ),
}


@pytest.mark.parametrize("fault", KINDS)
def test_kinds(fault: str) -> None:
    """Each fault has its kind, and a kind is a kind of its own."""
    assert kind_of(fault) == KINDS[fault]
    assert kind_of(KINDS[fault]) == KINDS[fault]


@given(st.text(), st.integers(0), st.integers(0))
def test_numbers_of_bytes_never_split(word: str, one: int, other: int) -> None:
    """Whatever stands around them."""
    assert kind_of(f"{word} x {one} bytes") == kind_of(f"{word} x {other} bytes")


def test_the_most_frequent_is_first() -> None:
    """Counts are sorted, and their sum is what was counted."""
    tally = Tally()
    for fault in ("a", "b 1 x", "b 2 x"):
        tally.add(fault)
    assert (tally.most_common(), tally.total) == ([("b N x", 2), ("a", 1)], 3)


def test_reasons_without_end_take_no_memory() -> None:
    """Names that a producer makes up are told apart up to a number, then counted together."""
    tally = Tally()
    for number in range(5000):
        tally.add(f"found field_{number}_")
    assert len(tally.most_common()) == 501
    assert (tally.most_common()[0], tally.total) == (("other reasons", 4500), 5000)

"""Counts of the last seconds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.window import PARTS, Counts, Window

SPAN_MS = 10_000


@given(steps=st.lists(st.tuples(st.integers(0, 4000), st.booleans()), max_size=60))
def test_what_is_young_is_counted_and_what_is_old_is_not(steps: list[tuple[int, bool]]) -> None:
    """Everything of the last nine tenths is counted, nothing older than the span, also by whom asks late."""
    window, now_ms = Window(SPAN_MS / 1000), 0
    seen: list[tuple[int, bool]] = []
    for step_ms, is_bad in steps:
        now_ms += step_ms
        window.add(now_ms, is_bad=is_bad)
        seen.append((now_ms, is_bad))
        counts = window.counts(now_ms)
        young = [bad for at_ms, bad in seen if at_ms > now_ms - SPAN_MS * (PARTS - 1) // PARTS]
        at_most = [bad for at_ms, bad in seen if at_ms > now_ms - SPAN_MS]
        assert len(young) <= counts.all <= len(at_most)
        assert sum(young) <= counts.bad <= sum(at_most)
    assert window.counts(now_ms + SPAN_MS) == Counts()


def test_the_memory_is_constant() -> None:
    """However much comes, no more than the parts are kept."""
    window = Window(1.0)
    for now_ms in range(10_000):
        window.add(now_ms, is_bad=False)
    assert len(window._parts) == PARTS
    assert 900 <= window.counts(9_999).all <= 1000


def test_a_clock_that_goes_back_forgets_nothing() -> None:
    """What comes from an earlier time is counted with the latest."""
    window = Window(10.0)
    window.add(5_000, is_bad=True)
    window.add(1_000, is_bad=True)
    assert window.counts(5_000) == Counts(2, 2)
    assert window.counts(50_000) == Counts()
    window.add(5_000, is_bad=False)
    assert window.counts(5_000) == Counts(1, 0)


def test_what_is_cleared_is_not_counted_again() -> None:
    """After clearing, the part that had begun begins anew."""
    window = Window(10.0)
    window.add(5_000, is_bad=True)
    window.clear()
    window.add(5_001, is_bad=False)
    assert window.counts(5_001) == Counts(1, 0)


@pytest.mark.parametrize(("all_", "bad", "verdict"), [(19, 19, False), (20, 10, True), (20, 9, False), (21, 10, False)])
def test_a_share_needs_enough_to_be_one(all_: int, bad: int, verdict: bool) -> None:
    """Half of twenty is bad, all of nineteen is too few to say."""
    assert Counts(all_, bad).are_bad(0.5, 20) is verdict

"""When a notification is sent again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.retry import GiveUp, RetryAt, RetryPolicy, plan_retry
from tests.factories import DAY, NOW

POLICY = RetryPolicy(attempts=5, first_s=1.0, cap_s=900.0)


def _plan(
    attempt: int, *, jitter: float = 0.5, retry_after_s: float | None = None, policy: RetryPolicy = POLICY
) -> RetryAt | GiveUp:
    return plan_retry(policy, attempt, NOW, NOW + DAY, jitter=jitter, retry_after_s=retry_after_s)


@pytest.mark.parametrize(("attempt", "delay_ms"), [(1, 500), (2, 1000), (3, 2000), (4, 4000)])
def test_the_delay_doubles(attempt: int, delay_ms: int) -> None:
    """Each failed attempt doubles the back-off, of which the jitter takes its part."""
    assert _plan(attempt) == RetryAt(NOW + delay_ms)


@pytest.mark.parametrize("attempt", [5, 6, 1000])
def test_the_last_attempt_is_the_last(attempt: int) -> None:
    """The first send counts as an attempt, and after the last there is no other."""
    assert _plan(attempt) == GiveUp(f"{attempt} attempts")


def test_the_vendors_delay_is_kept() -> None:
    """A retry never comes before the delay the vendor asked for; the jitter comes on top."""
    assert _plan(1, jitter=0.0, retry_after_s=30.0) == RetryAt(NOW + 30_000)
    assert _plan(1, jitter=0.5, retry_after_s=30.0) == RetryAt(NOW + 30_500)


def test_nothing_is_planned_past_the_expiry() -> None:
    """A retry that would come when the message has expired, or at that moment, is given up now."""
    soon = {"jitter": 0.0, "retry_after_s": 10.0}
    assert isinstance(plan_retry(POLICY, 1, NOW, NOW + 10_000, **soon), GiveUp)
    assert isinstance(plan_retry(POLICY, 1, NOW, NOW + 10_001, **soon), RetryAt)


@given(attempt=st.integers(1, 10_000), jitter=st.floats(0, 1, exclude_max=True))
def test_the_delay_is_bounded(attempt: int, jitter: float) -> None:
    """However many attempts, the back-off stays between zero and its cap."""
    plan = _plan(attempt, jitter=jitter, policy=RetryPolicy(attempts=10_001))
    assert isinstance(plan, RetryAt)
    assert NOW <= plan.at_ms <= NOW + 900_000

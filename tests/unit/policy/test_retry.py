"""When a notification is sent again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.causes import CAUSES, UNLISTED, Cause, cause_of
from policy.retry import GiveUp, RetryAt, RetryPolicy, plan_retry
from tests.factories import DAY, NOW

DOUBLING = Cause(first_s=1.0, cap_s=900.0)
UNSENT = Cause(first_s=0.5, cap_s=60.0, is_unsent=True)
CHANCE = st.floats(0, 1, exclude_max=True)


def _policy(rule: Cause, attempts: int = 5) -> RetryPolicy:
    return RetryPolicy(attempts=attempts, rules=lambda _provider, _cause: rule)


def _plan(
    attempt: int,
    rule: Cause = DOUBLING,
    *,
    jitter: float = 0.5,
    retry_after_s: float | None = None,
    unsent: int = 0,
    attempts: int = 5,
) -> RetryAt | GiveUp:
    policy = _policy(rule, attempts)
    return plan_retry(
        policy, attempt, NOW, NOW + DAY, cause="x", jitter=jitter, retry_after_s=retry_after_s, unsent=unsent
    )


@pytest.mark.parametrize(("attempt", "delay_ms"), [(1, 500), (2, 1000), (3, 2000), (4, 4000)])
def test_the_delay_doubles(attempt: int, delay_ms: int) -> None:
    """Each failed attempt doubles the back-off, of which the jitter takes its part."""
    assert _plan(attempt) == RetryAt(NOW + delay_ms, attempt + 1)


@pytest.mark.parametrize("attempt", [5, 6, 1000])
def test_the_last_attempt_is_the_last(attempt: int) -> None:
    """The first send counts as an attempt, and after the last there is no other."""
    assert _plan(attempt) == GiveUp(f"{attempt} attempts")


def test_some_causes_are_worth_fewer_attempts() -> None:
    """A row may allow fewer attempts than the configuration, never more."""
    few = Cause(first_s=1.0, attempts=2)
    assert isinstance(_plan(1, few), RetryAt)
    assert _plan(2, few) == GiveUp("2 attempts")
    assert _plan(1, few, attempts=1) == GiveUp("1 attempts")


def test_the_vendors_delay_is_kept() -> None:
    """A retry never comes before the delay the vendor asked for; the jitter comes on top."""
    assert _plan(1, jitter=0.0, retry_after_s=30.0) == RetryAt(NOW + 30_000, 2)
    assert _plan(1, jitter=0.5, retry_after_s=30.0) == RetryAt(NOW + 30_500, 2)


def test_a_named_delay_is_spread_by_as_much_again_at_first() -> None:
    """A vendor that says when to come back is not kept waiting for the row's own, longer back-off."""
    row = Cause(60.0, 600.0, least_s=10.0)
    delays = [_plan(attempt, row, jitter=0.5, retry_after_s=1.0) for attempt in (1, 2, 3)]
    assert delays == [RetryAt(NOW + 15_000, 2), RetryAt(NOW + 20_000, 3), RetryAt(NOW + 30_000, 4)]


def test_the_least_delay_is_kept_whatever_the_vendor_named() -> None:
    """A shorter Retry-After does not undercut the row, a longer one wins."""
    row = Cause(first_s=1.0, least_s=10.0)
    assert _plan(1, row, jitter=0.0) == RetryAt(NOW + 10_000, 2)
    assert _plan(1, row, jitter=0.0, retry_after_s=3.0) == RetryAt(NOW + 10_000, 2)
    assert _plan(1, row, jitter=0.0, retry_after_s=60.0) == RetryAt(NOW + 60_000, 2)


def test_nothing_is_planned_past_the_expiry() -> None:
    """A retry that would come when the message has expired, or at that moment, is given up now."""
    policy = _policy(DOUBLING)
    assert isinstance(
        plan_retry(policy, 1, NOW, NOW + 10_000, cause="x", jitter=0.0, retry_after_s=10.0),
        GiveUp,
    )
    assert isinstance(
        plan_retry(policy, 1, NOW, NOW + 10_001, cause="x", jitter=0.0, retry_after_s=10.0),
        RetryAt,
    )


@pytest.mark.parametrize(("unsent", "delay_ms"), [(0, 250), (1, 500), (2, 1000), (20, 30_000)])
def test_what_never_left_uses_up_no_attempt(unsent: int, delay_ms: int) -> None:
    """A send that the vendor provably never had is repeated as the same attempt, also if that is the last one."""
    assert _plan(5, UNSENT, unsent=unsent) == RetryAt(NOW + delay_ms, 5, unsent + 1)


def test_what_never_leaves_ends_too() -> None:
    """Sends that never left are bounded by themselves."""
    assert isinstance(_plan(1, UNSENT, unsent=198), RetryAt)
    assert _plan(1, UNSENT, unsent=199) == GiveUp("200 times unsent")


def test_an_outage_leaves_the_attempts_for_the_vendor() -> None:
    """After an hour without a network, the vendor's first refusal is still attempt 1."""
    assert _plan(1, UNSENT, unsent=120) == RetryAt(NOW + 30_000, 1, 121)
    assert _plan(1, DOUBLING, unsent=121) == RetryAt(NOW + 500, 2, 121)


@given(
    rule=st.sampled_from([DOUBLING, UNSENT]),
    attempt=st.integers(1, 10_000),
    unsent=st.integers(0, 10_000),
    jitter=CHANCE,
)
def test_the_delay_is_bounded(rule: Cause, attempt: int, unsent: int, jitter: float) -> None:
    """However many attempts, the back-off stays between zero and its cap."""
    policy = RetryPolicy(attempts=10_001, unsent=10_002, rules=lambda _provider, _cause: rule)
    plan = plan_retry(policy, attempt, NOW, NOW + DAY, cause="x", jitter=jitter, retry_after_s=None, unsent=unsent)
    assert isinstance(plan, RetryAt)
    assert NOW <= plan.at_ms <= NOW + rule.cap_s * 1000


@given(
    row=st.sampled_from(sorted(CAUSES)),
    jitters=st.lists(CHANCE, min_size=1, max_size=20),
    retry_after_s=st.none() | st.floats(0, 600),
)
def test_every_cause_ends(row: tuple[str, str], jitters: list[float], retry_after_s: float | None) -> None:
    """Whatever keeps failing, a push is given up after at most its attempts, never later than its age, never early."""
    provider, cause = row
    policy, rule, now_ms, last_ms = RetryPolicy(provider), cause_of(provider, cause), NOW, NOW + 3_600_000
    attempt, unsent, sends = 1, 0, 0
    while True:
        sends += 1
        plan = plan_retry(
            policy,
            attempt,
            now_ms,
            last_ms,
            cause=cause,
            jitter=jitters[sends % len(jitters)],
            retry_after_s=retry_after_s,
            unsent=unsent,
        )
        if isinstance(plan, GiveUp):
            break
        least_ms = int(1000 * max(rule.least_s, retry_after_s or 0.0))
        assert now_ms + least_ms <= plan.at_ms < last_ms
        now_ms, attempt, unsent = plan.at_ms, plan.attempt, plan.unsent
    assert sends <= (policy.unsent if rule.is_unsent else policy.attempts)


def test_an_unlisted_cause_is_repeated_with_care() -> None:
    """A cause that nobody wrote down waits, and is bounded like the others."""
    assert cause_of("fcm", "never heard of") is UNLISTED
    assert cause_of("never heard of", "not_sent") is cause_of("apns", "not_sent")
    assert UNLISTED.least_s >= 10


def test_a_row_of_the_vendors_own_wins() -> None:
    """FCM's rule for an ambiguous send is not everybody's."""
    assert cause_of("fcm", "ambiguous") is not cause_of("apns", "ambiguous")
    assert cause_of("huawei", "ambiguous") is cause_of("apns", "ambiguous")

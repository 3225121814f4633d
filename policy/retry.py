"""When a notification that got no final answer is sent again, or given up. The only owner of retries.

Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

from collections.abc import Callable
from dataclasses import dataclass

from policy.causes import ANY, Cause, cause_of

#: Beyond every cap, and still a float.
_LARGEST_EXPONENT = 63


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The bounds for one channel; ``provider`` chooses the vendor's rows of ``causes.CAUSES``.

    ``attempts`` are sends that the vendor may have seen, the first included; ``unsent`` the others, bounded apart
    because an outage of the network must not use up what the vendor's own bad days are allowed.
    Nothing is repeated later than ``max_age_s`` seconds after its decision: after an hour, Google says, a failure that
    lasts is misclassified or an outage (https://firebase.google.com/docs/cloud-messaging/scale-fcm).
    """

    provider: str = ANY
    attempts: int = 12
    unsent: int = 200
    max_age_s: float = 3600.0
    rules: Callable[[str, str], Cause] = cause_of


@dataclass(frozen=True, slots=True)
class RetryAt:
    """Send again at this time, milliseconds since 1970, as this attempt and after so many that never left."""

    at_ms: int
    attempt: int
    unsent: int = 0


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Do not send again, because of this."""

    because: str


def plan_retry(
    policy: RetryPolicy,
    attempt: int,
    now_ms: int,
    expires_ms: int,
    *,
    cause: str,
    jitter: float,
    retry_after_s: float | None,
    unsent: int = 0,
) -> RetryAt | GiveUp:
    """Plan what follows the failed send number ``attempt`` (1 for the first), after ``unsent`` that never left.

    A delay the vendor named is kept, and ``jitter``, in [0, 1), comes on top of it, so that a fleet does not come back
    in one instant: at first at most as much again, for the vendor knows better than the row when to come back. How long
    a named delay may be is bounded where it is read (providers/retry_after.py).
    """
    rule = policy.rules(policy.provider, cause)
    if because := _spent(policy, rule, attempt, unsent):
        return GiveUp(because)
    least_s = max(rule.least_s, retry_after_s or 0.0)
    first_s = rule.first_s if retry_after_s is None else min(rule.first_s, least_s)
    delay_s = least_s + jitter * _back_off_s(rule, first_s, attempt, unsent)
    at_ms = now_ms + int(1000 * delay_s)
    if at_ms >= expires_ms:
        return GiveUp("expires before the next attempt")
    return RetryAt(at_ms, attempt, unsent + 1) if rule.is_unsent else RetryAt(at_ms, attempt + 1, unsent)


def _spent(policy: RetryPolicy, rule: Cause, attempt: int, unsent: int) -> str:
    if rule.is_unsent:
        return f"{unsent + 1} times unsent" if unsent + 1 >= policy.unsent else ""
    most = min(policy.attempts, rule.attempts or policy.attempts)
    return f"{attempt} attempts" if attempt >= most else ""


def _back_off_s(rule: Cause, first_s: float, attempt: int, unsent: int) -> float:
    doublings = unsent if rule.is_unsent else attempt - 1
    return min(rule.cap_s, first_s * 2.0 ** min(doublings, _LARGEST_EXPONENT))

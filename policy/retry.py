"""When a notification that got no final answer is sent again, or given up. The only owner of retries.

Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

from dataclasses import dataclass

#: Beyond every cap, and still a float.
_LARGEST_EXPONENT = 63


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Bounds of the exponential back-off, in seconds. ``attempts`` counts the first send too.

    Nothing is repeated later than ``max_age_s`` after its decision: after an hour, Google says, a failure that lasts
    is misclassified or an outage (https://firebase.google.com/docs/cloud-messaging/scale-fcm).
    """

    attempts: int = 12
    first_s: float = 1.0
    cap_s: float = 300.0
    max_age_s: float = 3600.0


@dataclass(frozen=True, slots=True)
class RetryAt:
    """Send again at this time, milliseconds since 1970."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Do not send again, because of this."""

    because: str


def plan_retry(
    policy: RetryPolicy, attempt: int, now_ms: int, expires_ms: int, *, jitter: float, retry_after_s: float | None
) -> RetryAt | GiveUp:
    """Plan what follows the failed send number ``attempt`` (1 for the first). ``jitter`` is in [0, 1).

    A delay the vendor named is kept, plus jitter on top, so that a fleet does not come back in one instant.
    """
    if attempt >= policy.attempts:
        return GiveUp(f"{attempt} attempts")
    back_off = min(policy.cap_s, policy.first_s * 2 ** min(attempt - 1, _LARGEST_EXPONENT)) * jitter
    at_ms = now_ms + int(1000 * ((retry_after_s or 0.0) + back_off))
    return RetryAt(at_ms) if at_ms < expires_ms else GiveUp("expires before the next attempt")

"""What a vendor's result means for the push: how it is settled. Pure."""

from dataclasses import dataclass, field
from enum import Enum
from typing import assert_never

import msgspec

from policy.late import Unwanted
from policy.retry import GiveUp, RetryAt, RetryPolicy, plan_retry
from providers.result import Accepted, Rejected, RejectionKind, Result, Retryable
from worker.job import Job
from worker.store.outbox import Action, Bury, Done, Retire, Retry, Settlement


class Uncertain(str, Enum):
    """What an app prefers for a push that the vendor may have: that it comes twice, or that it does not come.

    A repeat has the same collapse id, so that a phone that shows the first one replaces it.
    """

    DUPLICATE = "duplicate"
    LOSS = "loss"


@dataclass(frozen=True, slots=True)
class Repeats:
    """When a send is repeated: the bounds, and the app's choice for what the vendor may have."""

    retry: RetryPolicy = field(default_factory=RetryPolicy)
    uncertain: Uncertain = Uncertain.DUPLICATE


def settlement_of(
    entry_id: bytes, job: Job, result: Result, repeats: Repeats, now_ms: int, jitter: float
) -> Settlement:
    """Return how to settle one send."""
    match result:
        case Accepted(vendor_id):
            return Settlement(entry_id, job, "accepted", f"accepted {vendor_id or ''}".strip(), Done())
        case Rejected():
            action = _rejected(result)
            return Settlement(entry_id, job, f"rejected:{result.reason}", f"rejected {result.reason}", action)
        case Retryable() if result.maybe_sent and repeats.uncertain is Uncertain.LOSS:
            return uncertain(entry_id, job, result.cause)
        case Retryable():
            return _retryable(entry_id, job, result, repeats.retry, now_ms, jitter)
        case _:
            assert_never(result)


def unwanted(entry_id: bytes, job: Job, why: Unwanted) -> Settlement:
    """Return how to settle a push that is not wanted any more."""
    return Settlement(entry_id, job, f"expired:{why.value}", f"expired {why.value}", Done())


def uncertain(entry_id: bytes, job: Job, cause: str) -> Settlement:
    """Return how to settle a push that the vendor may have and that must not come twice."""
    return Settlement(entry_id, job, f"uncertain:{cause}", f"uncertain {cause}", Done())


def expires_ms(job: Job) -> int:
    """Return when the push is worth nothing any more, milliseconds since 1970."""
    return (job.notification.expires_at or 0) * 1000


def _rejected(result: Rejected) -> Action:
    if result.kind is RejectionKind.TOKEN:
        return Retire(result.reason, result.unregistered_at)
    if result.kind is RejectionKind.CONFIGURATION:
        # The message is fine and the token too: a person repairs the channel, then retries the dead letter.
        return Bury(f"configuration: {result.reason}")
    return Done()


def _retryable(
    entry_id: bytes, job: Job, result: Retryable, policy: RetryPolicy, now_ms: int, jitter: float
) -> Settlement:
    is_uncertain = job.is_uncertain or result.maybe_sent
    last_ms = min(expires_ms(job), job.retried_from_ms + int(policy.max_age_s * 1000))
    plan = plan_retry(policy, job.attempt, now_ms, last_ms, jitter=jitter, retry_after_s=result.retry_after)
    tried = f"{result.cause}, attempt {job.attempt}"
    match plan:
        case RetryAt(at_ms):
            again = msgspec.structs.replace(job, attempt=job.attempt + 1, is_uncertain=is_uncertain)
            state = f"retry {tried}{', uncertain' if is_uncertain else ''}"
            return Settlement(entry_id, job, f"retry:{result.cause}", state, Retry(at_ms, again))
        case GiveUp(because):
            word = "uncertain" if is_uncertain else "given up"
            outcome = f"{word.replace(' ', '_')}:{result.cause}"
            return Settlement(entry_id, job, outcome, f"{word} {tried}", Bury(f"{result.cause}: {because}"))
        case _:
            assert_never(plan)

"""What a vendor's result means for the push: how it is settled. Pure."""

from typing import assert_never

import msgspec

from policy.retry import GiveUp, RetryAt, RetryPolicy, plan_retry
from providers.result import Accepted, Rejected, RejectionKind, Result, Retryable
from worker.job import Job
from worker.store.outbox import Action, Bury, Done, Retire, Retry, Settlement


def settlement_of(
    entry_id: bytes, job: Job, result: Result, retry_policy: RetryPolicy, now_ms: int, jitter: float
) -> Settlement:
    """Return how to settle one send."""
    match result:
        case Accepted(vendor_id):
            return Settlement(entry_id, job, "accepted", f"accepted {vendor_id or ''}".strip(), Done())
        case Rejected():
            action = _rejected(result)
            return Settlement(entry_id, job, f"rejected:{result.reason}", f"rejected {result.reason}", action)
        case Retryable():
            action = _retryable(job, result, retry_policy, now_ms, jitter)
            word = "retry" if isinstance(action, Retry) else "given up"
            state = f"{word} {result.cause}, attempt {job.attempt}"
            return Settlement(entry_id, job, f"{word.replace(' ', '_')}:{result.cause}", state, action)
        case _:
            assert_never(result)


def expired(entry_id: bytes, job: Job) -> Settlement:
    """Return how to settle a push that waited longer than it may live."""
    return Settlement(entry_id, job, "expired", "expired", Done())


def _rejected(result: Rejected) -> Action:
    if result.kind is RejectionKind.TOKEN:
        return Retire(result.reason, result.unregistered_at)
    if result.kind is RejectionKind.CONFIGURATION:
        # The message is fine and the token too: a person repairs the channel, then retries the dead letter.
        return Bury(f"configuration: {result.reason}")
    return Done()


def _retryable(job: Job, result: Retryable, retry_policy: RetryPolicy, now_ms: int, jitter: float) -> Action:
    last_ms = min(expires_ms(job), job.decided_ms + int(retry_policy.max_age_s * 1000))
    plan = plan_retry(retry_policy, job.attempt, now_ms, last_ms, jitter=jitter, retry_after_s=result.retry_after)
    match plan:
        case RetryAt(at_ms):
            return Retry(at_ms, msgspec.structs.replace(job, attempt=job.attempt + 1))
        case GiveUp(because):
            return Bury(f"{result.cause}: {because}")
        case _:
            assert_never(plan)


def expires_ms(job: Job) -> int:
    """Return when the push is worth nothing any more, milliseconds since 1970."""
    return (job.notification.expires_at or 0) * 1000

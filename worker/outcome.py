"""What a vendor's result means for the push: how it is settled. Pure."""

from dataclasses import dataclass, field
from enum import Enum
from typing import assert_never

import msgspec

from policy.late import Unwanted
from policy.retry import GiveUp, RetryAt, RetryPolicy, plan_retry
from policy.sign import Sign, sign_of_refusal
from providers.result import Accepted, Rejected, RejectionKind, Result, Retryable
from worker.job import Job
from worker.store.settlements import Action, Bury, Done, Retire, Retry, Settlement

#: The row of ``policy.causes`` for a refusal of the channel.
_MISCONFIGURED = "misconfigured"
_DONE = Done()


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
    entry_id: bytes,
    job: Job,
    result: Result,
    repeats: Repeats,
    now_ms: int,
    jitter: float,
    *,
    may_retire: bool = True,
) -> Settlement:
    """Return how to settle one send. Without ``may_retire`` a token that is called dead is kept."""
    match result:
        case Accepted():
            return accepted(entry_id, job, result)
        case Rejected(reason, RejectionKind.CONFIGURATION) if _is_of_channel(repeats, reason):
            # The message is fine and the token too: it waits for whoever repairs the channel.
            again, said = Retryable(_MISCONFIGURED), f"configuration: {reason}"
            return _retryable(entry_id, job, again, repeats.retry, now_ms, jitter, said)
        case Rejected(reason, kind):
            kept = kind is RejectionKind.TOKEN and not may_retire
            state = f"rejected {reason}{', token kept' if kept else ''}"
            return Settlement(entry_id, job, f"rejected:{reason}", state, _DONE if kept else _rejected(result))
        case Retryable() if result.maybe_sent and repeats.uncertain is Uncertain.LOSS:
            return uncertain(entry_id, job, result.cause)
        case Retryable():
            return _retryable(entry_id, job, result, repeats.retry, now_ms, jitter, result.cause)
        case _:
            assert_never(result)


def accepted(entry_id: bytes, job: Job, result: Accepted) -> Settlement:
    """Return how to settle a push that the vendor took."""
    return Settlement(
        entry_id, job, "accepted", f"accepted {result.vendor_id}" if result.vendor_id else "accepted", _DONE
    )


def unwanted(entry_id: bytes, job: Job, why: Unwanted) -> Settlement:
    """Return how to settle a push that is not wanted any more."""
    return Settlement(entry_id, job, f"expired:{why.value}", f"expired {why.value}", _DONE)


def postponed(entry_id: bytes, job: Job, again_ms: int) -> Settlement:
    """Return how to settle a push that its channel's breaker held back: not sent, and no attempt the less."""
    return Settlement(entry_id, job, "postponed", "planned", Retry(again_ms, job))


def uncertain(entry_id: bytes, job: Job, cause: str) -> Settlement:
    """Return how to settle a push that the vendor may have and that must not come twice."""
    return Settlement(entry_id, job, f"uncertain:{cause}", f"uncertain {cause}", _DONE)


def failed(entry_id: bytes, job: Job, error: Exception) -> Settlement:
    """Return how to settle a push that this worker cannot process, whatever the vendor has of it."""
    reason = f"internal error: {type(error).__name__}"
    state = f"given up internal_error, attempt {job.attempt}"
    return Settlement(entry_id, job, "given_up:internal_error", state, Bury(reason))


def expires_ms(job: Job) -> int:
    """Return when the push is worth nothing any more, milliseconds since 1970."""
    return (job.draft.notification.expires_at or 0) * 1000


def _is_of_channel(repeats: Repeats, reason: str) -> bool:
    """Return whether a refusal speaks of the channel as a whole, which its breaker then pauses."""
    return sign_of_refusal(repeats.retry.provider, reason) is Sign.MISCONFIGURED


def _rejected(result: Rejected) -> Action:
    if result.kind is RejectionKind.TOKEN:
        return Retire(result.reason, result.unregistered_at)
    if result.kind is RejectionKind.CONFIGURATION:
        # Of a part of what the channel carries: no breaker waits for its repair, so a person retries the dead letter.
        return Bury(f"configuration: {result.reason}")
    return _DONE


def _retryable(
    entry_id: bytes, job: Job, result: Retryable, policy: RetryPolicy, now_ms: int, jitter: float, said: str
) -> Settlement:
    """Plan the next send, or give up; ``said`` names the cause to people."""
    is_uncertain = job.is_uncertain or result.maybe_sent
    last_ms = min(expires_ms(job), job.retried_from_ms + int(policy.max_age_s * 1000))
    plan = plan_retry(
        policy,
        job.attempt,
        now_ms,
        last_ms,
        cause=result.cause,
        jitter=jitter,
        retry_after_s=result.retry_after,
        unsent=job.unsent,
    )
    tried = f"{said}, attempt {job.attempt}"
    match plan:
        case RetryAt(at_ms, attempt, unsent):
            again = msgspec.structs.replace(job, attempt=attempt, unsent=unsent, is_uncertain=is_uncertain)
            state = f"retry {tried}{', uncertain' if is_uncertain else ''}"
            return Settlement(entry_id, job, f"retry:{result.cause}", state, Retry(at_ms, again))
        case GiveUp(because):
            word = "uncertain" if is_uncertain else "given up"
            outcome = f"{word.replace(' ', '_')}:{result.cause}"
            return Settlement(entry_id, job, outcome, f"{word} {tried}", Bury(f"{said}: {because}"))
        case _:
            assert_never(plan)

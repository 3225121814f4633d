"""What a vendor's results say about the channel as a whole."""

from collections.abc import Sequence
from typing import TypeGuard, assert_never

from policy.causes import cause_of
from policy.sign import Sign, sign_of_refusal, sign_of_request
from providers.result import Accepted, Rejected, RejectionKind, Result, Retryable
from worker.gate import GOOD, Outcome
from worker.push import Push


def outcome_of(vendor: str, pushes: Sequence[Push], results: Sequence[Result]) -> Outcome:
    """Return what became of the request that carried these pushes."""
    if len(results) == 1:
        (push,), (result,) = pushes, results
        if type(result) is Accepted:  # nearly always
            return GOOD
        return Outcome(sign_of(vendor, result), _named_delay(result), push.job.token)
    if are_accepted(results):
        return GOOD
    signs = [sign_of(vendor, result) for result in results]
    named = [delay_s for delay_s in map(_named_delay, results) if delay_s]
    return Outcome(sign_of_request(signs), max(named, default=None))


def are_accepted(results: Sequence[Result]) -> TypeGuard[Sequence[Accepted]]:
    """Return whether the vendor took all of them."""
    return set(map(type, results)) == {Accepted}


def _named_delay(result: Result) -> float | None:
    return result.retry_after or None if isinstance(result, Retryable) else None


def sign_of(vendor: str, result: Result) -> Sign:
    """Return the sign of one result."""
    match result:
        case Retryable(cause):
            return cause_of(vendor, cause).sign
        case Rejected(reason, RejectionKind.CONFIGURATION):
            return sign_of_refusal(vendor, reason)
        case Rejected() | Accepted():
            return Sign.GOOD
        case _:
            assert_never(result)

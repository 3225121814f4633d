"""What a vendor's results say about the channel as a whole."""

from collections.abc import Sequence
from typing import assert_never

from policy.causes import cause_of
from policy.sign import Sign, sign_of_refusal, sign_of_request
from providers.result import Accepted, Rejected, RejectionKind, Result, Retryable
from worker.admission import Push
from worker.gate import Outcome


def outcome_of(vendor: str, pushes: Sequence[Push], results: Sequence[Result]) -> Outcome:
    """Return what became of the request that carried these pushes."""
    signs = [sign_of(vendor, result) for result in results]
    named = [result.retry_after for result in results if isinstance(result, Retryable) and result.retry_after]
    device = pushes[0].job.notification.token if len(pushes) == 1 else None
    return Outcome(sign_of_request(signs), max(named, default=None), device)


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

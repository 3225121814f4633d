"""What each result of a vendor means for the push."""

from typing import get_args

import msgspec
import pytest

from policy.late import Unwanted
from policy.retry import RetryPolicy
from providers.result import Accepted, Rejected, RejectionKind, Result, Retryable
from tests.jobs import changed, push_job
from worker.job import Job
from worker.outcome import Repeats, Uncertain, expires_ms, postponed, settlement_of, unwanted
from worker.store.settlements import Action, Bury, Done, Retire, Retry

NOW = 1_790_000_000_000
DAY_S = 86_400
REPEATS = Repeats(RetryPolicy("apns", attempts=3))
JOB = push_job(expires_at=NOW // 1000 + DAY_S)

#: (result, attempt, jitter) -> (what is counted, what the ledger says, what is done).
TABLE: list[tuple[Result, int, str, str, Action]] = [
    (Accepted("id-1"), 1, "accepted", "accepted id-1", Done()),
    (Accepted(), 1, "accepted", "accepted", Done()),
    (
        Rejected("Unregistered", RejectionKind.TOKEN, 7),
        1,
        "rejected:Unregistered",
        "rejected Unregistered",
        Retire("Unregistered", 7),
    ),
    (
        Rejected("UNREGISTERED", RejectionKind.TOKEN),
        1,
        "rejected:UNREGISTERED",
        "rejected UNREGISTERED",
        Retire("UNREGISTERED"),
    ),
    (
        Rejected("PayloadTooLarge", RejectionKind.MESSAGE),
        1,
        "rejected:PayloadTooLarge",
        "rejected PayloadTooLarge",
        Done(),
    ),
    (
        Rejected("InvalidProviderToken", RejectionKind.CONFIGURATION),
        1,
        "retry:misconfigured",
        "retry configuration: InvalidProviderToken, attempt 1",
        Retry(NOW + 25_000, changed(JOB, unsent=1)),
    ),
    (
        Retryable("not_sent"),
        1,
        "retry:not_sent",
        "retry not_sent, attempt 1",
        Retry(NOW + 350, changed(JOB, unsent=1)),
    ),
    (
        Retryable("ServiceUnavailable", retry_after=60),
        1,
        "retry:ServiceUnavailable",
        "retry ServiceUnavailable, attempt 1",
        Retry(NOW + 65_000, changed(JOB, attempt=2)),
    ),
    (
        Retryable("ambiguous", maybe_sent=True),
        3,
        "uncertain:ambiguous",
        "uncertain ambiguous, attempt 3",
        Bury("ambiguous: 3 attempts"),
    ),
    (
        Retryable("ambiguous", retry_after=3600),
        1,
        "given_up:ambiguous",
        "given up ambiguous, attempt 1",
        Bury("ambiguous: expires before the next attempt"),
    ),
]


@pytest.mark.parametrize(("result", "attempt", "outcome", "state", "action"), TABLE)
def test_each_result_has_its_settlement(result: Result, attempt: int, outcome: str, state: str, action: Action) -> None:
    """What is counted, what support reads and what is done follow from the result alone."""
    job = changed(JOB, attempt=attempt)
    settlement = settlement_of(b"1-0", job, result, REPEATS, NOW, 0.5)
    assert (settlement.outcome, settlement.state, settlement.action) == (outcome, state, action)
    assert (settlement.entry_id, settlement.job) == (b"1-0", job)


def test_the_table_has_every_kind() -> None:
    """A new kind of result, of rejection or of action has to be given a row here."""
    assert {type(result) for result, *_ in TABLE} == set(get_args(Result))
    assert {result.kind for result, *_ in TABLE if isinstance(result, Rejected)} == set(RejectionKind)
    assert {type(action) for *_, action in TABLE} == set(get_args(Action))


def test_an_expired_push_is_done() -> None:
    """What nobody wants any more is neither sent nor buried."""
    for why in Unwanted:
        settlement = unwanted(b"1-0", JOB, why)
        assert (settlement.outcome, settlement.action) == (f"expired:{why.value}", Done())
    assert expires_ms(JOB) == NOW + DAY_S * 1000


def test_what_the_vendor_may_have_stays_uncertain() -> None:
    """A later attempt that provably failed does not make the earlier one unsent."""
    first = settlement_of(b"1-0", JOB, Retryable("ambiguous", maybe_sent=True), REPEATS, NOW, 0.0)
    assert first.state == "retry ambiguous, attempt 1, uncertain"
    assert isinstance(first.action, Retry)
    last = changed(first.action.job, attempt=3, unsent=199)
    assert (
        settlement_of(b"2-0", last, Retryable("not_sent"), REPEATS, NOW, 0.0).state == "uncertain not_sent, attempt 3"
    )


def test_a_refusal_of_a_part_waits_for_a_person() -> None:
    """No breaker waits for the repair of what concerns a few phones of a channel: the push is buried at once."""
    refused = Rejected("noPushTypeRight", RejectionKind.CONFIGURATION)
    settlement = settlement_of(b"1-0", JOB, refused, Repeats(RetryPolicy("huawei")), NOW, 0.5)
    assert settlement.action == Bury("configuration: noPushTypeRight")


def test_a_token_is_kept_when_too_many_die() -> None:
    """What the vendor said of the push stands in the ledger; the binding stays."""
    dead = Rejected("Unregistered", RejectionKind.TOKEN, 7)
    settlement = settlement_of(b"1-0", JOB, dead, REPEATS, NOW, 0.5, may_retire=False)
    assert (settlement.state, settlement.action) == ("rejected Unregistered, token kept", Done())


def test_a_push_that_was_held_back_is_as_it_was() -> None:
    """The channel's breaker costs it no attempt and leaves no doubt."""
    settlement = postponed(b"1-0", JOB, NOW + 5)
    assert (settlement.state, settlement.action) == ("planned", Retry(NOW + 5, JOB))


def test_an_app_may_prefer_a_loss() -> None:
    """What the vendor may have is not sent again then; what it provably has not is."""
    repeats = Repeats(REPEATS.retry, Uncertain.LOSS)
    settlement = settlement_of(b"1-0", JOB, Retryable("ambiguous", maybe_sent=True), repeats, NOW, 0.0)
    assert (settlement.outcome, settlement.action) == ("uncertain:ambiguous", Done())
    assert settlement.state == "uncertain ambiguous"
    assert isinstance(settlement_of(b"1-0", JOB, Retryable("not_sent"), repeats, NOW, 0.0).action, Retry)


def test_a_send_that_never_left_is_a_repeat_and_no_attempt() -> None:
    """What the vendor never had uses up nothing, and is looked at again before it is sent, as every repeat is."""
    last = changed(JOB, attempt=3)
    settlement = settlement_of(b"1-0", last, Retryable("not_sent"), REPEATS, NOW, 0.0)
    assert isinstance(settlement.action, Retry)
    assert (settlement.action.job.attempt, settlement.action.job.unsent) == (3, 1)
    assert [job.is_repeat for job in (JOB, changed(JOB, unsent=1), last)] == [False, True, True]


def test_a_job_survives_its_wait_as_json() -> None:
    """The job of the next attempt is the same push with the next number."""
    settlement = settlement_of(b"1-0", JOB, Retryable("ambiguous"), REPEATS, NOW, 0.0)
    assert isinstance(settlement.action, Retry)
    waiting = msgspec.json.decode(msgspec.json.encode(settlement.action.job), type=Job)
    assert waiting == changed(JOB, attempt=2)


def test_the_time_for_retries_begins_again_with_a_revival() -> None:
    """A push sent back from the dead letters is repeated like a new one, until its own end."""
    old = changed(JOB, decided_ms=NOW - 7_200_000)
    revived = changed(old, revived_ms=NOW)
    over = changed(revived, expires_at=NOW // 1000)
    actions = [settlement_of(b"1-1", job, Retryable("c"), REPEATS, NOW, 0.5).action for job in (old, revived, over)]
    assert [type(action) for action in actions] == [Bury, Retry, Bury]

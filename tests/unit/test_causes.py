"""Every cause that a provider can produce has a rule for its repeats, and the vendors' own rules are in them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from policy.causes import ANY, CAUSES, Cause, cause_of
from policy.retry import RetryPolicy
from policy.sign import PARTIAL, Sign
from providers.apns_reasons import REASONS
from providers.fcm_errors import APNS_REASONS, ERRORS
from providers.huawei_codes import CODES, STATUSES, TOKEN_REASONS
from providers.huawei_codes import PARTIAL as PARTIAL_SUCCESS
from providers.result import RejectionKind
from providers.retry_after import LONGEST_S, Later

ROOT = Path(__file__).parents[2]
#: Where results are made.
SOURCES = [*sorted((ROOT / "providers").glob("*.py")), ROOT / "worker" / "sender.py"]
#: A batch whose tokens are all bad is asked again token by token, with the reason as the cause.
ALONE = {
    reason
    for table in (CODES, TOKEN_REASONS)
    for reason, kind in table.items()
    if kind is RejectionKind.TOKEN and reason != PARTIAL_SUCCESS
}
VENDORS: dict[str, set[str]] = {
    "apns": {reason for reason, kind in REASONS.items() if kind is None},
    "fcm": {code for code, row in ERRORS.items() if isinstance(row, Later)},
    "huawei": {
        *(code for code, row in CODES.items() if isinstance(row, Later)),
        *(str(status) for status, row in STATUSES.items() if isinstance(row, Later)),
        *ALONE,
    },
}


def _named(source: Path) -> Iterator[str]:
    """Yield each cause that a source spells out: ``Retryable("…")`` and ``Later(…).result("…")``."""
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in {"Retryable", "result"}:
                yield str(node.args[0].value)


#: The project's own causes, whatever the vendor.
OWN = {cause for source in SOURCES for cause in _named(source)}
EVERY = sorted((provider, cause) for provider, causes in VENDORS.items() for cause in causes | OWN)


def test_the_own_causes_are_found() -> None:
    """The search through the sources finds what the documentation of the result names, and more."""
    assert {"not_sent", "ambiguous", "paced", "unexpected_answer", "adapter_error"} <= OWN


@pytest.mark.parametrize(("provider", "cause"), EVERY)
def test_every_cause_has_a_row(provider: str, cause: str) -> None:
    """A new code in a vendor's table, or a new cause of our own, needs a row before it can be sent again."""
    assert (provider, cause) in CAUSES or (ANY, cause) in CAUSES


def test_no_row_is_for_nothing() -> None:
    """Every row is for a cause that somebody produces; the worker itself asks for ``misconfigured``."""
    produced = {*EVERY, *((ANY, cause) for cause in OWN), (ANY, "misconfigured")}
    assert set(CAUSES) <= produced


def test_a_partial_refusal_is_one_of_the_vendors() -> None:
    """Every refusal that is about a part of the channel is in the vendor's own table."""
    refusals = {("fcm", reason) for reason in {*ERRORS, *APNS_REASONS}} | {("huawei", name) for name in TOKEN_REASONS}
    assert refusals >= PARTIAL
    tables = {**ERRORS, **APNS_REASONS, **TOKEN_REASONS}
    assert {tables[reason] for _, reason in PARTIAL} == {RejectionKind.CONFIGURATION}


def _rows(provider: str) -> Iterator[tuple[str, Cause]]:
    for cause in sorted(VENDORS[provider] | OWN):
        yield cause, cause_of(provider, cause)


def test_fcm_waits_ten_seconds() -> None:
    """Google: wait at least 10 seconds before any failed request is repeated. What never left did not fail there."""
    early = {cause for cause, row in _rows("fcm") if row.least_s < 10}
    assert early == {"not_sent", "paced"}


@pytest.mark.parametrize("code", ["QUOTA_EXCEEDED", "RESOURCE_EXHAUSTED"])
def test_fcm_waits_a_minute_for_its_quota(code: str) -> None:
    """Without Retry-After the answer itself asks for a minute, and the back-off begins with one."""
    row = ERRORS[code]
    assert isinstance(row, Later)
    assert row.result(code, {}).retry_after == 60.0
    assert (cause_of("fcm", code).first_s, cause_of("fcm", code).sign) == (60.0, Sign.THROTTLED)


@pytest.mark.parametrize("reason", ["InternalServerError", "ServiceUnavailable"])
def test_apples_quarter_of_an_hour(reason: str) -> None:
    """Apple's 5xx begin later than others and grow to the 15 minutes that Apple names, within the hour of a push."""
    row, policy = cause_of("apns", reason), RetryPolicy("apns")
    assert row.least_s > cause_of("apns", "ambiguous").least_s
    assert row.cap_s == 900.0
    delays = [row.least_s + min(row.cap_s, row.first_s * 2**n) / 2 for n in range(policy.attempts - 1)]
    assert 0.5 * policy.max_age_s < sum(delays) < policy.max_age_s


def test_who_is_throttled() -> None:
    """One device's throttling is not the channel's; the other rate limits are."""
    throttled = {(provider, cause) for provider, cause in EVERY if cause_of(provider, cause).sign is Sign.THROTTLED}
    assert throttled == {
        ("apns", "TooManyProviderTokenUpdates"),
        ("fcm", "QUOTA_EXCEEDED"),
        ("fcm", "RESOURCE_EXHAUSTED"),
        ("huawei", "503"),
        ("huawei", "80100017"),
        ("huawei", "80300029"),
    }
    assert cause_of("apns", "TooManyRequests").sign is Sign.GOOD


@pytest.mark.parametrize("provider", VENDORS)
def test_what_never_left_is_repeated_soon(provider: str) -> None:
    """A send that the vendor never had is tried again within a second, whatever the vendor asks of failed ones."""
    row = cause_of(provider, "not_sent")
    assert row.is_unsent
    assert row.least_s + row.first_s < 1


def test_huaweis_internal_error_gets_few_tries() -> None:
    """81000001 sticks to some messages, which may have gone out all the same."""
    assert cause_of("huawei", "81000001").attempts == 4


def test_a_named_delay_leaves_room_for_several_sends() -> None:
    """The bound of Retry-After and the age of a push fit together, so that a long one is no end."""
    assert RetryPolicy().max_age_s / LONGEST_S >= 5

"""The words of refusals, which an SDK turns into its own errors, and the shares of the rate."""

import pytest
from fastapi import Request

from worker.api import refusals
from worker.api.envelope import application_id, envelope
from worker.api.rates import buckets, kind_of
from worker.api.refusals import Refusal

#: What the SDK (easemob-websdk 4.21.1) looks at: the status, the exception and words of the description.
SDK: dict[str, tuple[Refusal, int, str, str]] = {
    "no permission (52)": (refusals.not_authenticated(), 401, "", "Unable to authenticate (OAuth)"),
    "service not enabled (505)": (refusals.feature_off(), 403, "", "service not open!"),
    "limit (50)": (refusals.too_many(1), 429, "", "The request has reached the maximum limit"),
}


@pytest.mark.parametrize(("refusal", "status", "exception", "words"), SDK.values(), ids=list(SDK))
def test_what_the_sdk_looks_at(refusal: Refusal, status: int, exception: str, words: str) -> None:
    """Status, exception and words of the refusals that have an error of their own in the SDK."""
    assert refusal.status_code == status
    assert exception in refusal.exception
    assert words in refusal.detail


def test_the_sdk_compares_this_text_as_a_whole() -> None:
    """Only this very text is NO_PERMISSION; the others of 401 must not be it."""
    assert refusals.not_authenticated().detail == "Unable to authenticate (OAuth)"
    assert refusals.expired_token().detail == "Unable to authenticate due to expired access token"
    assert refusals.corrupt_token().detail == "Unable to authenticate due to corrupt access token"


def test_other_refusals_are_not_taken_for_these() -> None:
    """A forbidden thing is no missing feature, a Redis that is away no limit."""
    assert "service not open!" not in refusals.forbidden().detail
    assert "maximum limit" not in refusals.unavailable().detail
    assert "UserNotFound" not in refusals.unknown_path().exception + refusals.unknown_app("o", "a", "/o/a/x").exception


@pytest.mark.parametrize(("wait_ms", "seconds"), [(1, "1"), (1_000, "1"), (1_001, "2"), (300_000, "300")])
def test_when_to_come_again(wait_ms: int, seconds: str) -> None:
    """Whole seconds, never too early."""
    assert dict(refusals.too_many(wait_ms).headers or {}) == {"Retry-After": seconds}


def test_an_invalid_value() -> None:
    """Easemob's words with the field's name, and what it would have to be behind it."""
    assert refusals.invalid("type").detail == "parameters is invalid : type"
    assert refusals.invalid("type", "(must be ALL)").detail == "parameters is invalid : type (must be ALL)"


KINDS = {
    "users/bob/notification/user/bob": "push",
    "users/bob/notification/template": "push",
    "users/notification/template": "push",
    "notification/template": "template",
    "notification/template/order": "template",
    "users/batch/status": "status",
    "push/data/offline-push/begin/2026-09-01/end/2026-09-02": "statistics",
    "push/nickname": "push",
    "presence": "presence",
    "console/channels": "channel",
    "console/channels/apns/test": "channel",
    "console/policy": "console",
    "token": "token",
    "users/token/token": "push",
}


@pytest.mark.parametrize(("path", "kind"), KINDS.items())
def test_what_counts_together(path: str, kind: str) -> None:
    """The kind of a route is the beginning of its path."""
    assert kind_of(f"/org/app/{path}") == kind


def test_the_rates_are_easemob_s() -> None:
    """At the default of 100 a second; a smaller rate leaves each kind one request at least."""
    expected = {"push": (100, 100), "status": (50, 50), "template": (10, 10), "statistics": (1, 10), "channel": (2, 20)}
    found = buckets(100)
    assert {name: (found[name].per_s, found[name].burst) for name in expected} == expected
    assert min(bucket.burst for bucket in buckets(1).values()) == 1


def request(path: str, raw_path: bytes) -> Request:
    """Return a request."""
    headers = [(b"host", b"api.example")]
    scope = {"type": "http", "method": "PUT", "scheme": "https", "path": path, "raw_path": raw_path}
    return Request({**scope, "query_string": b"resource=web_1", "headers": headers})


def test_the_envelope() -> None:
    """Easemob's members around what an answer holds; members that it does not hold are left out."""
    found = envelope(request("/org/app/users/a b", b"/org/app/users/a%20b"), "org#app", data={"type": "AT"}, count=1)
    assert isinstance(found.pop("timestamp"), int)
    assert found == {
        "path": "/users",
        "uri": "https://api.example/org/app/users/a%20b",
        "organization": "org",
        "application": application_id("org#app"),
        "data": {"type": "AT"},
        "action": "put",
        "duration": 0,
        "applicationName": "app",
        "count": 1,
    }
    assert envelope(request("/o/a/push", b"/o/a/push"), "o#a", entities=[])["entities"] == []

import json
from typing import Any

import pytest

from providers.fcm_errors import classify, is_stale
from providers.result import Accepted, Rejected, RejectionKind, Result, Retryable
from providers.transport import Answer

FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
APNS_ERROR = "type.googleapis.com/google.firebase.fcm.v1.ApnsError"
ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
TOKEN, MESSAGE, CONFIGURATION = RejectionKind.TOKEN, RejectionKind.MESSAGE, RejectionKind.CONFIGURATION


def answer(status: int, name: str, *details: dict[str, Any], message: str = "secret text", **headers: str) -> Answer:
    """Return an answer as Google words its errors."""
    error = {"code": status, "message": message, "status": name, "details": list(details)}
    return Answer(status, headers, json.dumps({"error": error}).encode())


def fcm(code: str) -> dict[str, Any]:
    """Return the detail that carries FCM's own code."""
    return {"@type": FCM_ERROR, "errorCode": code}


def apns(status: int, reason: str) -> dict[str, Any]:
    """Return the detail that carries APNs' answer."""
    return {"@type": APNS_ERROR, "statusCode": status, "reason": reason}


def violation(field: str) -> dict[str, Any]:
    """Return the detail that names a bad field."""
    return {"@type": BAD_REQUEST, "fieldViolations": [{"field": field, "description": "secret text"}]}


#: (status, name, details) -> result, row by row from https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode
#: and the ErrorInfo reasons of https://cloud.google.com/apis/design/errors.
REJECTIONS: list[tuple[Answer, str, RejectionKind]] = [
    (answer(404, "NOT_FOUND", fcm("UNREGISTERED")), "UNREGISTERED", TOKEN),
    (answer(404, "NOT_FOUND"), "NOT_FOUND", CONFIGURATION),
    (answer(404, "NOT_FOUND", message="Requested entity was not found."), "NOT_FOUND", CONFIGURATION),
    (answer(403, "PERMISSION_DENIED", fcm("SENDER_ID_MISMATCH")), "SENDER_ID_MISMATCH", TOKEN),
    (answer(403, "PERMISSION_DENIED"), "PERMISSION_DENIED", CONFIGURATION),
    (
        answer(403, "PERMISSION_DENIED", {"@type": ERROR_INFO, "reason": "SERVICE_DISABLED"}),
        "SERVICE_DISABLED",
        CONFIGURATION,
    ),
    (
        answer(401, "UNAUTHENTICATED", {"@type": ERROR_INFO, "reason": "ACCESS_TOKEN_EXPIRED"}),
        "ACCESS_TOKEN_EXPIRED",
        CONFIGURATION,
    ),
    (answer(401, "UNAUTHENTICATED"), "UNAUTHENTICATED", CONFIGURATION),
    (
        answer(401, "UNAUTHENTICATED", fcm("THIRD_PARTY_AUTH_ERROR"), apns(403, "InvalidProviderToken")),
        "THIRD_PARTY_AUTH_ERROR",
        CONFIGURATION,
    ),
    (answer(400, "INVALID_ARGUMENT", fcm("INVALID_ARGUMENT")), "INVALID_ARGUMENT", MESSAGE),
    (
        answer(400, "INVALID_ARGUMENT", fcm("INVALID_ARGUMENT"), violation("message.android.ttl")),
        "INVALID_ARGUMENT",
        MESSAGE,
    ),
    (answer(400, "INVALID_ARGUMENT", violation("message.token")), "INVALID_ARGUMENT", TOKEN),
    (
        answer(
            400,
            "INVALID_ARGUMENT",
            fcm("INVALID_ARGUMENT"),
            message="The registration token is not a valid FCM registration token",
        ),
        "INVALID_ARGUMENT",
        TOKEN,
    ),
    (
        answer(400, "INVALID_ARGUMENT", fcm("INVALID_ARGUMENT"), apns(410, "Unregistered")),
        "Unregistered",
        TOKEN,
    ),
    (
        answer(400, "INVALID_ARGUMENT", fcm("INVALID_ARGUMENT"), apns(413, "PayloadTooLarge")),
        "INVALID_ARGUMENT",
        MESSAGE,
    ),
]


@pytest.mark.parametrize(("given", "reason", "kind"), REJECTIONS)
def test_a_documented_refusal_says_who_has_to_act(given: Answer, reason: str, kind: RejectionKind) -> None:
    """The code and its details, never the HTTP status, decide between token, message and configuration."""
    assert classify(given) == Rejected(reason, kind)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            answer(429, "RESOURCE_EXHAUSTED", fcm("QUOTA_EXCEEDED")),
            Retryable("QUOTA_EXCEEDED", 60.0, detail="status 429"),
        ),
        (
            answer(429, "RESOURCE_EXHAUSTED", fcm("QUOTA_EXCEEDED"), **{"retry-after": "30"}),
            Retryable("QUOTA_EXCEEDED", 30.0, detail="status 429"),
        ),
        (answer(429, "RESOURCE_EXHAUSTED"), Retryable("RESOURCE_EXHAUSTED", 60.0, detail="status 429")),
        (
            answer(503, "UNAVAILABLE", fcm("UNAVAILABLE")),
            Retryable("UNAVAILABLE", maybe_sent=True, detail="status 503"),
        ),
        (answer(500, "INTERNAL", fcm("INTERNAL")), Retryable("INTERNAL", maybe_sent=True, detail="status 500")),
    ],
)
def test_a_temporary_failure_names_its_delay(given: Answer, expected: Result) -> None:
    """Quota waits a minute unless told otherwise; the vendor's own trouble may have delivered all the same."""
    assert classify(given) == expected


UNDOCUMENTED = [
    b"",
    b"<html>",
    b"\xff\xfe",
    b"[]",
    b"{}",
    b'{"error":null}',
    b'{"error":{"status":7}}',
    b'{"error":{"status":"secret text"}}',
    b'{"error":{"status":"NOT_FOUND","details":[{"errorCode":"UNSPECIFIED_ERROR"}]}}',
    b'{"error":{"status":"NOT_FOUND","details":"secret text"}}',
]


@pytest.mark.parametrize("body", UNDOCUMENTED)
@pytest.mark.parametrize("status", [400, 404, 410, 500, 502])
def test_what_nobody_documents_is_tried_again(status: int, body: bytes) -> None:
    """Whatever the bytes, there is a Retryable without a word of them; no token is retired on a guess."""
    detail = f"status {status} without a documented code"
    assert classify(Answer(status, {}, body)) == Retryable("unexpected_answer", detail=detail)


@pytest.mark.parametrize("given", [given for given, _, _ in REJECTIONS])
def test_no_text_of_the_answer_reaches_the_result(given: Answer) -> None:
    """Only words of our own tables leave the module."""
    assert "secret text" not in repr(classify(given))


def test_success_carries_the_message_name() -> None:
    """The name FCM gives the message is kept for support."""
    assert classify(Answer(200, {}, b'{"name":"projects/p/messages/1"}')) == Accepted("projects/p/messages/1")


def test_a_success_cut_short_is_still_a_success() -> None:
    """A 200 whose body was lost is not sent again."""
    assert classify(Answer(200, {}, b"")) == Accepted()


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"name":1}'])
def test_a_200_that_is_not_fcms_is_tried_again(body: bytes) -> None:
    """A captive portal's 200 is no success, but the notification may have gone out."""
    result = classify(Answer(200, {}, body))
    assert isinstance(result, Retryable)
    assert (result.cause, result.maybe_sent) == ("unexpected_answer", True)


@pytest.mark.parametrize(
    ("given", "stale"),
    [
        (answer(401, "UNAUTHENTICATED"), True),
        (Answer(401, {}, b""), True),
        (answer(401, "UNAUTHENTICATED", fcm("THIRD_PARTY_AUTH_ERROR")), False),
        (answer(403, "PERMISSION_DENIED"), False),
        (Answer(200, {}, b"{}"), False),
    ],
)
def test_only_our_own_token_is_worth_a_refresh(given: Answer, *, stale: bool) -> None:
    """A 401 asks for a new access token, unless it is about the Firebase project's APNs or web-push key."""
    assert is_stale(given) is stale

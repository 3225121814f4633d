"""What FCM HTTP v1 documents that it answers; the code is in ``details``, hardly ever in the HTTP status.

https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode
"""

from typing import Any, Final

from tests.contract.behaviours import (
    GOOGLE,
    GOOGLE_SCALE,
    Behaviour,
    Outcome,
    configuration,
    later,
    message,
    reply,
    token,
)

Detail = dict[str, Any]
_FCM: Final = "type.googleapis.com/google.firebase.fcm.v1."
_RPC: Final = "type.googleapis.com/google.rpc."


def failure(status: int, name: str, *details: Detail, text: str = "") -> tuple[int, dict[str, Any]]:
    """Return HTTP status and body of Google's error."""
    return status, {"error": {"code": status, "message": text, "status": name, "details": list(details)}}


def fcm_error(code: str) -> Detail:
    """Return the detail with FCM's own code."""
    return {"@type": f"{_FCM}FcmError", "errorCode": code}


def apns_error(status: int, reason: str) -> Detail:
    """Return the detail of an iPhone behind FCM."""
    return {"@type": f"{_FCM}ApnsError", "statusCode": status, "reason": reason}


def error_info(reason: str) -> Detail:
    """Return the detail of Google's front end."""
    return {"@type": f"{_RPC}ErrorInfo", "reason": reason, "domain": "googleapis.com"}


def violation(field: str) -> Detail:
    """Return the detail of a field that is wrong."""
    return {"@type": f"{_RPC}BadRequest", "fieldViolations": [{"field": field, "description": "Invalid"}]}


INVALID: Final = fcm_error("INVALID_ARGUMENT")
#: The words of https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode for a token that is none.
NO_TOKEN: Final = "The registration token is not a valid FCM registration token"
_QUOTA: Final = {"@type": f"{_RPC}QuotaFailure", "violations": [{"subject": "project:1"}]}

_ANSWERS: Final[tuple[tuple[str, tuple[int, dict[str, Any]], Outcome], ...]] = (
    (
        "APNs' 410 inside",
        failure(400, "INVALID_ARGUMENT", INVALID, apns_error(410, "Unregistered")),
        token("Unregistered", page=GOOGLE),
    ),
    (
        "APNs' expired token inside",
        failure(400, "INVALID_ARGUMENT", INVALID, apns_error(410, "ExpiredToken")),
        token("ExpiredToken", page=GOOGLE),
    ),
    (
        "no token, by words",
        failure(400, "INVALID_ARGUMENT", INVALID, text=NO_TOKEN),
        token("INVALID_ARGUMENT", page=GOOGLE),
    ),
    (
        "no token, by field",
        failure(400, "INVALID_ARGUMENT", INVALID, violation("message.token")),
        token("INVALID_ARGUMENT", page=GOOGLE),
    ),
    (
        "another field",
        failure(400, "INVALID_ARGUMENT", INVALID, violation("message.android.ttl")),
        message("INVALID_ARGUMENT", page=GOOGLE),
    ),
    ("no mark", failure(400, "INVALID_ARGUMENT", INVALID), message("INVALID_ARGUMENT", page=GOOGLE)),
    ("no details", failure(400, "INVALID_ARGUMENT"), message("INVALID_ARGUMENT", page=GOOGLE)),
    # Two refusals: the one that a new access token may cure, and the same again.
    (
        "ACCESS_TOKEN_EXPIRED",
        failure(401, "UNAUTHENTICATED", error_info("ACCESS_TOKEN_EXPIRED")),
        configuration("ACCESS_TOKEN_EXPIRED", 2, GOOGLE),
    ),
    ("UNAUTHENTICATED", failure(401, "UNAUTHENTICATED"), configuration("UNAUTHENTICATED", 2, GOOGLE)),
    # The project's APNs key is wrong: no access token would help, so there is no second request.
    (
        "THIRD_PARTY_AUTH_ERROR",
        failure(401, "UNAUTHENTICATED", fcm_error("THIRD_PARTY_AUTH_ERROR"), apns_error(403, "InvalidProviderToken")),
        configuration("THIRD_PARTY_AUTH_ERROR", page=GOOGLE),
    ),
    (
        "SENDER_ID_MISMATCH",
        failure(403, "PERMISSION_DENIED", fcm_error("SENDER_ID_MISMATCH")),
        token("SENDER_ID_MISMATCH", page=GOOGLE),
    ),
    ("PERMISSION_DENIED", failure(403, "PERMISSION_DENIED"), configuration("PERMISSION_DENIED", page=GOOGLE)),
    (
        "SERVICE_DISABLED",
        failure(403, "PERMISSION_DENIED", error_info("SERVICE_DISABLED")),
        configuration("SERVICE_DISABLED", page=GOOGLE),
    ),
    ("UNREGISTERED", failure(404, "NOT_FOUND", fcm_error("UNREGISTERED")), token("UNREGISTERED", page=GOOGLE)),
    # The words of a dead token without its code: the project in the address is wrong.
    ("NOT_FOUND", failure(404, "NOT_FOUND"), configuration("NOT_FOUND", page=GOOGLE)),
    (
        "QUOTA_EXCEEDED",
        failure(429, "RESOURCE_EXHAUSTED", fcm_error("QUOTA_EXCEEDED"), _QUOTA),
        later("QUOTA_EXCEEDED", 60.0, page=GOOGLE_SCALE),
    ),
    (
        "RESOURCE_EXHAUSTED",
        failure(429, "RESOURCE_EXHAUSTED", _QUOTA),
        later("RESOURCE_EXHAUSTED", 60.0, page=GOOGLE_SCALE),
    ),
    ("INTERNAL", failure(500, "INTERNAL", fcm_error("INTERNAL")), later("INTERNAL", maybe=True, page=GOOGLE)),
    (
        "UNAVAILABLE",
        failure(503, "UNAVAILABLE", fcm_error("UNAVAILABLE")),
        later("UNAVAILABLE", maybe=True, page=GOOGLE),
    ),
    (
        "a code of next year",
        failure(400, "INVALID_ARGUMENT", fcm_error("TOO_SECRET")),
        later("unexpected_answer", page=GOOGLE),
    ),
)

ROWS: Final = tuple(
    Behaviour(f"{status} {name}", reply(status, body), None, {"fcm": outcome})
    for name, (status, body), outcome in _ANSWERS
)

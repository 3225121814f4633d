"""What each FCM answer means for the token, the message and the channel.

https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode
https://firebase.google.com/docs/cloud-messaging/scale-fcm
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from providers.result import Accepted, Rejected, RejectionKind, Result, Retryable
from providers.retry_after import Later
from providers.transport import Answer

#: Code -> who has to act. A code is FcmError's errorCode, else ErrorInfo's reason, else the status; never the HTTP
#: status: a 404 is a dead token only with UNREGISTERED, without it the project in the address is wrong.
ERRORS: Final[Mapping[str, RejectionKind | Later]] = {
    # FcmError. Uninstalled, expired after 270 days, or its data were cleared.
    "UNREGISTERED": RejectionKind.TOKEN,
    # A token of another sender will never belong to this channel. One such token must not stop the channel; a wrong
    # service account shows on every token, and the mass-invalidation breaker tells the two apart.
    "SENDER_ID_MISMATCH": RejectionKind.TOKEN,
    # The APNs or web-push key of the Firebase project; another access token would not help.
    "THIRD_PARTY_AUTH_ERROR": RejectionKind.CONFIGURATION,
    # Also the status; only the marks below say that it is about the token.
    "INVALID_ARGUMENT": RejectionKind.MESSAGE,
    # Project, device or topic rate: 60 s without Retry-After (scale guide).
    "QUOTA_EXCEEDED": Later(after_s=60.0),
    # Seen after notifications that did arrive: https://github.com/firebase/firebase-admin-node/issues/1248
    "UNAVAILABLE": Later(maybe_sent=True),
    "INTERNAL": Later(maybe_sent=True),
    # ErrorInfo.
    "ACCESS_TOKEN_EXPIRED": RejectionKind.CONFIGURATION,
    "SERVICE_DISABLED": RejectionKind.CONFIGURATION,
    # Status.
    "UNAUTHENTICATED": RejectionKind.CONFIGURATION,
    "PERMISSION_DENIED": RejectionKind.CONFIGURATION,
    "NOT_FOUND": RejectionKind.CONFIGURATION,
    "RESOURCE_EXHAUSTED": Later(after_s=60.0),
}

#: APNs' own reason inside FCM's INVALID_ARGUMENT: an iOS token behind FCM.
APNS_REASONS: Final[Mapping[str, RejectionKind]] = {
    "Unregistered": RejectionKind.TOKEN,
    "ExpiredToken": RejectionKind.TOKEN,
    "InvalidProviderToken": RejectionKind.CONFIGURATION,
    "BadEnvironmentKeyIdInToken": RejectionKind.CONFIGURATION,
    "BadEnvironmentKeyInToken": RejectionKind.CONFIGURATION,
}

#: INVALID_ARGUMENT is about the token only with this text or a violation of this field.
INVALID_TOKEN_TEXT: Final = "not a valid FCM registration token"  # noqa: S105 - a text of the vendor's
_TOKEN_FIELD: Final = "message.token"  # noqa: S105 - a field's name

#: What a body can do to its decoder; the last one is nonsense nested deeply.
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_OK: Final = 200
_UNAUTHORIZED: Final = 401


class _Violation(msgspec.Struct):
    field: str = ""


class _Detail(msgspec.Struct):
    type: str = msgspec.field(name="@type", default="")
    code: str = msgspec.field(name="errorCode", default="")
    reason: str = ""
    violations: list[_Violation] = msgspec.field(name="fieldViolations", default_factory=list)


class _Error(msgspec.Struct):
    status: str = ""
    message: str = ""
    details: list[_Detail] = []


class _Failure(msgspec.Struct):
    error: _Error


class _Success(msgspec.Struct):
    name: str


_success: Final = msgspec.json.Decoder(_Success)
_failure: Final = msgspec.json.Decoder(_Failure)


def classify(answer: Answer) -> Result:
    """Return what an answer of messages:send means. Only texts from the tables reach the result."""
    return _accepted(answer) if answer.status == _OK else _refused(answer)


def is_stale(answer: Answer) -> bool:
    """Tell whether another access token may help: every 401 but the one about the Firebase project's own keys."""
    if answer.status != _UNAUTHORIZED:
        return False
    error = _error(answer)
    return error is None or _code(error) != "THIRD_PARTY_AUTH_ERROR"


def _accepted(answer: Answer) -> Result:
    # The status is right even when the answer was cut short, and a repeat would be a duplicate.
    if not answer.body:
        return Accepted()
    try:
        return Accepted(_success.decode(answer.body).name)
    except _UNREADABLE:
        return Retryable("unexpected_answer", maybe_sent=True, detail="status 200 without a message name")


def _refused(answer: Answer) -> Result:
    error = _error(answer)
    code = _code(error) if error else ""
    row = ERRORS.get(code)
    if error is None or row is None:
        return Later().result("unexpected_answer", answer.headers, f"status {answer.status} without a documented code")
    if isinstance(row, Later):
        return row.result(code, answer.headers, f"status {answer.status}")
    return _invalid_argument(error) if code == "INVALID_ARGUMENT" else Rejected(code, row)


def _invalid_argument(error: _Error) -> Rejected:
    reason = next((detail.reason for detail in error.details if detail.reason in APNS_REASONS), None)
    if reason:
        return Rejected(reason, APNS_REASONS[reason])
    fields = (violation.field for detail in error.details for violation in detail.violations)
    about_token = INVALID_TOKEN_TEXT in error.message or _TOKEN_FIELD in fields
    return Rejected("INVALID_ARGUMENT", RejectionKind.TOKEN if about_token else RejectionKind.MESSAGE)


def _error(answer: Answer) -> _Error | None:
    try:
        return _failure.decode(answer.body).error
    except _UNREADABLE:
        return None


def _code(error: _Error) -> str:
    """Return the most specific code of an error; a code the table does not know still hides the vaguer ones."""
    specific = next((detail.code for detail in error.details if detail.code), "")
    named = next((detail.reason for detail in error.details if detail.type.endswith("ErrorInfo")), "")
    return specific or (named if named in ERRORS else error.status)

"""The error bodies of FCM HTTP v1, as Google's front end words them.

https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode and https://google.aip.dev/193
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from providers.simulator.exchange import Reply

JSON = (("content-type", "application/json; charset=UTF-8"),)
Detail = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Violation:
    """One ``fieldViolations`` member; an empty field is left out, as for a body that is no JSON."""

    field: str
    description: str


def _fcm_error(code: str) -> Detail:
    return {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code}


def _apns_error(status: int, reason: str) -> Detail:
    return {
        "@type": "type.googleapis.com/google.firebase.fcm.v1.ApnsError",
        "statusCode": status,
        "reason": reason,
    }


def _bad_request(violations: Sequence[Violation]) -> Detail:
    listed = [({"field": one.field} if one.field else {}) | {"description": one.description} for one in violations]
    return {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": listed}


def _error(code: int, status: str, message: str, *details: Detail) -> Reply:
    error = {"code": code, "message": message, "status": status} | ({"details": details} if details else {})
    return Reply(code, json.dumps({"error": error}).encode(), JSON)


def malformed(violations: Sequence[Violation]) -> Reply:
    """Return the 400 of a body that does not fit the schema: the front end's, so without FcmError."""
    message = "\n".join(one.description for one in violations)
    return _error(400, "INVALID_ARGUMENT", message, _bad_request(violations))


def invalid(violations: Sequence[Violation]) -> Reply:
    """Return the 400 of a message that fits the schema but breaks a rule of FCM."""
    message = "\n".join(one.description for one in violations)
    return _error(400, "INVALID_ARGUMENT", message, _fcm_error("INVALID_ARGUMENT"), _bad_request(violations))


#: A wrong project has the words of a dead token and no FcmError: only the detail tells them apart.
PROJECT_NOT_FOUND = _error(404, "NOT_FOUND", "Requested entity was not found.")

_CREDENTIALS = (
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
    "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
)
UNAUTHENTICATED = _error(401, "UNAUTHENTICATED", _CREDENTIALS)
#: Body from https://github.com/olucurious/PyFCM/issues/334
ACCESS_TOKEN_EXPIRED = _error(
    401,
    "UNAUTHENTICATED",
    _CREDENTIALS,
    {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "ACCESS_TOKEN_EXPIRED",
        "domain": "googleapis.com",
        "metadata": {"service": "fcm.googleapis.com", "method": "google.firebase.fcm.v1.FcmService.SendMessage"},
    },
)

_BAD_TOKEN_FIELD = [Violation("message.token", "Invalid registration token")]

#: What each token state is answered: state -> (FCM's errorCode, reply).
TOKEN_FAULTS = {
    "unregistered": (
        "UNREGISTERED",
        _error(404, "NOT_FOUND", "Requested entity was not found.", _fcm_error("UNREGISTERED")),
    ),
    "sender_id_mismatch": (
        "SENDER_ID_MISMATCH",
        _error(403, "PERMISSION_DENIED", "SenderId mismatch", _fcm_error("SENDER_ID_MISMATCH")),
    ),
    "invalid": (
        "INVALID_ARGUMENT",
        _error(
            400,
            "INVALID_ARGUMENT",
            "The registration token is not a valid FCM registration token",
            _fcm_error("INVALID_ARGUMENT"),
        ),
    ),
    "invalid_field": ("INVALID_ARGUMENT", invalid(_BAD_TOKEN_FIELD)),
    "ios_unregistered": (
        "INVALID_ARGUMENT",
        _error(
            400,
            "INVALID_ARGUMENT",
            "APNs device token is disabled.",
            _fcm_error("INVALID_ARGUMENT"),
            _apns_error(410, "Unregistered"),
        ),
    ),
    "third_party_auth_error": (
        "THIRD_PARTY_AUTH_ERROR",
        _error(
            401,
            "UNAUTHENTICATED",
            "Auth error from APNS or Web Push Service",
            _fcm_error("THIRD_PARTY_AUTH_ERROR"),
            _apns_error(403, "InvalidProviderToken"),
        ),
    ),
}

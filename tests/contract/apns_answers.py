"""What APNs documents that it answers, reason by reason.

https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
"""

from functools import partial
from typing import Final

from tests.contract.behaviours import APPLE, Behaviour, Outcome, configuration, later, message, reply, token

#: Milliseconds since 1970: when a device was found gone.
GONE_MS: Final = 1_790_000_000_123

_token = partial(token, page=APPLE)
_message = partial(message, page=APPLE)
_configuration = partial(configuration, page=APPLE)
_later = partial(later, page=APPLE)

#: Reason -> status and outcome.
_REASONS: Final[dict[str, tuple[int, Outcome]]] = {
    **{reason: (400, _token(reason)) for reason in ("BadDeviceToken", "DeviceTokenNotForTopic")},
    **{
        reason: (400, _message(reason))
        for reason in (
            "BadCollapseId",
            "BadExpirationDate",
            "BadMessageId",
            "BadPriority",
            "DuplicateHeaders",
            "InvalidPushType",
            "MissingDeviceToken",
            "PayloadEmpty",
        )
    },
    **{reason: (400, _configuration(reason)) for reason in ("BadTopic", "MissingTopic", "TopicDisallowed")},
    "IdleTimeout": (400, _later("IdleTimeout")),
    **{
        reason: (403, _configuration(reason))
        for reason in (
            "BadCertificate",
            "BadCertificateEnvironment",
            "BadEnvironmentKeyIdInToken",
            "BadEnvironmentKeyInToken",
            "Forbidden",
            "InvalidProviderToken",
            "MissingProviderToken",
            "UnrelatedKeyIdInToken",
        )
    },
    # Within its 40 minutes a key signs the same token again, so there is nothing to repeat the push with.
    "ExpiredProviderToken": (403, _later("ExpiredProviderToken")),
    "BadPath": (404, _message("BadPath")),
    "MethodNotAllowed": (405, _message("MethodNotAllowed")),
    **{reason: (410, _token(reason, GONE_MS)) for reason in ("ExpiredToken", "Unregistered")},
    "PayloadTooLarge": (413, _message("PayloadTooLarge")),
    **{reason: (429, _later(reason)) for reason in ("TooManyRequests", "TooManyProviderTokenUpdates")},
    "InternalServerError": (500, _later("InternalServerError")),
    **{reason: (503, _later(reason)) for reason in ("ServiceUnavailable", "Shutdown")},
}


def _row(reason: str, status: int, outcome: Outcome) -> Behaviour:
    gone = {"timestamp": GONE_MS} if status == 410 else {}
    return Behaviour(f"{status} {reason}", reply(status, {"reason": reason, **gone}), None, {"apns": outcome})


REASONS: Final = tuple(_REASONS)
ROWS: Final = (
    *(_row(reason, *expected) for reason, expected in _REASONS.items()),
    Behaviour("410 without a time", reply(410, {"reason": "Unregistered"}), None, {"apns": _token("Unregistered")}),
    Behaviour(
        "410 with a time that is none",
        reply(410, {"reason": "Unregistered", "timestamp": "soon"}),
        None,
        {"apns": _token("Unregistered")},
    ),
    Behaviour(
        "an error without apns-id, over two DATA frames",
        reply(400, {"reason": "BadDeviceToken"}, data_frames=2),
        None,
        {"apns": _token("BadDeviceToken")},
    ),
)

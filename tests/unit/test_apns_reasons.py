import pytest

from providers.apns_reasons import REASONS
from providers.result import RejectionKind

#: Copied from the vendor's table, not from the code:
#: https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
DOCUMENTED = {
    "token": ["BadDeviceToken", "DeviceTokenNotForTopic", "ExpiredToken", "Unregistered"],
    "message": [
        "BadCollapseId",
        "BadExpirationDate",
        "BadMessageId",
        "BadPath",
        "BadPriority",
        "DuplicateHeaders",
        "InvalidPushType",
        "MethodNotAllowed",
        "MissingDeviceToken",
        "PayloadEmpty",
        "PayloadTooLarge",
    ],
    "configuration": [
        "BadCertificate",
        "BadCertificateEnvironment",
        "BadEnvironmentKeyIdInToken",
        "BadEnvironmentKeyInToken",
        "BadTopic",
        "Forbidden",
        "InvalidProviderToken",
        "MissingProviderToken",
        "MissingTopic",
        "TopicDisallowed",
        "UnrelatedKeyIdInToken",
    ],
    "retry": [
        "ExpiredProviderToken",
        "IdleTimeout",
        "InternalServerError",
        "ServiceUnavailable",
        "Shutdown",
        "TooManyProviderTokenUpdates",
        "TooManyRequests",
    ],
}
ROWS = [(reason, group) for group, reasons in DOCUMENTED.items() for reason in reasons]


@pytest.mark.parametrize(("reason", "group"), ROWS)
def test_each_reason_has_its_class(reason: str, group: str) -> None:
    """Every documented reason is classified as documented."""
    assert REASONS[reason] == (None if group == "retry" else RejectionKind(group))


def test_nothing_else_is_classified() -> None:
    """The table holds the documented reasons and no invented one."""
    assert set(REASONS) == {reason for reason, _ in ROWS}

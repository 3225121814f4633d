"""What the outcome of one request says about its channel: what the channel's circuit breaker is fed with."""

from collections.abc import Iterable
from enum import Enum
from typing import Final


class Sign(str, Enum):
    """In the order in which one of several wins, when the pushes of one request had different outcomes."""

    #: The vendor judged a push on its merits: took it, refused its token or its text, throttled its device.
    GOOD = "good"
    #: The vendor refused the channel: credentials, rights, address.
    MISCONFIGURED = "misconfigured"
    #: The vendor asked the channel to slow down.
    THROTTLED = "throttled"
    #: No useful answer: not sent, no answer in time, 5xx, nonsense.
    FAILED = "failed"
    #: Nothing was learnt: never handed to the vendor, or an answer about a connection that had idled.
    UNKNOWN = "unknown"


#: (provider, reason) of refusals about a part of what a channel carries, whatever their kind: a breaker that took them
#: for the channel would silence the rest of it.
PARTIAL: Final = frozenset(
    {
        # The APNs or web-push key inside the Firebase project: Android goes on.
        ("fcm", "THIRD_PARTY_AUTH_ERROR"),
        ("fcm", "InvalidProviderToken"),
        ("fcm", "BadEnvironmentKeyIdInToken"),
        ("fcm", "BadEnvironmentKeyInToken"),
        # v3 answers these for single tokens: this phone's country or abilities, this kind of message.
        ("huawei", "noPushTypeRight"),
        ("huawei", "atomicUnableSendUnsubscribedMsg"),
        ("huawei", "countryNotSupport"),
        ("huawei", "differentImgVerifyPolicy"),
        ("huawei", "notSupportPlayVoice"),
        ("huawei", "noRightToSendThisLiveNotificationEvent"),
    }
)


def sign_of_refusal(provider: str, reason: str) -> Sign:
    """Return what a rejection for the channel's configuration says about the channel as a whole."""
    return Sign.GOOD if (provider, reason) in PARTIAL else Sign.MISCONFIGURED


def sign_of_request(signs: Iterable[Sign]) -> Sign:
    """Return the one sign of a request that carried several pushes."""
    seen = set(signs)
    return next((sign for sign in Sign if sign in seen), Sign.UNKNOWN)

"""What each cause of a failed send means: when it may be repeated, and what it says about the channel.

A cause is the text that an adapter puts into its answer. The table is the vendors' pages, row by row; policy/README.md
has it for people, and tests hold it against that page and against the tables of the adapters.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from policy.sign import Sign

#: In place of a provider: whatever the vendor.
ANY: Final = "any"


@dataclass(frozen=True, slots=True)
class Cause:
    """One row; times in seconds.

    The n-th repeat waits ``least_s``, or what the vendor named if that is longer, and on top of it a random part of
    ``first_s * 2**(n-1)``, at most ``cap_s``. ``attempts`` counts the first send too; None: as configured.
    ``is_unsent``: the vendor provably never had it, so it counts as no attempt.
    """

    first_s: float
    cap_s: float = 300.0
    least_s: float = 0.0
    attempts: int | None = None
    is_unsent: bool = False
    sign: Sign = Sign.FAILED


#: Apple: "after 15 minutes you can retry, with back-off". A chat push is worth nothing after an hour and most such
#: answers are one server's bad second, so the repeats start within seconds and grow to the fifteen minutes.
#: https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
_APPLE_5XX: Final = Cause(10.0, 900.0, least_s=5.0)
#: "Wait at least 10 seconds before retrying any failed request", after an exhausted quota for a minute.
#: https://firebase.google.com/docs/cloud-messaging/scale-fcm
_GOOGLE: Final = Cause(10.0, least_s=10.0)
_GOOGLE_QUOTA: Final = Cause(60.0, 600.0, least_s=10.0, sign=Sign.THROTTLED)
_HUAWEI_5XX: Final = Cause(5.0)
#: "All tokens are invalid" of a batch: each is asked again by itself, spread a little.
_HUAWEI_ALONE: Final = Cause(2.0, 60.0, sign=Sign.GOOD)

CAUSES: Final[Mapping[tuple[str, str], Cause]] = {
    # The wire or the token endpoint failed before the vendor had it: nobody is burdened by an early repeat.
    (ANY, "not_sent"): Cause(0.5, 60.0, least_s=0.1, is_unsent=True),
    # Our own rate for the channel: it says nothing about the vendor.
    (ANY, "paced"): Cause(1.0, 60.0, least_s=0.1, is_unsent=True, sign=Sign.UNKNOWN),
    (ANY, "ambiguous"): Cause(2.0),
    # Mostly the page of a proxy or a front end.
    (ANY, "unexpected_answer"): Cause(2.0),
    # An adapter's broken assumption, which will be as broken next time.
    (ANY, "adapter_error"): Cause(10.0, least_s=10.0, attempts=4),
    # A refusal of the channel, for as long as its breaker waits for somebody to mend it.
    (ANY, "misconfigured"): Cause(30.0, least_s=10.0, is_unsent=True, sign=Sign.MISCONFIGURED),
    ("apns", "IdleTimeout"): Cause(0.5, 60.0, sign=Sign.UNKNOWN),
    # That one server goes away; the next connection is another's.
    ("apns", "Shutdown"): Cause(1.0),
    ("apns", "InternalServerError"): _APPLE_5XX,
    ("apns", "ServiceUnavailable"): _APPLE_5XX,
    # There was no newer provider token: this machine's clock is wrong, and every push will meet it.
    ("apns", "ExpiredProviderToken"): Cause(10.0, sign=Sign.MISCONFIGURED),
    # About one device.
    ("apns", "TooManyRequests"): Cause(30.0, 600.0, least_s=10.0, sign=Sign.GOOD),
    # A provider token may be renewed every 20 minutes.
    ("apns", "TooManyProviderTokenUpdates"): Cause(60.0, 900.0, least_s=60.0, sign=Sign.THROTTLED),
    ("fcm", "ambiguous"): _GOOGLE,
    ("fcm", "unexpected_answer"): _GOOGLE,
    ("fcm", "UNAVAILABLE"): _GOOGLE,
    ("fcm", "INTERNAL"): _GOOGLE,
    ("fcm", "QUOTA_EXCEEDED"): _GOOGLE_QUOTA,
    ("fcm", "RESOURCE_EXHAUSTED"): _GOOGLE_QUOTA,
    ("huawei", "500"): _HUAWEI_5XX,
    ("huawei", "502"): _HUAWEI_5XX,
    # Flow control, of the app or of the whole network.
    ("huawei", "503"): Cause(5.0, least_s=1.0, sign=Sign.THROTTLED),
    # Huawei's own OAuth service failed.
    ("huawei", "80600003"): _HUAWEI_5XX,
    # "Internal error": the notification may have gone out, and the error sticks to some of them.
    ("huawei", "81000001"): Cause(5.0, 60.0, least_s=2.0, attempts=4),
    # More than a hundred topic tasks, more than a day's test messages: soon is no better than now.
    ("huawei", "80100017"): Cause(60.0, 600.0, least_s=10.0, sign=Sign.THROTTLED),
    ("huawei", "80300029"): Cause(60.0, 900.0, least_s=60.0, attempts=4, sign=Sign.THROTTLED),
    ("huawei", "80300007"): _HUAWEI_ALONE,
    ("huawei", "tokenFormatError"): _HUAWEI_ALONE,
    ("huawei", "tokenPlatformNotSupport"): _HUAWEI_ALONE,
    ("huawei", "noRight"): _HUAWEI_ALONE,
}

#: A cause that nobody wrote down. Tests see to it that no adapter has one.
UNLISTED: Final = Cause(10.0, least_s=10.0)


def cause_of(provider: str, cause: str) -> Cause:
    """Return the row of a cause: the vendor's own, else the one for any vendor."""
    return CAUSES.get((provider, cause)) or CAUSES.get((ANY, cause), UNLISTED)

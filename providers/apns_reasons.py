"""What each APNs reason means for the token, the message and the channel.

https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
"""

from collections.abc import Mapping
from typing import Final

from providers.result import RejectionKind

#: Reason -> who has to act; None: the same request may pass later.
REASONS: Final[Mapping[str, RejectionKind | None]] = {
    # 400. A sandbox token on production answers the same: the mass-invalidation breaker tells the two apart.
    "BadDeviceToken": RejectionKind.TOKEN,
    # 400. "Never retry": this channel's topic will never own this token, so keeping it only costs an error a push
    # (Apple slows a provider down for these). A wrong topic would show on every token: again the breaker's case.
    "DeviceTokenNotForTopic": RejectionKind.TOKEN,
    # 400. This request is malformed, and will be so again.
    "BadCollapseId": RejectionKind.MESSAGE,
    "BadExpirationDate": RejectionKind.MESSAGE,
    "BadMessageId": RejectionKind.MESSAGE,
    "BadPriority": RejectionKind.MESSAGE,
    "DuplicateHeaders": RejectionKind.MESSAGE,
    "InvalidPushType": RejectionKind.MESSAGE,
    # A fault in building the path says nothing about the token, so the token stays.
    "MissingDeviceToken": RejectionKind.MESSAGE,
    "PayloadEmpty": RejectionKind.MESSAGE,
    # 400. The topic is the channel's, not the message's.
    "BadTopic": RejectionKind.CONFIGURATION,
    "MissingTopic": RejectionKind.CONFIGURATION,
    "TopicDisallowed": RejectionKind.CONFIGURATION,
    # 400. The connection idled; the next one is fresh.
    "IdleTimeout": None,
    # 403. A new token passes; when none is to be had, this machine's clock is behind.
    "ExpiredProviderToken": None,
    # 403. Key, team, certificate or environment do not fit together.
    "BadCertificate": RejectionKind.CONFIGURATION,
    "BadCertificateEnvironment": RejectionKind.CONFIGURATION,
    "BadEnvironmentKeyIdInToken": RejectionKind.CONFIGURATION,
    # The spelling that was seen live.
    "BadEnvironmentKeyInToken": RejectionKind.CONFIGURATION,
    "Forbidden": RejectionKind.CONFIGURATION,
    "InvalidProviderToken": RejectionKind.CONFIGURATION,
    "MissingProviderToken": RejectionKind.CONFIGURATION,
    "UnrelatedKeyIdInToken": RejectionKind.CONFIGURATION,
    # 404 and 405.
    "BadPath": RejectionKind.MESSAGE,
    "MethodNotAllowed": RejectionKind.MESSAGE,
    # 410, with a timestamp: a token registered after it is good again.
    "ExpiredToken": RejectionKind.TOKEN,
    "Unregistered": RejectionKind.TOKEN,
    # 413.
    "PayloadTooLarge": RejectionKind.MESSAGE,
    # 429. The first is about this device, the second about tokens of the team changing too often.
    "TooManyRequests": None,
    "TooManyProviderTokenUpdates": None,
    # 500 and 503.
    "InternalServerError": None,
    "ServiceUnavailable": None,
    "Shutdown": None,
}

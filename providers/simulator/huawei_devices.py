"""What Push Kit says about each token of a request: ``accepted``, the code, or in v3 the reason.

https://developer.huawei.com/consumer/en/doc/harmonyos-references/push-scenariozed-api-response (80100000)
"""

from providers.simulator.huawei_answers import INVALID_TOKENS
from providers.simulator.token_states import VALID

ACCEPTED = "accepted"
INVALID, HARMONYOS_5, FAILING = "invalid", "harmonyos_5", "internal_error"

#: The reasons of v3 that are about the device.
DEVICE_REASONS = frozenset({"tokenFormatError", "tokenPlatformNotSupport", "noRight"})
#: The reasons of v3 that are about the app's rights: the device is fine.
RIGHT_REASONS = frozenset(
    {
        "noPushTypeRight",
        "atomicUnableSendUnsubscribedMsg",
        "countryNotSupport",
        "disableSendHuaweiMsgBecauseOfPenalty",
        "differentImgVerifyPolicy",
        "appinfoError",
        "notSupportPlayVoice",
        "noRightToSendThisLiveNotificationEvent",
    }
)
STATES = DEVICE_REASONS | RIGHT_REASONS | {VALID, INVALID, HARMONYOS_5, FAILING}


def outcome(state: str, version: str) -> str:
    """Return what becomes of a token in this state under ``v1``, ``v2`` or ``v3``."""
    if state == VALID or (state == HARMONYOS_5 and version == "v3"):
        return ACCEPTED
    if version != "v3":
        return INVALID_TOKENS
    return "tokenFormatError" if state == INVALID else state

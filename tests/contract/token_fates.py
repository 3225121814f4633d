"""Every fate that a device can have at a vendor, and what each provider must make of it."""

from typing import Final

from providers.simulator import huawei_devices
from tests.contract.apns_answers import GONE_MS
from tests.contract.behaviours import APPLE, GOOGLE, HUAWEI, HUAWEI_V3, Outcome, configuration, later, taken, token

#: Vendor -> state -> outcome; ``huawei_v3`` stands beside ``huawei`` because it names reasons.
FATES: Final[dict[str, dict[str, Outcome]]] = {
    "apns": {
        "valid": taken(),
        "bad": token("BadDeviceToken", page=APPLE),
        "wrong_topic": token("DeviceTokenNotForTopic", page=APPLE),
        "unregistered": token("Unregistered", GONE_MS, page=APPLE),
        "expired": token("ExpiredToken", GONE_MS, page=APPLE),
        "throttled": later("TooManyRequests", page=APPLE),
    },
    "fcm": {
        "valid": taken(),
        "unregistered": token("UNREGISTERED", page=GOOGLE),
        "sender_id_mismatch": token("SENDER_ID_MISMATCH", page=GOOGLE),
        "invalid": token("INVALID_ARGUMENT", page=GOOGLE),
        "invalid_field": token("INVALID_ARGUMENT", page=GOOGLE),
        "ios_unregistered": token("Unregistered", page=GOOGLE),
        "third_party_auth_error": configuration("THIRD_PARTY_AUTH_ERROR", page=GOOGLE),
    },
    "huawei": {
        "valid": taken(),
        "internal_error": later("81000001", maybe=True, page=HUAWEI),
        **{
            state: token("80300007", page=HUAWEI)
            for state in sorted(huawei_devices.STATES - {"valid", "internal_error"})
        },
    },
    "huawei_v3": {
        "valid": taken(),
        "harmonyos_5": taken(),
        "invalid": token("tokenFormatError", page=HUAWEI_V3),
        "internal_error": later("81000001", maybe=True, page=HUAWEI_V3),
        **{reason: token(reason, page=HUAWEI_V3) for reason in sorted(huawei_devices.DEVICE_REASONS)},
        **{reason: configuration(reason, page=HUAWEI_V3) for reason in sorted(huawei_devices.RIGHT_REASONS)},
    },
}

"""What a client must be told of each fate of a device token, in Apple's words."""

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.crosscheck.place import Place

DIED_AT_MS = 1_790_000_000_123
#: Fate -> status, reason and timestamp.
#: https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
FATES = {
    "bad": (400, "BadDeviceToken", None),
    "wrong_topic": (400, "DeviceTokenNotForTopic", None),
    "unregistered": (410, "Unregistered", DIED_AT_MS),
    "expired": (410, "ExpiredToken", DIED_AT_MS),
    "throttled": (429, "TooManyRequests", None),
}


def doomed(place: Place, prefix: str) -> dict[str, str]:
    """Give one device token to each fate; return token -> fate."""
    return {place.set_token("apns", prefix + fate.encode().hex(), fate, DIED_AT_MS): fate for fate in FATES}


def foreign_key() -> str:
    """Return a signing key of nobody's, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

"""Device tokens that look like the vendors' own: the same name always gives the same token."""

from base64 import urlsafe_b64encode
from hashlib import shake_256

_SEED = b"offline-push demo:"


def token(vendor: str, name: str) -> str:
    """Return the token of a device: 64 hex digits (APNs), ``id:APA91b…`` (FCM) or 130 characters (Huawei)."""
    return _SHAPES[vendor](shake_256(_SEED + name.encode()).digest(160))


def _apns(noise: bytes) -> str:
    return noise[:32].hex()


def _fcm(noise: bytes) -> str:
    letters = urlsafe_b64encode(noise).decode()
    return f"{letters[:22]}:APA91b{letters[22:156]}"


def _huawei(noise: bytes) -> str:
    return f"IQAAAA{urlsafe_b64encode(noise).decode()[:124]}"


_SHAPES = {"apns": _apns, "fcm": _fcm, "huawei": _huawei}

"""How Huawei signs what it posts to us: the header ``X-HUAWEI-CALLBACK-ID`` of delivery receipts.

``timestamp=<ms>; nonce=<uuid>; value=Base64(HMAC-SHA256(secret, timestamp + nonce + userName))``: the body is not
signed, TLS alone protects it. https://developer.huawei.com/consumer/cn/doc/harmonyos-guides/push-msg-receipt
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

#: How far Huawei's clock and ours may be apart, and how long a header that was overheard is good for.
TOLERANCE_MS: Final = 5 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Caller:
    """The callback user name and key as they stand in AppGallery Connect."""

    user: str
    secret: str = field(repr=False)

    def has_signed(self, header: str, now_ms: int) -> bool:
        """Tell whether a header was made by somebody who knows the key, within ``TOLERANCE_MS`` of ``now_ms``."""
        parts = _parts(header)
        timestamp, value = parts.get("timestamp", ""), parts.get("value", "")
        if not _is_recent(timestamp, now_ms):
            return False
        text = f"{timestamp}{parts.get('nonce', '')}{self.user}".encode()
        return any(hmac.compare_digest(signature(key, text), value.encode()) for key in keys(self.secret))


def signature(key: bytes, text: bytes) -> bytes:
    """Return the Base64 text of HMAC-SHA256."""
    return base64.b64encode(hmac.digest(key, text, hashlib.sha256))


def keys(secret: str) -> list[bytes]:
    """Return what a key may stand for: older receipt configurations take its text, newer ones what it is Base64 of.

    Nothing in a request tells which, and Huawei's page gives no date.
    """
    try:
        # Java's decoder, which Huawei's sample uses, does without padding.
        return [secret.encode(), base64.b64decode(secret + "=" * (-len(secret) % 4), validate=True)]
    except ValueError:
        return [secret.encode()]


def _parts(header: str) -> Mapping[str, str]:
    pairs = (part.strip().partition("=") for part in header.split(";"))
    return {name: value for name, _, value in pairs}


def _is_recent(timestamp: str, now_ms: int) -> bool:
    is_number = timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= len(str(now_ms))
    return is_number and abs(now_ms - int(timestamp)) <= TOLERANCE_MS

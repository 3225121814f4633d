"""What a vendor is asked to show: one notification for one device."""

import hashlib
from enum import Enum
from typing import Any

import msgspec


class PushType(str, Enum):
    """The APNs push types this project sends.

    https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
    """

    ALERT = "alert"
    BACKGROUND = "background"
    VOIP = "voip"


def fingerprint(token: str) -> str:
    """Return 12 hexadecimal digits of SHA-256: what is said of one token can be matched, the token stays unknown."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()[:12]


class Notification(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One notification for one device token, ready to be worded for its vendor; or for many, and not addressed yet.

    It is a msgspec Struct because it also waits in the outbox as JSON.
    """

    #: Empty in one for many.
    token: str = ""
    #: Canonical lower-case UUID, the same for every repeat of this push: APNs' ``apns-id``. Empty in one for many.
    id: str = ""
    title: str = ""
    body: str = ""
    #: The number on the icon; None leaves the icon as it is, 0 clears it.
    badge: int | None = None
    #: Custom members the app reads: Easemob's ``t f m g e``.
    data: dict[str, Any] = {}
    #: A repeat with the same value replaces what is shown: ``apns-collapse-id``, FCM and Huawei ``tag``.
    #: At most 64 bytes.
    collapse_id: str | None = None
    #: The sender means it so: of several messages with this collapse id only the newest is worth delivering.
    is_collapsible: bool = False
    #: When the vendor may give up, in seconds since 1970.
    expires_at: int | None = None
    push_type: PushType = PushType.ALERT
    sound: str | None = None
    category: str | None = None
    mutable_content: bool = False
    content_available: bool = False
    #: Vendor members from the message (``em_android_push_ext``): each wins over the channel's own value.
    android: dict[str, Any] = {}

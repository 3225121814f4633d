"""Notifications at the edges of what may be asked: their members, and what every provider must make of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from providers.notification import PushType
from tests.contract.behaviours import APPLE, GOOGLE, HUAWEI, Outcome, message, taken, token

_SENDING: Final = "https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns"
_TOO_LARGE: Final = {
    "apns": message("PayloadTooLarge", 0, APPLE),
    "fcm": message("INVALID_ARGUMENT", 0, GOOGLE),
    "huawei": message("80300008", 0, HUAWEI),
}
_NO_TOKEN: Final = {
    "apns": token("BadDeviceToken", seen=0, page=APPLE),
    "fcm": token("INVALID_ARGUMENT", seen=0, page=GOOGLE),
    "huawei": token("80300007", seen=0, page=HUAWEI),
}
#: The other vendors have no limit: a tag is a text, and v3's number is made of it.
_NO_COLLAPSE: Final = {"apns": message("BadCollapseId", 0, _SENDING)}
#: Apple's tokens are hexadecimal and travel in the path; nobody else says what a token looks like.
_NO_APPLE_TOKEN: Final = {"apns": token("BadDeviceToken", seen=0, page=_SENDING)}
ODD_TEXT: Final = 'مرحبا שלום 推送 👩‍👩‍👧‍👦 🇨🇳 e\u0301 \u202e\u0000\u001b\u2028\ufffe "\\'
_HALF_A_CHARACTER: Final = "a \ud83d b"


@dataclass(frozen=True, slots=True)
class Asked:
    """One row: members of a notification, and the outcome for every provider or those named in ``but``."""

    name: str
    members: Mapping[str, Any]
    outcome: Outcome = field(default_factory=taken)
    but: Mapping[str, Outcome] = field(default_factory=lambda: MappingProxyType({}))

    def __str__(self) -> str:
        """Return the name, for pytest's ids."""
        return self.name

    def expected(self, channel: str, vendor: str) -> Outcome:
        """Return what is expected of one channel."""
        return self.but.get(channel) or self.but.get(vendor) or self.outcome


ROWS: Final = (
    *(Asked(f"{kind.value} push", {"push_type": kind, "data": {"m": "1"}}) for kind in PushType),
    Asked("VoIP with 5 KB", {"push_type": PushType.VOIP, "body": "好" * 2000}),
    Asked("nothing to show", {"title": "", "body": ""}),
    Asked("a text that is too long", {"body": "好 👩‍👩‍👧" * 2000}),
    Asked("a title that is too long", {"title": "题" * 3000}, but=_TOO_LARGE),
    Asked(
        "data that are too long",
        {"data": {"e": "x" * 6000}},
        # Easemob's message type "notification" carries no data.
        but=_TOO_LARGE | {"fcm_notification": taken()},
    ),
    Asked("no token", {"token": ""}, but=_NO_TOKEN),
    Asked("a token with a path in it", {"token": "../../ab/.."}, but=_NO_APPLE_TOKEN),
    Asked("a token in Chinese", {"token": "推送令牌"}, but=_NO_APPLE_TOKEN),
    Asked("a token of 100,000 characters", {"token": "ab" * 50_000}, but=_NO_APPLE_TOKEN),
    Asked("a token with a line break", {"token": "ab12\r\nx: y"}, but=_NO_APPLE_TOKEN),
    Asked("a collapse id of 64 bytes", {"collapse_id": "c" * 64}),
    Asked("a collapse id of 65 bytes", {"collapse_id": "c" * 65}, but=_NO_COLLAPSE),
    Asked("a collapse id in Chinese", {"collapse_id": "群"}, but=_NO_COLLAPSE),
    Asked("a collapse id that is a blank", {"collapse_id": " "}, but=_NO_COLLAPSE),
    Asked("a collapse id behind a blank", {"collapse_id": " a"}, but=_NO_COLLAPSE),
    Asked("a collapse id before a blank", {"collapse_id": "a "}, but=_NO_COLLAPSE),
    Asked("a collapse id around a blank", {"collapse_id": "a b"}),
    *(Asked(f"expiry {name}", {"expires_at": at}) for name, at in (("0", 0), ("past", 1), ("far", 4_102_444_800))),
    *(Asked(f"badge {badge}", {"badge": badge}) for badge in (0, 1, 99, 100, 2**31)),
    Asked("no badge", {"badge": None}),
    Asked(
        "odd text everywhere",
        {
            "title": ODD_TEXT,
            "body": ODD_TEXT,
            "data": {ODD_TEXT: ODD_TEXT, "t": [ODD_TEXT]},
            "sound": ODD_TEXT,
            "category": ODD_TEXT,
            "android": dict.fromkeys(("fcm_channel_id", "huawei_channel_id", "huawei_receipt_id"), "推送"),
        },
    ),
    Asked(
        "half a character everywhere",
        {"title": _HALF_A_CHARACTER, "body": _HALF_A_CHARACTER, "data": {"e": _HALF_A_CHARACTER}},
    ),
    Asked("data of every type", {"data": {"n": None, "i": 2**63, "f": 0.5, "b": True, "l": [1, {"x": []}]}}),
    Asked("data with Apple's name", {"data": {"aps": {"alert": "x"}, "from": "x", "google.a": "x"}}),
    Asked(
        "vendor members of the wrong type",
        {"android": {"fcm_options": "x", "fcm_channel_id": 5, "huawei_category": [], "huawei_click_action": {"a": 1}}},
    ),
)

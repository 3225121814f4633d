"""A Notification as the body of Huawei's messages:send, for HMS phones (v1, v2) and for HarmonyOS 5 (v3).

v1, v2: https://developer.huawei.com/consumer/cn/doc/HMSCore-References/https-send-api-0000001050986197
v3: https://developer.huawei.com/consumer/cn/doc/harmonyos-references/push-scenariozed-api-request-param
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from zlib import crc32

from providers.android import as_json, flat, present, seconds_left, text
from providers.notification import Notification, PushType

#: Bytes of a message; the token does not count.
LIMIT: Final = 4096
#: Seconds: fifteen days.
LONGEST_TTL_S: Final = 1_296_000
HIGHEST_BADGE: Final = 99
#: Bytes of biTag, as v3 documents it.
_LONGEST_TAG: Final = 64
#: v3 asks for a category; chat is what this project sends.
DEFAULT_V3_CATEGORY: Final = "IM"

#: Values of v3's ``push-type`` header.
PUSH_TYPE_ALERT: Final = "0"
PUSH_TYPE_BACKGROUND: Final = "6"

_OPEN_PAGE, _OPEN_APP = 1, 3
_V3_OPEN_APP: Final = 0
# Any other name is a sound file of another vendor's: the phone would stay silent.
_RAW_FOLDER: Final = "/raw/"
_V3_SOUND_FILES: Final = (".mp3", ".wav", ".mpeg")


@dataclass(frozen=True, slots=True)
class HuaweiDefaults:
    """A channel's own values; a notification's ``android`` members win over them."""

    #: Full name of the app's entry activity: without it v1 and v2 set no badge.
    badge_class: str | None = None
    category: str | None = None


def v1_message(
    notification: Notification, body: str, defaults: HuaweiDefaults, now: float, tokens: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the body for v1 and v2; a background push becomes a data message, which the app handles by itself.

    Args:
        notification: its ``body`` is not read.
        body: the text to show, perhaps shortened.
        defaults: the channel's values.
        now: seconds since 1970.
        tokens: of a batch; ``notification.token`` is then not read.
    """
    silent = notification.push_type is PushType.BACKGROUND
    ttl = _ttl(notification, now)
    android = {
        "category": text(notification.android.get("huawei_category")) or defaults.category,
        "bi_tag": _tag(notification),
        "receipt_id": text(notification.android.get("huawei_receipt_id")),
        "target_user_type": 1 if _is_test(notification) else None,
        "ttl": f"{ttl}s" if ttl else None,
        "notification": None if silent else _v1_notification(notification, body, defaults),
    }
    data = as_json(flat(notification.data)) if notification.data else None
    return {
        "message": present({"data": data, "android": present(android), "token": list(tokens) or [notification.token]})
    }


def v3_message(
    notification: Notification, body: str, defaults: HuaweiDefaults, now: float, tokens: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the body for v3; arguments as ``v1_message``."""
    options = {
        "ttl": _ttl(notification, now),
        "biTag": _tag(notification),
        "receiptId": text(notification.android.get("huawei_receipt_id")),
        "testMessage": True if _is_test(notification) else None,
    }
    return present(
        {
            "payload": _v3_payload(notification, body, defaults),
            "target": {"token": list(tokens) or [notification.token]},
            "pushOptions": present(options),
        }
    )


def v3_push_type(notification: Notification) -> str:
    """Return the value of the ``push-type`` header."""
    return PUSH_TYPE_BACKGROUND if notification.push_type is PushType.BACKGROUND else PUSH_TYPE_ALERT


def _v1_notification(notification: Notification, body: str, defaults: HuaweiDefaults) -> dict[str, Any]:
    sound = notification.sound if (notification.sound or "").startswith(_RAW_FOLDER) else None
    return {
        "title": notification.title,
        "body": body,
        "click_action": _v1_click(notification),
    } | present(
        {
            "channel_id": text(notification.android.get("huawei_channel_id")),
            "tag": notification.collapse_id,
            "sound": sound,
            "default_sound": False if sound else None,
            "badge": _v1_badge(notification, defaults),
        }
    )


def _v1_click(notification: Notification) -> dict[str, Any]:
    action = text(notification.android.get("huawei_click_action"))
    return {"type": _OPEN_PAGE, "action": action} if action else {"type": _OPEN_APP}


def _v1_badge(notification: Notification, defaults: HuaweiDefaults) -> dict[str, Any] | None:
    count = _badge(notification)
    return None if count is None or not defaults.badge_class else {"class": defaults.badge_class, "set_num": count}


def _v3_payload(notification: Notification, body: str, defaults: HuaweiDefaults) -> dict[str, Any]:
    if notification.push_type is PushType.BACKGROUND:
        return {"extraData": as_json(notification.data)}
    category = text(notification.android.get("huawei_category")) or defaults.category
    required = {
        "category": category or DEFAULT_V3_CATEGORY,
        "title": notification.title,
        "body": body,
        "clickAction": _v3_click(notification),
    }
    return {"notification": required | _v3_options(notification)}


def _v3_options(notification: Notification) -> dict[str, Any]:
    count = _badge(notification)
    has_file = (notification.sound or "").endswith(_V3_SOUND_FILES)
    return present(
        {
            # The phone shows only the first notification of an id: a repeat of this one stays invisible.
            "appMessageId": notification.id,
            "notifyId": _notify_id(notification.collapse_id),
            "badge": None if count is None else {"setNum": count},
            "sound": notification.sound if has_file else None,
        }
    )


def _v3_click(notification: Notification) -> dict[str, Any]:
    action = text(notification.android.get("huawei_click_action"))
    what = {"actionType": _OPEN_PAGE, "action": action} if action else {"actionType": _V3_OPEN_APP}
    return what | present({"data": notification.data})


def _notify_id(collapse_id: str | None) -> int | None:
    """Return the 31-bit number under which v3 replaces what is shown; equal ids give equal numbers."""
    return crc32(collapse_id.encode("utf-8", "replace")) & 0x7FFF_FFFF if collapse_id else None


def _tag(notification: Notification) -> str | None:
    """Return the message's id: receipts bring it back, and the ledger is kept by it. Longer ones are not cut."""
    name = text(notification.data.get("m")) or ""
    return name if 0 < len(name.encode()) <= _LONGEST_TAG else None


def _badge(notification: Notification) -> int | None:
    return None if notification.badge is None else min(max(notification.badge, 0), HIGHEST_BADGE)


def _ttl(notification: Notification, now: float) -> int | None:
    # Huawei refuses a ttl in the past, and 0 is not documented.
    left = seconds_left(notification, now)
    return None if left is None else min(max(left, 1), LONGEST_TTL_S)


def _is_test(notification: Notification) -> bool:
    return notification.android.get("huawei_target_user_type") in (1, "1")

"""A Notification as the arguments of pyfcm's ``parse_payload``.

https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from providers.android import flat, present, seconds_left, text
from providers.notification import Notification, PushType

#: Bytes of a message; counted here without the token, and with the member names FCM leaves out.
LIMIT: Final = 4096
#: Seconds: four weeks, FCM's maximum and its default.
LONGEST_TTL_S: Final = 2_419_200
_INT32_MAX: Final = 2**31 - 1

#: FCM refuses a whole message for one of these keys of ``data``. They are dropped: no app reads an invented name,
#: and its own ``t f m g e`` are never among them.
RESERVED_KEYS: Final = frozenset({"from", "message_type"})
RESERVED_PREFIXES: Final = ("google.", "gcm.notification.")
_ANALYTICS_LABEL: Final = re.compile(r"[a-zA-Z0-9\-_.~%]{1,50}")


class FcmStyle(str, Enum):
    """Easemob's message type of an FCM certificate: who shows the notification."""

    #: The system shows it; the app gets no data.
    NOTIFICATION = "notification"
    #: The app shows it: the texts travel as ``title`` and ``alert``, which Easemob's client code reads.
    DATA = "data"
    #: The system shows it and hands the data to the app that it opens.
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class FcmDefaults:
    """A channel's own values; a notification's ``android`` members win over them."""

    style: FcmStyle = FcmStyle.BOTH
    channel_id: str | None = None


def arguments(notification: Notification, body: str, defaults: FcmDefaults, now: float) -> dict[str, Any]:
    """Return keyword arguments for ``parse_payload``.

    Args:
        notification: its ``body`` is not read.
        body: the text to show, perhaps shortened.
        defaults: the channel's values.
        now: seconds since 1970.
    """
    silent = notification.push_type is PushType.BACKGROUND
    shown = not silent and defaults.style is not FcmStyle.DATA
    texts = {} if silent or shown else present({"title": notification.title, "alert": body})
    return {
        "fcm_token": notification.token,
        "notification_title": notification.title if shown else None,
        "notification_body": body if shown else None,
        "data_payload": {} if shown and defaults.style is FcmStyle.NOTIFICATION else _data(notification.data) | texts,
        "android_config": _android(notification, defaults, shown=shown, silent=silent, now=now),
    }


def _data(data: Mapping[str, Any]) -> dict[str, str]:
    return {
        key: value
        for key, value in flat(data).items()
        if key not in RESERVED_KEYS and not key.startswith(RESERVED_PREFIXES)
    }


def _android(
    notification: Notification, defaults: FcmDefaults, *, shown: bool, silent: bool, now: float
) -> dict[str, Any]:
    left = seconds_left(notification, now)
    return present(
        {
            # Android lowers the priority of apps that wake up at HIGH and show nothing.
            "priority": "NORMAL" if silent else "HIGH",
            # Only where the sender named a key: FCM keeps four a device and lets one collapsible message pass in three
            # minutes, so a key for each message would lose chat messages.
            "collapse_key": notification.collapse_id if notification.is_collapsible else None,
            "ttl": None if left is None else f"{min(max(left, 0), LONGEST_TTL_S)}s",
            "notification": _notification(notification, defaults) if shown else None,
            "fcm_options": _options(notification.android.get("fcm_options")),
        }
    )


def _notification(notification: Notification, defaults: FcmDefaults) -> dict[str, Any]:
    return present(
        {
            "channel_id": text(notification.android.get("fcm_channel_id")) or defaults.channel_id,
            "sound": notification.sound,
            # Replaces what is shown, and costs nothing of FCM's rations.
            "tag": notification.collapse_id,
            # 0 does not clear: the launcher would count up by itself, as it does without the member.
            "notification_count": min(notification.badge or 0, _INT32_MAX) or None,
        }
    )


def _options(options: object) -> dict[str, str] | None:
    """Return the one option FCM knows, if it is well-formed: it refuses the message for any other."""
    label = text(options.get("analytics_label")) if isinstance(options, dict) else None
    return {"analytics_label": label} if label and _ANALYTICS_LABEL.fullmatch(label) else None

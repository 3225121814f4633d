"""What a phone's lock screen shows, read back from what its vendor was sent."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple


class Screen(NamedTuple):
    """Title, body and badge, and the message they are of."""

    title: str
    body: str
    badge: int
    msg_id: str


def screen_of(entry: dict[str, Any]) -> Screen:
    """Return what one ledger entry of the simulators shows."""
    return _READERS[entry["vendor"]](entry["payload"])


def _apns(payload: dict[str, Any]) -> Screen:
    aps = payload["aps"]
    return Screen(aps["alert"]["title"], aps["alert"]["body"], aps["badge"], payload["m"])


def _fcm(payload: dict[str, Any]) -> Screen:
    shown, android = payload["notification"], payload["android"]["notification"]
    # FCM cannot clear a badge: for 0 the member is left out.
    return Screen(shown["title"], shown["body"], android.get("notification_count", 0), payload["data"]["m"])


def _huawei(payload: dict[str, Any]) -> Screen:
    shown = payload["android"]["notification"]
    return Screen(shown["title"], shown["body"], shown["badge"]["set_num"], json.loads(payload["data"])["m"])


_READERS: dict[str, Callable[[dict[str, Any]], Screen]] = {"apns": _apns, "fcm": _fcm, "huawei": _huawei}

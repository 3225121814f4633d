"""What FCM's and Huawei's message members have in common."""

import json
from collections.abc import Mapping
from typing import Any

from providers.notification import Notification


def flat(data: Mapping[str, Any]) -> dict[str, str]:
    """Return the members as strings, for that is all Android's message extras carry; others become JSON."""
    return {key: value if isinstance(value, str) else as_json(value) for key, value in data.items()}


def as_json(value: object) -> str:
    """Return compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def seconds_left(notification: Notification, now: float) -> int | None:
    """Return the whole seconds until the notification expires, negative when it has, or None if it never does."""
    return None if notification.expires_at is None else int(notification.expires_at - now)


def text(value: object) -> str | None:
    """Return a member that somebody else wrote if it is a string with something in it."""
    return value if isinstance(value, str) and value else None


def present(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that are neither None nor empty: vendors refuse or misread empty ones."""
    return {name: value for name, value in members.items() if value is not None and value not in ("", {}, [])}

"""What an iPhone receives: the ``aps`` dictionary with the app's own members beside it."""

from functools import partial
from typing import Any, Final

from providers.notification import Notification, PushType
from providers.payload import ALERT_LIMIT, VOIP_LIMIT, encode, fit

_LIMITS: Final = {PushType.ALERT: ALERT_LIMIT, PushType.BACKGROUND: ALERT_LIMIT, PushType.VOIP: VOIP_LIMIT}


def encoded(notification: Notification) -> bytes | None:
    """Return the request body, its text shortened to Apple's limit; None if it does not fit even without text.

    https://developer.apple.com/documentation/usernotifications/generating-a-remote-notification
    """
    limit, body = _LIMITS[notification.push_type], notification.body
    whole = encode(_document(notification, body))
    return whole if len(whole) <= limit else fit(partial(_document, notification), body, limit)


def _document(notification: Notification, body: str) -> dict[str, Any]:
    aps = _background() if notification.push_type is PushType.BACKGROUND else _shown(notification, body)
    # Last, so that a data member named "aps" cannot replace Apple's.
    return {**notification.data, "aps": aps}


def _background() -> dict[str, Any]:
    # "must not contain any keys that would trigger user interactions":
    # https://developer.apple.com/documentation/usernotifications/pushing-background-updates-to-your-app
    return {"content-available": 1}


def _shown(notification: Notification, body: str) -> dict[str, Any]:
    aps: dict[str, Any] = {}
    if notification.badge is not None:
        aps["badge"] = notification.badge
    if alert := _alert(notification.title, body):
        aps["alert"] = alert
    if notification.sound:
        aps["sound"] = notification.sound
    if notification.category:
        aps["category"] = notification.category
    if notification.mutable_content:
        aps["mutable-content"] = 1
    if notification.content_available:
        aps["content-available"] = 1
    return aps


def _alert(title: str, body: str) -> dict[str, str]:
    alert: dict[str, str] = {}
    if body:
        alert["body"] = body
    if title:
        alert["title"] = title
    return alert

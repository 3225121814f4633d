"""From a decision to the jobs of its devices: what is shown, under which ids, with which members for the app."""

import uuid
from collections.abc import Mapping
from typing import Any

from policy.decision import Decision, DeviceVerdict
from policy.event import ChatType
from policy.extension import Extension
from policy.message import Message
from providers.notification import Notification, PushType
from worker.job import Job

#: The product's own: a vendor may keep a notification for a day.
LIFETIME_S = 86_400
#: Names of this project's pushes; changing it would let repeats across an upgrade show twice.
_NAMESPACE = uuid.UUID("5f0c7a0e-6a4f-5c0b-9d1e-0ff11e9c0de5")
_COLLAPSE_ID_BYTES = 64


def jobs(message: Message, decision: Decision, sounds: Mapping[str, str]) -> list[Job]:
    """Return one job for each device to be lit. ``sounds`` maps a notifier to its channel's own sound."""
    return [
        _job(message, decision, verdict, sounds.get(verdict.device.notifier))
        for verdict in decision.devices
        if verdict.is_pushed
    ]


def _job(message: Message, decision: Decision, verdict: DeviceVerdict, sound: str | None) -> Job:
    device = verdict.device
    return Job(
        appkey=decision.appkey,
        msg_id=decision.msg_id,
        user=decision.user,
        device_id=device.device_id,
        notifier=device.notifier,
        bound_at=device.bound_at,
        event_ms=message.event.timestamp,
        decided_ms=decision.at,
        conversation=message.event.conversation,
        notification=_notification(message, decision, verdict, sound),
    )


def _notification(message: Message, decision: Decision, verdict: DeviceVerdict, sound: str | None) -> Notification:
    extension, name = message.extension, _name(decision, verdict)
    return Notification(
        token=verdict.device.token or "",
        id=str(name),
        title=decision.text.title,
        body=decision.text.body,
        badge=decision.badge,
        data=_data(message, decision),
        collapse_id=_collapse_id(extension, decision),
        is_collapsible=_own_key(extension) is not None,
        expires_at=decision.at // 1000 + LIFETIME_S,
        push_type=PushType.VOIP if extension.call and verdict.provider == "apns" else PushType.ALERT,
        sound=None if extension.silent else extension.sound or sound or "default",
        category=extension.category,
        mutable_content=extension.mutable_content,
        content_available=extension.content_available,
        android=extension.android,
    )


def _name(decision: Decision, verdict: DeviceVerdict) -> uuid.UUID:
    """Return the push's own name: the same for every repeat of it, from any worker."""
    device = verdict.device
    parts = (decision.appkey, decision.msg_id, decision.user, device.notifier, device.device_id)
    return uuid.uuid5(_NAMESPACE, "\n".join(parts))


def _own_key(extension: Extension) -> str | None:
    """Return the sender's collapse key, where APNs can carry it."""
    key = extension.collapse_key or ""
    # A header cannot begin or end with a blank: https://www.rfc-editor.org/rfc/rfc9113#section-8.2.1
    is_usable = key.isascii() and key.isprintable() and key == key.strip() and 0 < len(key) <= _COLLAPSE_ID_BYTES
    return key if is_usable else None


def _collapse_id(extension: Extension, decision: Decision) -> str:
    """Return the sender's collapse key, else the message's name.

    A phone compares it with what it shows itself, so it need not differ between phones; Huawei sends one request for
    all phones of a group only because it does not.
    """
    return _own_key(extension) or uuid.uuid5(_NAMESPACE, f"{decision.appkey}\n{decision.msg_id}").hex


def _data(message: Message, decision: Decision) -> dict[str, Any]:
    """Return the members the app reads: ``t`` to, ``f`` from, ``m`` message, ``g`` group, ``e`` the sender's own."""
    data: dict[str, Any] = {"t": decision.user, "f": message.sender, "m": decision.msg_id}
    if message.event.chat_type is not ChatType.CHAT:
        data["g"] = message.event.conversation_id
    if message.extension.custom is not None:
        data["e"] = message.extension.custom
    return data

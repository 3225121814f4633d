"""From a decision to the jobs of its devices: what is shown, under which ids, with which members for the app."""

import uuid
from functools import lru_cache
from hashlib import sha1
from typing import Any

import msgspec

from policy.catch_up import CatchUpPolicy
from policy.decision import Decision, DeviceReason, DeviceVerdict
from policy.event import ChatType
from policy.extension import Extension
from policy.message import Message
from providers.notification import Notification, PushType
from worker.console import Console
from worker.job import Job

#: The product's own: a vendor may keep a notification for a day.
LIFETIME_S = 86_400
#: Names of this project's pushes; changing it would let repeats across an upgrade show twice.
_NAMESPACE = uuid.UUID("5f0c7a0e-6a4f-5c0b-9d1e-0ff11e9c0de5").bytes
#: What RFC 9562 makes of the digit that holds the variant (4.1).
_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}
_COLLAPSE_ID_BYTES = 64
_PUSHED = DeviceReason.PUSHED


class Wording:
    """Makes the jobs for the receivers of one message: what they have in common is made once."""

    def __init__(self, message: Message, console: Console) -> None:
        """Look at the message."""
        event, self._console, self._extension = message.event, console, message.extension
        own_key = _own_key(message.extension)
        self._event_ms, self._conversation = event.timestamp, message.conversation
        self._expires_s = event.timestamp // 1000 + console.policy.max_age_s
        self._is_collapsible = own_key is not None
        # A phone compares it with what it shows itself, so it need not differ between phones; Huawei sends one request
        # for all phones of a group only because it does not.
        self._collapse_id = own_key or _name_of_all(event.appkey, event.msg_id)
        self._data = _data(message)

    def jobs(self, decision: Decision) -> list[Job]:
        """Return one job for each device to be lit."""
        return [self._job(decision, verdict) for verdict in decision.devices if verdict.reason is _PUSHED]

    def _job(self, decision: Decision, verdict: DeviceVerdict) -> Job:
        device = verdict.device
        return Job(
            appkey=decision.appkey,
            msg_id=decision.msg_id,
            user=decision.user,
            device_id=device.device_id,
            notifier=device.notifier,
            bound_at=device.bound_at,
            event_ms=self._event_ms,
            decided_ms=decision.at,
            conversation=self._conversation,
            is_late=decision.catch_up is not CatchUpPolicy.PUSH,
            # Pushes that replace each other by the sender's will are about one thing: the newest speaks for itself.
            fold=None if self._is_collapsible else decision.fold,
            notification=self._notification(decision, verdict),
        )

    def _notification(self, decision: Decision, verdict: DeviceVerdict) -> Notification:
        extension, text = self._extension, decision.text
        is_voip = extension.call and verdict.provider == "apns"
        return Notification(
            token=verdict.device.token or "",
            id=_name(decision, verdict),
            title=text.title,
            body=text.body,
            badge=decision.badge,
            data={"t": decision.user, **self._data},
            collapse_id=self._collapse_id,
            is_collapsible=self._is_collapsible,
            # What waits grows too old as messages do.
            expires_at=min(decision.at // 1000 + LIFETIME_S, self._expires_s),
            push_type=PushType.VOIP if is_voip else PushType.ALERT,
            sound=None if extension.silent else extension.sound or self._sound(verdict),
            category=extension.category,
            mutable_content=extension.mutable_content,
            content_available=extension.content_available,
            android=extension.android,
        )

    def _sound(self, verdict: DeviceVerdict) -> str:
        return self._console.sounds.get(verdict.device.notifier) or "default"


def folded_job(job: Job, count: int) -> Job:
    """Return the one push for ``count`` messages of a conversation: the newest one's, worded and named for all.

    Its collapse id is the conversation's, so that the next one of the kind replaces it on the phone.
    """
    if job.fold is None or count == 1:
        return job
    title, body = job.fold.text(count)
    collapse_id = _name_of_all(job.appkey, job.conversation)
    notification = msgspec.structs.replace(job.notification, title=title, body=body, collapse_id=collapse_id)
    return msgspec.structs.replace(job, notification=notification)


def _name(decision: Decision, verdict: DeviceVerdict) -> str:
    """Return the push's own name, a UUID: the same for every repeat of it, from any worker."""
    device = verdict.device
    return _uuid5(f"{decision.appkey}\n{decision.msg_id}\n{decision.user}\n{device.notifier}\n{device.device_id}")


def _uuid5(name: str) -> str:
    """Return ``uuid.uuid5`` as text; its objects cost more than all the rules."""
    digits = sha1(_NAMESPACE + name.encode(), usedforsecurity=False).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{_VARIANT[digits[16]]}{digits[17:20]}-{digits[20:32]}"


@lru_cache(maxsize=1024)
def _name_of_all(appkey: str, subject: str) -> str:
    """Return the collapse id that all receivers of a message, or all messages of a conversation, have in common."""
    return _uuid5(f"{appkey}\n{subject}").replace("-", "")


def _own_key(extension: Extension) -> str | None:
    """Return the sender's collapse key, where APNs can carry it."""
    key = extension.collapse_key
    if not key:
        return None
    # A header cannot begin or end with a blank: https://www.rfc-editor.org/rfc/rfc9113#section-8.2.1
    is_usable = key.isascii() and key.isprintable() and key == key.strip() and len(key) <= _COLLAPSE_ID_BYTES
    return key if is_usable else None


def _data(message: Message) -> dict[str, Any]:
    """Return the members the app reads besides ``t`` to: ``f`` from, ``m`` message, ``g`` group, ``e`` the sender's."""
    data: dict[str, Any] = {"f": message.sender, "m": message.event.msg_id}
    if message.event.chat_type is not ChatType.CHAT:
        data["g"] = message.conversation_id
    if message.extension.custom is not None:
        data["e"] = message.extension.custom
    return data

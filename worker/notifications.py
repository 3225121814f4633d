"""From a decision to the jobs of its devices: what is shown, under which ids, with which members for the app."""

from collections.abc import Hashable
from typing import Any, NamedTuple

import msgspec

from policy.catch_up import CatchUpPolicy
from policy.decision import Decision, DeviceReason, DeviceVerdict, Text
from policy.event import ChatType
from policy.extension import Extension
from policy.message import Message
from providers.notification import Notification, PushType
from worker.console import Console
from worker.job import Draft, Job
from worker.push_name import name_of_all

#: The product's own: a vendor may keep a notification for a day.
LIFETIME_S = 86_400
_COLLAPSE_ID_BYTES = 64
_PUSHED = DeviceReason.PUSHED


class _Drafted(NamedTuple):
    """A draft, and the text it is told apart by: kept with it, so that no other takes its place in memory."""

    draft: Draft
    text: Text


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
        self._collapse_id = own_key or name_of_all(event.appkey, event.msg_id)
        self._data = _data(message)
        self._drafts: dict[Hashable, _Drafted] = {}

    def jobs(self, decision: Decision) -> list[Job]:
        """Return one job for each device to be lit."""
        jobs = []
        for verdict in decision.devices:
            if verdict.reason is _PUSHED:
                device, draft = verdict.device, self._draft(decision, verdict)
                jobs.append(Job(decision.user, device.device_id, device.token or "", draft, device.bound_at))
        return jobs

    def _draft(self, decision: Decision, verdict: DeviceVerdict) -> Draft:
        """Return what is the same for all receivers with the same words, and so is one object for all of them."""
        if decision.fold:
            return self._made(decision, verdict)
        key = (verdict.device.notifier, id(decision.text), decision.at)
        drafted = self._drafts.get(key)
        if drafted is None:
            drafted = self._drafts[key] = _Drafted(self._made(decision, verdict), decision.text)
        return drafted.draft

    def _made(self, decision: Decision, verdict: DeviceVerdict) -> Draft:
        return Draft(
            decision.appkey,
            decision.msg_id,
            verdict.device.notifier,
            self._notification(decision, verdict),
            event_ms=self._event_ms,
            decided_ms=decision.at,
            conversation=self._conversation,
            is_late=decision.catch_up is not CatchUpPolicy.PUSH,
            # Pushes that replace each other by the sender's will are about one thing: the newest speaks for itself.
            fold=None if self._is_collapsible else decision.fold,
        )

    def _notification(self, decision: Decision, verdict: DeviceVerdict) -> Notification:
        extension, text = self._extension, decision.text
        is_voip = extension.call and verdict.provider == "apns"
        return Notification(
            title=text.title,
            body=text.body,
            data=self._data,
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
    draft = job.draft
    if draft.fold is None or count == 1:
        return job
    title, body = draft.fold.text(count)
    collapse_id = name_of_all(draft.appkey, draft.conversation)
    notification = msgspec.structs.replace(draft.notification, title=title, body=body, collapse_id=collapse_id)
    return msgspec.structs.replace(job, draft=msgspec.structs.replace(draft, notification=notification))


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

"""An entry's whole way through the code, without Redis and without a vendor: what a worker computes between them."""

from collections.abc import Iterator, Mapping

import msgspec

from policy.app import AppPolicy, Channel, Template
from policy.decide import decide
from policy.decision import Decision
from policy.event import MessageEvent
from policy.identifiers import bare_user
from policy.message import Message
from policy.receiver import Receiver
from providers import apns_payload
from providers.fcm import Fcm
from providers.huawei import Huawei
from providers.notification import Notification
from tests.fuzz.sample import LIMIT, Sample, UserState
from tests.integration.configuration import APPKEY, NOTIFIERS
from worker.admission import job_of
from worker.codec import Fault, decode_entry
from worker.console import Console
from worker.job import Job
from worker.notifications import Wording
from worker.store.keys import conversation_field
from worker.store.receivers import nickname_of, receiver_of
from worker.store.stream import Entry

APP = AppPolicy(
    APPKEY,
    channels=[Channel(notifier, vendor) for vendor, notifier in NOTIFIERS.items()],
    templates={"default": Template("{0}: {$fromNickname}", "{$msg} {1}"), "odd": Template("{999}{{0}}", "{0}{$gone}{")},
)
_FIELDS = ("s", "d", "p", "b")
#: Receivers that are looked at in each message: the others of a crowd are like them.
_RECEIVERS = 20


class Pipeline:
    """Takes entries through decoding, decision, and the bodies of three vendors."""

    def __init__(self, fcm: list[Fcm], huawei: list[Huawei], now_ms: int) -> None:
        """``fcm`` and ``huawei`` are adapters, each in its own way configured; nothing is sent through them."""
        self._fcm, self._huawei, self._now_ms = fcm, huawei, now_ms

    def outcomes(self, sample: Sample) -> Iterator[str]:
        """Yield a word for each thing that came out; an exception is a find."""
        event = decode_entry(dict(sample.fields), LIMIT)
        if not isinstance(event, MessageEvent):
            yield f"fault: {event.reason}" if isinstance(event, Fault) else type(event).__name__
            return
        states = {state.user: state for state in sample.states}
        message = self._message(event, states)
        for user in event.receivers[:_RECEIVERS]:
            yield from self._decided(message, user, states.get(user))

    def _message(self, event: MessageEvent, states: Mapping[str, UserState]) -> Message:
        sender = bare_user(event.sender, event.appkey)
        settings = states[sender].fields.get("s") if sender in states else None
        return Message.of(event, sender, len(event.receivers), nickname_of(settings))

    def _decided(self, message: Message, user: str, state: UserState | None) -> Iterator[str]:
        receiver = receiver_of(user, _row(state, message.event))
        if isinstance(receiver, Fault):
            yield "unreadable state"
            return
        decision = decide(message, receiver, APP, self._now_ms)
        msgspec.json.encode(decision.record())
        yield decision.reason.value
        for job in Wording(message, Console(APP)).jobs(decision):
            yield from self._bodies(_through_the_outbox(job, decision, receiver))

    def _bodies(self, notification: Notification) -> Iterator[str]:
        if not notification.token:
            yield "no token"  # the adapters refuse it before they write a body
            return
        bodies = [apns_payload.encoded(notification)]
        bodies += [adapter._encoded(notification) for adapter in self._fcm]
        bodies += [adapter._encoded(notification) for adapter in self._huawei]
        for adapter in self._huawei:
            adapter.may_share(notification)
        yield from ("body" if body else "too large" for body in bodies)


def _row(state: UserState | None, event: MessageEvent) -> list[bytes | None] | None:
    """Return what ``facts.lua`` would return."""
    if state and state.command:
        return None
    fields = state.fields if state else {}
    return [fields.get(name) for name in (*_FIELDS, conversation_field(event.conversation))]


def _through_the_outbox(job: Job, decision: Decision, receiver: Receiver) -> Notification:
    """Return the notification that is read from the outbox again."""
    badge = b"%d" % (receiver.badge + decision.is_counted)
    again = job_of(Entry(b"1-1", {b"job": msgspec.json.encode(job), b"badge": badge}))
    assert isinstance(again, Job), f"what was written cannot be read: {again}"
    return again.addressed()

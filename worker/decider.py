"""Gather and decide: from events to what they would lead to. Nothing is changed, so that a preview may do the same."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from policy.app import AppPolicy
from policy.catch_up import CatchUpPolicy
from policy.decide import Deciding
from policy.event import MessageEvent
from policy.late import seen_ms
from policy.message import Message
from policy.receiver import Receiver
from worker.clock import Clock
from worker.codec import Fault
from worker.console import unknown_console
from worker.consoles import Consoles
from worker.job import Job
from worker.notifications import Wording
from worker.store.facts import Facts, FactStore, Group
from worker.store.hand_off import HandOff

#: Receivers in one script call: a script holds up all of Redis, at about 5 µs a receiver.
RECEIVERS_PER_SCRIPT = 500
#: Bytes that a message may bring to each of its receivers before it counts as more than one.
_BYTES_PER_RECEIVER = 8192
_JSON = msgspec.json.Encoder()
_UNSEEN: Mapping[str, int] = {}


class Portion(msgspec.Struct, frozen=True):
    """Some of the receivers of one event; the last portion acknowledges the event's stream entry."""

    group: Group
    receiver_count: int
    entry_id: bytes
    is_last: bool
    #: How many ordinary receivers it is worth.
    weight: int


@dataclass(frozen=True, slots=True)
class Decided:
    """What decisions lead to, and the entries with a receiver whose state cannot be read; all others are decided.

    Each decision is made when it is taken, and once: see ``HandOffStore.write``.
    """

    hand_offs: Iterator[HandOff]
    faults: dict[bytes, Fault]


class Decider:
    """Turns events into decisions. It keeps nothing between calls."""

    def __init__(self, facts: FactStore, consoles: Consoles, clock: Clock) -> None:
        """Bind; nothing is read before the first call."""
        self._facts, self._consoles, self._clock = facts, consoles, clock

    def knows(self, appkey: str) -> bool:
        """Return whether the app is configured."""
        return appkey in self._consoles

    async def decide(self, batch: Sequence[Portion]) -> Decided:
        """Return what each receiver's decision leads to, with the facts as they are now."""
        await self._consoles.ready()
        facts = await self._facts.gather([portion.group for portion in batch])
        now_ms = self._clock()
        faults: dict[bytes, Fault] = {}
        for portion, known in zip(batch, facts, strict=True):
            faults.update((portion.entry_id, fault) for fault in known.faults[:1])
        pairs = zip(batch, facts, strict=True)
        return Decided((made for portion, known in pairs for made in self._decide(portion, known, now_ms)), faults)

    def _decide(self, portion: Portion, facts: Facts, now_ms: int) -> Iterator[HandOff]:
        event = portion.group.event
        console = self._consoles.get(event.appkey) or unknown_console(event.appkey)
        message = Message.of(event, facts.sender, portion.receiver_count, facts.sender_nickname)
        deciding, wording = Deciding(message, console.policy, now_ms), Wording(message, console)
        for receiver in facts.receivers:
            decision = deciding.decide(receiver)
            made = wording.jobs(decision)
            is_folded = decision.catch_up is CatchUpPolicy.FOLD
            seen = _seen(receiver, made, console.policy) if is_folded else _UNSEEN
            yield HandOff(decision, made, message.extension.badge, seen)


def _seen(receiver: Receiver, made: Sequence[Job], app: AppPolicy) -> Mapping[str, int]:
    """Return when the receiver was last seen, as far as it concerns each device: milliseconds since 1970."""
    return {job.device_id: seen_ms(receiver.presence, job.device_id, app.multi_device) for job in made}


def batches(events: Sequence[tuple[bytes, MessageEvent]]) -> Iterator[list[Portion]]:
    """Yield portions in stream order, together worth at most ``RECEIVERS_PER_SCRIPT`` receivers."""
    batch: list[Portion] = []
    weight = 0
    for entry_id, event in events:
        for portion in _portions(entry_id, event):
            if batch and weight + portion.weight > RECEIVERS_PER_SCRIPT:
                yield batch
                batch, weight = [], 0
            batch.append(portion)
            weight += portion.weight
    if batch:
        yield batch


def _portions(entry_id: bytes, event: MessageEvent) -> Iterator[Portion]:
    users, each = event.receivers, _weight(event)
    if len(users) == 1:  # most messages have one receiver
        yield Portion(Group(event, users), 1, entry_id, True, each)
        return
    step = max(1, RECEIVERS_PER_SCRIPT // each)
    for start in range(0, len(users), step):
        part = users[start : start + step]
        yield Portion(Group(event, part), len(users), entry_id, start + step >= len(users), each * len(part))


def _weight(event: MessageEvent) -> int:
    """Return how many ordinary receivers each receiver of this message is worth: all are sent its ``ext``."""
    brought = len(event.group_id or "") + (len(_JSON.encode(event.payload.ext)) if event.payload.ext else 0)
    return 1 + brought // _BYTES_PER_RECEIVER

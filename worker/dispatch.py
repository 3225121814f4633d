"""Gather, decide, hand over: the three steps from events to outboxes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from policy.decide import decide
from policy.event import MessageEvent
from policy.message import Message
from worker.clock import Clock
from worker.codec import Fault
from worker.console import Console, unknown_console
from worker.metrics import DECISIONS, REPEATS
from worker.notifications import jobs
from worker.store.facts import Facts, FactStore, Group
from worker.store.hand_off import HandOff, HandOffStore

#: Receivers in one script call: a script holds up all of Redis, at about 5 µs a receiver.
RECEIVERS_PER_SCRIPT = 500
#: Label of the apps that are not configured. No app key is without #.
UNKNOWN_APP = "unknown"
#: Bytes that a message may bring to each of its receivers before it counts as more than one.
_BYTES_PER_RECEIVER = 8192
_JSON = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Portion:
    """Some of the receivers of one event; the last portion acknowledges the event's stream entry."""

    group: Group
    receiver_count: int
    entry_id: bytes
    is_last: bool
    #: How many ordinary receivers it is worth.
    weight: int


class Dispatcher:
    """Turns events into decisions and hands them over. It keeps nothing between calls."""

    def __init__(
        self, facts: FactStore, hand_offs: HandOffStore, consoles: Mapping[str, Console], clock: Clock
    ) -> None:
        """Bind to one partition's stores."""
        self._facts, self._hand_offs, self._consoles, self._clock = facts, hand_offs, consoles, clock

    async def dispatch(self, events: Sequence[tuple[bytes, MessageEvent]]) -> dict[bytes, Fault]:
        """Dispatch (entry id, event) pairs; return the entries that some receiver's state keeps from being done.

        Those are not acknowledged, though all other receivers are served. An error leaves whole events
        unacknowledged. Repeating is harmless.
        """
        faults: dict[bytes, Fault] = {}
        for batch in _batches(events):
            facts = await self._facts.gather([portion.group for portion in batch])
            now_ms = self._clock()
            for portion, known in zip(batch, facts, strict=True):
                faults.update((portion.entry_id, fault) for fault in known.faults[:1])
            decided = [
                hand_off
                for portion, known in zip(batch, facts, strict=True)
                for hand_off in self._decide(portion, known, now_ms)
            ]
            ids = [portion.entry_id for portion in batch if portion.is_last and portion.entry_id not in faults]
            self._count(decided, await self._hand_offs.write(decided, ids))
        return faults

    def _decide(self, portion: Portion, facts: Facts, now_ms: int) -> Iterator[HandOff]:
        event = portion.group.event
        console = self._consoles.get(event.appkey) or unknown_console(event.appkey)
        message = Message.of(event, facts.sender, portion.receiver_count, facts.sender_nickname)
        for receiver in facts.receivers:
            decision = decide(message, receiver, console.policy, now_ms)
            yield HandOff(decision, jobs(message, decision, console.sounds), message.extension.badge)

    def _count(self, hand_offs: Sequence[HandOff], fresh: Sequence[bool]) -> None:
        for hand_off, is_fresh in zip(hand_offs, fresh, strict=True):
            decision = hand_off.decision
            if is_fresh:
                # Events may name any app: each new label would be kept for the life of the process.
                app = decision.appkey if decision.appkey in self._consoles else UNKNOWN_APP
                DECISIONS.labels(app, decision.reason.value).inc()
            else:
                REPEATS.inc()


def _batches(events: Sequence[tuple[bytes, MessageEvent]]) -> Iterator[list[Portion]]:
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
    step = max(1, RECEIVERS_PER_SCRIPT // each)
    for start in range(0, len(users), step):
        part = users[start : start + step]
        yield Portion(Group(event, part), len(users), entry_id, start + step >= len(users), each * len(part))


def _weight(event: MessageEvent) -> int:
    """Return how many ordinary receivers each receiver of this message is worth: all are sent its ``ext``."""
    brought = len(event.group_id or "") + (len(_JSON.encode(event.payload.ext)) if event.payload.ext else 0)
    return 1 + brought // _BYTES_PER_RECEIVER

"""Gather and decide: from events to what they would lead to. Nothing is changed, so that a preview may do the same."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from policy.catch_up import CatchUpPolicy
from policy.decide import decide
from policy.event import MessageEvent
from policy.late import seen_ms
from policy.message import Message
from policy.receiver import Receiver
from worker.clock import Clock
from worker.console import Console, unknown_console
from worker.notifications import jobs
from worker.store.facts import Facts, FactStore, Group
from worker.store.hand_off import HandOff

#: Receivers in one script call: a script holds up all of Redis, at about 5 µs a receiver.
RECEIVERS_PER_SCRIPT = 500


@dataclass(frozen=True, slots=True)
class Portion:
    """Some of the receivers of one event; the last portion acknowledges the event's stream entry."""

    group: Group
    receiver_count: int
    entry_id: bytes | None


class Decider:
    """Turns events into decisions. It keeps nothing between calls."""

    def __init__(self, facts: FactStore, consoles: Mapping[str, Console], clock: Clock) -> None:
        """Bind; nothing is read before the first call."""
        self._facts, self._consoles, self._clock = facts, consoles, clock

    async def decide(self, batch: Sequence[Portion]) -> list[HandOff]:
        """Return what each receiver's decision leads to, with the facts as they are now."""
        facts = await self._facts.gather([portion.group for portion in batch])
        now_ms = self._clock()
        return [
            hand_off
            for portion, known in zip(batch, facts, strict=True)
            for hand_off in self._decide(portion, known, now_ms)
        ]

    def _decide(self, portion: Portion, facts: Facts, now_ms: int) -> Iterator[HandOff]:
        event = portion.group.event
        console = self._consoles.get(event.appkey) or unknown_console(event.appkey)
        message = Message.of(event, facts.sender, portion.receiver_count, facts.sender_nickname)
        for receiver in facts.receivers:
            yield _hand_off(message, receiver, console, now_ms)


def _hand_off(message: Message, receiver: Receiver, console: Console, now_ms: int) -> HandOff:
    policy = console.policy
    decision = decide(message, receiver, policy, now_ms)
    made = jobs(message, decision, console.sounds)
    is_folded = decision.catch_up is CatchUpPolicy.FOLD
    seen = {job.device_id: seen_ms(receiver.presence, job.device_id, policy.multi_device) for job in made if is_folded}
    return HandOff(decision, made, message.extension.badge, seen)


def batches(events: Sequence[tuple[bytes, MessageEvent]]) -> Iterator[list[Portion]]:
    """Yield portions in stream order, together at most ``RECEIVERS_PER_SCRIPT`` receivers."""
    batch: list[Portion] = []
    size = 0
    for entry_id, event in events:
        for portion in _portions(entry_id, event):
            if batch and size + len(portion.group.users) > RECEIVERS_PER_SCRIPT:
                yield batch
                batch, size = [], 0
            batch.append(portion)
            size += len(portion.group.users)
    if batch:
        yield batch


def _portions(entry_id: bytes, event: MessageEvent) -> Iterator[Portion]:
    users = event.receivers
    for start in range(0, len(users), RECEIVERS_PER_SCRIPT):
        part = users[start : start + RECEIVERS_PER_SCRIPT]
        is_last = start + RECEIVERS_PER_SCRIPT >= len(users)
        yield Portion(Group(event, part), len(users), entry_id if is_last else None)

"""The hand-off: badge, dedupe, outboxes, journal and acknowledgement in one script."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from policy.catch_up import CatchUpPolicy
from policy.decision import Decision
from worker.job import Job
from worker.store.keys import Keys, Partitions
from worker.store.scripts import Argument, KeyTable, Scripts
from worker.store.stream import GROUP

_JSON = msgspec.json.Encoder()


class HandOff(msgspec.Struct, frozen=True):
    """What one receiver's decision leads to. ``badge_override`` wins over the counter.

    ``seen_ms``: device id -> when the receiver was last seen, milliseconds since 1970. A message of before that is
    folded into none of after it.
    """

    decision: Decision
    jobs: list[Job] = []
    badge_override: int | None = None
    seen_ms: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class Memory:
    """How long, in seconds, and for how many messages a delivery is remembered; how many records are kept."""

    dedupe_s: int = 86_400
    ledger_max: int = 5_000_000
    journal_max: int = 100_000


class HandOffStore:
    """Writes the hand-offs of one partition's events, whose receivers may be any partition's."""

    def __init__(
        self, scripts: Scripts, keys: Keys, partitions: Partitions, memory: Memory, stream: str | None = None
    ) -> None:
        """``keys`` are the events', which are on the events stream if no other is named."""
        self._scripts, self._keys, self._partitions, self._memory = scripts, keys, partitions, memory
        self._stream = stream or keys.events

    async def write(self, hand_offs: Sequence[HandOff], entry_ids: Sequence[bytes]) -> list[bool]:
        """Write decisions and acknowledge the events they came from; tell which were new.

        The events' own partition comes last, with the acknowledgement: a crash before it repeats the others, and the
        ledger absorbs that. The others must outlive their masters first, or the acknowledgement would outlive them.
        """
        places: dict[Keys, list[int]] = {}
        for place, hand_off in enumerate(hand_offs):
            decision = hand_off.decision
            places.setdefault(self._partitions.of(decision.appkey, decision.user), []).append(place)
        own = places.pop(self._keys, [])
        fresh = [False] * len(hand_offs)
        parts = [self._write_part(keys, hand_offs, part, (), fresh) for keys, part in places.items()]
        await asyncio.gather(*parts)
        await self._write_part(self._keys, hand_offs, own, entry_ids, fresh)
        return fresh

    async def _write_part(
        self,
        keys: Keys,
        hand_offs: Sequence[HandOff],
        places: Sequence[int],
        entry_ids: Sequence[bytes],
        fresh: list[bool],
    ) -> None:
        is_own = keys == self._keys
        stream, confirm = (self._stream, "") if is_own else (keys.events, keys.confirm)
        memory, table = self._memory, KeyTable(stream, keys.journal, keys.ledger)
        arguments: list[Argument] = [GROUP, memory.dedupe_s, memory.journal_max, memory.ledger_max, len(places)]
        for place in places:
            arguments += _arguments(hand_offs[place], keys, table)
        flags = await self._scripts.run("hand_off", table.keys, [*arguments, *entry_ids], confirm)
        for place, flag in zip(places, flags, strict=True):
            fresh[place] = bool(flag)


def _arguments(hand_off: HandOff, keys: Keys, table: KeyTable) -> list[Argument]:
    decision, override = hand_off.decision, hand_off.badge_override
    arguments: list[Argument] = [
        table.index(keys.user(decision.appkey, decision.user)),
        table.index(keys.message(decision.appkey, decision.msg_id)),
        decision.user,
        int(decision.is_counted),
        "" if override is None else override,
        decision.encoded(),
        len(hand_off.jobs),
    ]
    for job in hand_off.jobs:
        outbox = table.index(keys.outbox(job.appkey, job.notifier))
        arguments += [outbox, job.ledger_field, _JSON.encode(job), job.latest_field]
        if job.latest_field:
            # A time to come would make every later push look replaced.
            arguments += [table.index(keys.latest(job.appkey, job.user)), min(job.event_ms, job.decided_ms)]
        arguments += [0] if decision.catch_up is CatchUpPolicy.PUSH else _late_arguments(hand_off, job, keys, table)
    return arguments


def _late_arguments(hand_off: HandOff, job: Job, keys: Keys, table: KeyTable) -> list[Argument]:
    decision, channel = hand_off.decision, (job.appkey, job.notifier)
    providers = {verdict.device.notifier: verdict.provider for verdict in decision.devices}
    ready, folding = keys.late_ready(*channel), keys.late_folding(*channel)
    day = datetime.fromtimestamp(decision.at / 1000, UTC).date().isoformat()
    return [
        table.index(folding if decision.catch_up is CatchUpPolicy.FOLD else ready),
        table.index(ready),
        table.index(keys.late(*channel)),
        table.index(keys.statistics(job.appkey, day)),
        providers[job.notifier],
        job.late_member(decision.catch_up),
        job.event_ms,
        hand_off.seen_ms.get(job.device_id, 0),
    ]

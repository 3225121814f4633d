"""The hand-off: badge, dedupe, outboxes, journal and acknowledgement in one script."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from policy.decision import Decision
from worker.job import Job
from worker.store.keys import Keys
from worker.store.scripts import Argument, KeyTable, Scripts
from worker.store.stream import GROUP

_JSON = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class HandOff:
    """What one receiver's decision leads to. ``badge_override`` wins over the counter."""

    decision: Decision
    jobs: list[Job] = field(default_factory=list)
    badge_override: int | None = None


class HandOffStore:
    """Writes hand-offs."""

    def __init__(self, scripts: Scripts, keys: Keys, dedupe_s: int, journal_max: int) -> None:
        """Bind to one partition. ``dedupe_s`` is how long a message's delivery is remembered."""
        self._scripts, self._keys = scripts, keys
        self._dedupe_s, self._journal_max = dedupe_s, journal_max

    async def write(self, hand_offs: Sequence[HandOff], entry_ids: Sequence[bytes]) -> list[bool]:
        """Write decisions and acknowledge the events they came from; tell which were new."""
        table = KeyTable(self._keys.events, self._keys.journal)
        arguments: list[Argument] = [GROUP, self._dedupe_s, self._journal_max, len(hand_offs)]
        for hand_off in hand_offs:
            arguments += self._arguments(hand_off, table)
        fresh = await self._scripts.run("hand_off", table.keys, [*arguments, *entry_ids])
        return [bool(flag) for flag in fresh]

    def _arguments(self, hand_off: HandOff, table: KeyTable) -> list[Argument]:
        decision, keys = hand_off.decision, self._keys
        override = hand_off.badge_override
        arguments: list[Argument] = [
            table.index(keys.user(decision.appkey, decision.user)),
            table.index(keys.message(decision.appkey, decision.msg_id)),
            decision.user,
            int(decision.is_counted),
            "" if override is None else override,
            _JSON.encode(decision.record()),
            len(hand_off.jobs),
        ]
        for job in hand_off.jobs:
            arguments += [table.index(keys.outbox(job.appkey, job.notifier)), job.ledger_field, _JSON.encode(job)]
        return arguments

"""The hand-off: badge, dedupe, outboxes, journal and acknowledgement in one script.

What this process has room for is given to its lanes by the same script: they need not read it again.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from policy.catch_up import CatchUpPolicy
from policy.decision import Decision
from worker.job import Job, with_badge
from worker.store.keys import Keys, Partitions
from worker.store.scripts import Argument, KeyTable, Scripts
from worker.store.stream import GROUP, Entry, fields_of
from worker.store.takers import Given, NoTakers, Taker, Takers

_JSON = msgspec.json.Encoder()
#: How often lanes that lack room are looked at; for how many pushes of a batch they get one more look.
_LOOK_S, _PUSHES_A_LOOK = 0.002, 20


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
        self,
        scripts: Scripts,
        keys: Keys,
        partitions: Partitions,
        memory: Memory,
        stream: str | None = None,
        takers: Takers | None = None,
    ) -> None:
        """``keys`` are the events', which are on the events stream if no other is named."""
        self._scripts, self._keys, self._partitions, self._memory = scripts, keys, partitions, memory
        self._stream, self._takers = stream or keys.events, takers or NoTakers()

    async def write(self, hand_offs: Iterable[HandOff], entry_ids: Sequence[bytes]) -> list[bool]:
        """Write decisions and acknowledge the events they came from; tell which were new.

        Each is taken and worded before the next one: what is decided as it is taken is still at hand then, and nothing
        of a batch but its words has to be kept.

        The events' own partition comes last, with the acknowledgement: a crash before it repeats the others, and the
        ledger absorbs that. The others must outlive their masters first, or the acknowledgement would outlive them.
        """
        parts = {self._keys.number: self._part(self._keys)}
        for place, hand_off in enumerate(hand_offs):
            keys = self._partitions.of(hand_off.decision.appkey, hand_off.decision.user)
            part = parts.get(keys.number) or parts.setdefault(keys.number, self._part(keys))
            part.add(place, hand_off)
        await _let_pass([pair for part in parts.values() for pair in part.wanted(self._takers)])
        own = parts.pop(self._keys.number)
        answers = await asyncio.gather(*(self._run(part, ()) for part in parts.values()))
        found = dict(pair for answer in answers for pair in answer)
        found.update(await self._run(own, entry_ids))
        return [found[place] for place in range(len(found))]

    def _part(self, keys: Keys) -> "_Part":
        is_own = keys == self._keys
        return _Part(keys, self._stream if is_own else keys.events, "" if is_own else keys.confirm)

    async def _run(self, part: "_Part", entry_ids: Sequence[bytes]) -> list[tuple[int, bool]]:
        offers = part.offers(self._takers)
        try:
            flags, rows = await self._scripts.run(
                "hand_off", part.table.keys, self._arguments(part, offers, entry_ids), part.confirm
            )
        except BaseException:
            for offer in offers:
                offer.taker.doubt(offer.room)
            raise
        given = part.given(rows)
        for number, offer in enumerate(offers, 1):
            offer.taker.take(offer.room, given.get(number, ()))
        return [(place, bool(flag)) for place, flag in zip(part.places, flags, strict=True)]

    def _arguments(self, part: "_Part", offers: Sequence["_Offer"], entry_ids: Sequence[bytes]) -> list[Argument]:
        memory, takers = self._memory, self._takers
        head = (GROUP, memory.dedupe_s, memory.journal_max, memory.ledger_max, len(part.places))
        offered = [number for offer in offers for number in (offer.outbox, offer.room)]
        tail = (*part.arguments, len(entry_ids), *entry_ids)
        return [*head, takers.consumer, takers.sending, len(offers), *offered, len(part.traces), *part.traces, *tail]


async def _let_pass(wanted: Sequence[tuple[Taker, int]]) -> None:
    """Let what is on its way get on while its lanes lack room for what comes, which they would have to read again.

    That would take about as long as is waited here at most: others must not wait behind a vendor that is slow.
    """
    for _ in range(1 + sum(count for _, count in wanted) // _PUSHES_A_LOOK):
        if not any(taker.is_short_of(count) for taker, count in wanted):
            return
        await asyncio.sleep(_LOOK_S)


class _Offer(NamedTuple):
    """Who would take how many of one outbox's pushes, which has this number among the script's keys."""

    taker: Taker
    outbox: int
    room: int


class _Part:
    """What is written to one partition: the arguments, and the place of each hand-off among all."""

    def __init__(self, keys: Keys, stream: str, confirm: str) -> None:
        self.confirm, self._keys = confirm, keys
        self.table = KeyTable(stream, keys.journal, keys.ledger)
        self.arguments: list[Argument] = []
        self.places: list[int] = []
        #: Their traces, which many have in common -> the Lua index of each.
        self.traces: dict[bytes, int] = {}
        #: Every push, as it is and as it is written, in the script's order; how many go to each outbox.
        self._pushes: list[tuple[Job, bytes]] = []
        self._outboxes: Counter[str] = Counter()

    def add(self, place: int, hand_off: HandOff) -> None:
        self.places.append(place)
        decision, keys, table, override = hand_off.decision, self._keys, self.table, hand_off.badge_override
        record, trace = decision.encoded()
        self.arguments += [
            table.index(keys.user(decision.appkey, decision.user)),
            table.index(keys.message(decision.appkey, decision.msg_id)),
            decision.user,
            int(decision.is_counted),
            "" if override is None else override,
            record,
            self.traces.setdefault(trace, len(self.traces) + 1),
            len(hand_off.jobs),
        ]
        for job in hand_off.jobs:
            self._add_push(hand_off, job)

    def wanted(self, takers: Takers) -> list[tuple[Taker, int]]:
        """Return those who send what the outboxes hold, and how many pushes come to each."""
        return [(taker, count) for name, count in self._outboxes.items() if (taker := takers.of(name))]

    def offers(self, takers: Takers) -> list[_Offer]:
        """Ask them what they have room for."""
        found = [(taker, self.table.index(name)) for name in self._outboxes if (taker := takers.of(name))]
        return [_Offer(taker, number, room) for taker, number in found if (room := taker.reserve())]

    def given(self, rows: Iterable[Any]) -> Mapping[int, list[Given]]:
        """Return what the script gave to the taker of each offer, by its number; see its header for the rows."""
        given: defaultdict[int, list[Given]] = defaultdict(list)
        for number, *row in rows:
            given[number].append(self._given(*row))
        return given

    def _given(self, entry_id: bytes, push: Any, badge: bytes | None = None) -> Given:
        if badge is None:
            return Given(Entry(entry_id, fields_of(push)), None)
        job, text = self._pushes[push - 1]
        return Given(Entry(entry_id, {b"job": text, b"badge": badge}), with_badge(job, badge))

    def _add_push(self, hand_off: HandOff, job: Job) -> None:
        keys, table, decision = self._keys, self.table, hand_off.decision
        outbox, latest_field, text = keys.outbox(job.appkey, job.notifier), job.latest_field, _JSON.encode(job)
        is_late = decision.catch_up is not CatchUpPolicy.PUSH
        if not is_late:  # a late one goes to its shelf, for which no lane needs room
            self._outboxes[outbox] += 1
        self._pushes.append((job, text))
        self.arguments += [table.index(outbox), job.ledger_field, text, latest_field]
        if latest_field:
            # A time to come would make every later push look replaced.
            self.arguments += [table.index(keys.latest(job.appkey, job.user)), min(job.event_ms, job.decided_ms)]
        self.arguments += _late_arguments(hand_off, job, keys, table) if is_late else [0]


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

"""The hand-off: badge, dedupe, outboxes, journal and acknowledgement in one script.

What this process has room for is given to its lanes by the same script: they need not read it again.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from policy.decision import Decision, DeviceReason, DeviceVerdict
from worker.job import Job, with_badge
from worker.push import Push
from worker.store.common import Common
from worker.store.keys import Keys, Partitions
from worker.store.scripts import Argument, KeyTable, Scripts
from worker.store.stream import GROUP, Entry, fields_of
from worker.store.takers import Given, NoTakers, Taker, Takers

#: What the script says instead of the badge of a repeat.
_REPEAT = -1
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
            badges, given = await self._scripts.run(
                "hand_off", part.table.keys, self._arguments(part, offers, entry_ids), part.confirm
            )
        except BaseException:
            for offer in offers:
                offer.taker.doubt(offer.room)
            raise
        for offer, flat in zip(offers, given, strict=True):
            offer.taker.take(offer.room, part.given(flat, badges))
        return [(place, badge != _REPEAT) for place, badge in zip(part.places, badges, strict=True)]

    def _arguments(self, part: "_Part", offers: Sequence["_Offer"], entry_ids: Sequence[bytes]) -> list[Argument]:
        memory, takers = self._memory, self._takers
        head = (GROUP, memory.dedupe_s, memory.journal_max, memory.ledger_max, takers.consumer, takers.sending)
        offered = [number for offer in offers for number in (offer.outbox, offer.room)]
        decisions = (len(part.places), *part.arguments)
        return [*head, len(offers), *offered, *part.common.arguments(), *decisions, len(entry_ids), *entry_ids]


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
        self.common = Common(keys, self.table)
        self.arguments: list[Argument] = []
        self.places: list[int] = []
        #: Every push in the script's order, with the number of its hand-off in this part.
        self._pushes: list[tuple[Job, int]] = []

    def add(self, place: int, hand_off: HandOff) -> None:
        decision, common = hand_off.decision, self.common
        user_key, jobs = self._keys.user(decision.appkey, decision.user), iter(hand_off.jobs)
        frame = common.frame(decision, hand_off.badge_override)
        counted, devices = int(decision.is_counted), decision.devices
        self.arguments += (self.table.add(user_key), decision.user, counted, frame, len(devices))
        for verdict in devices:
            self.arguments += (verdict.device.device_id, common.row(verdict))
            job = next(jobs, None) if verdict.reason is DeviceReason.PUSHED else None
            if job:
                self._add_push(hand_off, verdict, job)
            else:
                self.arguments.append(0)
        self.places.append(place)

    def wanted(self, takers: Takers) -> list[tuple[Taker, int]]:
        """Return those who send what the outboxes hold, and how many pushes come to each."""
        return [(taker, count) for name, count in self.common.outboxes.items() if (taker := takers.of(name))]

    def offers(self, takers: Takers) -> list[_Offer]:
        """Ask them what they have room for."""
        found = [(taker, self.table.index(name)) for name in self.common.outboxes if (taker := takers.of(name))]
        return [_Offer(taker, number, room) for taker, number in found if (room := taker.reserve())]

    def given(self, flat: Sequence[Any], badges: Sequence[int]) -> list[Given]:
        """Return what the script gave to one taker; see its header."""
        return [self._given(entry_id, what, badges) for entry_id, what in zip(flat[::2], flat[1::2], strict=True)]

    def _given(self, entry_id: bytes, what: Any, badges: Sequence[int]) -> Given:
        if not isinstance(what, int):
            return Entry(entry_id, fields_of(what))
        job, number = self._pushes[what - 1]
        return Push(entry_id, with_badge(job, badges[number]))

    def _add_push(self, hand_off: HandOff, verdict: DeviceVerdict, job: Job) -> None:
        drafted = self.common.draft(job.draft, verdict.provider, hand_off.decision.catch_up)
        self.arguments += (drafted.number, job.token, job.bound_at)
        if drafted.replaces:
            self.arguments.append(self.table.index(self._keys.latest(job.draft.appkey, job.user)))
        if drafted.is_late:
            self.arguments.append(hand_off.seen_ms.get(job.device_id, 0))
        self._pushes.append((job, len(self.places)))

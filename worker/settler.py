"""Settles what was sent: whatever has gathered while the last script ran, so that batches grow with the load.

One for all channels of a partition: of two hundred channels each may have sent a single push meanwhile.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import msgspec
import structlog

from worker.clock import Clock
from worker.codec import Fault
from worker.metrics import DEAD_LETTERS, SENDS
from worker.patience import Closed, Patience
from worker.store.dead_letters import DeadLetterStore
from worker.store.outbox import OutboxStore
from worker.store.settlements import Settlement, SettlementStore
from worker.store.stream import Entry

#: Settlements in one script call: a script holds up all of Redis.
_AT_MOST = 200
#: Between two scripts, unless there is one's worth already: to a worker a script costs what ten settlements in it do.
_GATHER_S = 0.002
_JSON = msgspec.json.Encoder()
_log = structlog.get_logger(__name__)


class Holder(Protocol):
    """Who has sent what is settled: a lane. ``vendor`` names it in metrics."""

    vendor: str
    outbox: OutboxStore
    patience: Patience

    @property
    def held(self) -> Mapping[bytes, Entry | None]:
        """Return what is not settled, by entry id: the entry as it was read, if it was."""

    def settled(self, entry_ids: Sequence[bytes]) -> None:
        """Take note that these are settled, or left to others."""


#: What is to be settled, by who holds it.
Batch = Mapping[Holder, Sequence[Settlement]]


class Settler:
    """Settles the pushes of one partition, in the order in which they come, and tells who has sent them."""

    def __init__(self, store: SettlementStore, dead_letters: DeadLetterStore, patience: Patience, clock: Clock) -> None:
        """Nothing is settled before ``run``."""
        self._store, self._dead_letters, self._patience, self._clock = store, dead_letters, patience, clock
        self.name, self._waiting = patience.name, list[tuple[Holder, Settlement]]()
        self._changed = asyncio.Event()
        patience.pulse.may_wait = lambda: not self._waiting

    def add(self, holder: Holder, settlements: Iterable[Settlement]) -> None:
        """Settle these soon."""
        self._waiting += [(holder, settlement) for settlement in settlements]
        self._changed.set()

    async def run(self) -> None:
        """Settle for ever. One at a time: two would delete each other's settlements."""
        self._patience.pulse.beat()
        while True:
            if not self._waiting:
                self._changed.clear()
                await self._changed.wait()
                continue
            await self._settle_next()
            if len(self._waiting) < _AT_MOST:
                await asyncio.sleep(_GATHER_S)

    async def give_up(self, holder: Holder, entry: Entry, fault: Fault) -> None:
        """Move an entry that cannot be sent to the dead letters."""
        await self._bury(holder, holder.patience, entry, fault)
        holder.settled([entry.id])

    async def _settle_next(self) -> None:
        """Settle what has come first, and tell who holds it. Only then it is forgotten: a fresh start does it again."""
        taken = self._waiting[:_AT_MOST]
        batch = _by_holder(taken)
        try:
            await self._settle(batch)
        except Closed:  # others settle it; to try with the next batch, and the next, could take longer than a stop may
            taken = list(self._waiting)
            batch = _by_holder(taken)
        del self._waiting[: len(taken)]
        for holder, settlements in batch.items():
            holder.settled([settlement.entry_id for settlement in settlements])

    async def _settle(self, batch: Batch) -> None:
        by_outbox = {holder.outbox: settlements for holder, settlements in batch.items()}
        try:
            answers = await self._patience.insist(lambda: self._store.settle(by_outbox, self._clock()))
        except Closed:
            raise
        except Exception as error:  # noqa: BLE001 - a settler that stops would cost more than this batch
            await self._isolate(batch, error)
            return
        done = Counter[tuple[str, str]]()
        for (holder, settlement), answer in zip(_one_by_one(batch), answers, strict=True):
            if answer is True:
                done[holder.vendor, settlement.outcome] += 1
            elif answer:
                await self._fail(holder, settlement, answer)
        for labels, count in done.items():
            SENDS.labels(*labels).inc(count)

    async def _isolate(self, batch: Batch, error: Exception) -> None:
        """Settle by halves, so that the one that cannot be settled makes no other push be sent again."""
        pairs = list(_one_by_one(batch))
        if middle := len(pairs) // 2:
            await self._settle(_by_holder(pairs[:middle]))
            await self._settle(_by_holder(pairs[middle:]))
        else:
            await self._fail(*pairs[0], error)

    async def _fail(self, holder: Holder, settlement: Settlement, error: Exception) -> None:
        _log.error("settling failed", stream=holder.outbox.stream, error=type(error).__name__, exc_info=error)
        # As it was read, if it was: what cannot be written again may be what is wrong with it.
        entry = holder.held[settlement.entry_id] or _entry_of(settlement)
        await self._bury(holder, self._patience, entry, Fault("$", f"internal error: {type(error).__name__}"))

    async def _bury(self, holder: Holder, patience: Patience, entry: Entry, fault: Fault) -> None:
        stream, bury = holder.outbox.stream, self._dead_letters.bury
        _log.error("job to dead letters", stream=stream, entry=entry.id.decode(), path=fault.path)
        try:
            flags = await patience.insist(lambda: bury(stream, [(entry, fault)], self._clock()))
        except Exception:  # noqa: BLE001 - Closed among them: the entry is still pending and will be reclaimed
            _log.exception("job stays where it is", stream=stream, entry=entry.id.decode())
        else:
            DEAD_LETTERS.labels("outbox").inc(sum(flags))


def _entry_of(settlement: Settlement) -> Entry:
    """Return what its outbox holds of a push that was not read."""
    return Entry(settlement.entry_id, {b"job": _JSON.encode(settlement.job)})


def _by_holder(pairs: Iterable[tuple[Holder, Settlement]]) -> Batch:
    batch: dict[Holder, list[Settlement]] = {}
    for holder, settlement in pairs:
        batch.setdefault(holder, []).append(settlement)
    return batch


def _one_by_one(batch: Batch) -> Iterator[tuple[Holder, Settlement]]:
    return ((holder, settlement) for holder, settlements in batch.items() for settlement in settlements)

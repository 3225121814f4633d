"""Settles what was sent: whatever has gathered while the last script ran, so that batches grow with the load."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import structlog

from worker.clock import Clock
from worker.codec import Fault
from worker.metrics import DEAD_LETTERS, SENDS
from worker.patience import Closed, Patience
from worker.store.dead_letters import DeadLetterStore
from worker.store.outbox import OutboxStore, Settlement
from worker.store.stream import Entry

#: Settlements in one script call: a script holds up all of Redis.
_AT_MOST = 200
_log = structlog.get_logger(__name__)


class Settler:
    """Settles the pushes of one outbox and tells who sent them; ``settled`` is called with the entry ids.

    ``held`` are the entries as they were read, by id, until then.
    """

    def __init__(
        self,
        vendor: str,
        outbox: OutboxStore,
        dead_letters: DeadLetterStore,
        patience: Patience,
        clock: Clock,
        held: Mapping[bytes, Entry],
        settled: Callable[[Sequence[bytes]], None],
    ) -> None:
        """``vendor`` names it in metrics; nothing is settled before ``run``."""
        self._vendor, self._outbox, self._dead_letters = vendor, outbox, dead_letters
        self._patience, self._clock, self._held, self._settled = patience, clock, held, settled
        self._waiting: list[Settlement] = []
        self._changed = asyncio.Event()

    def add(self, settlements: Iterable[Settlement]) -> None:
        """Settle these soon."""
        self._waiting += settlements
        self._changed.set()

    async def run(self) -> None:
        """Settle for ever. One at a time: two would delete each other's settlements."""
        while True:
            if not self._waiting:
                self._changed.clear()
                await self._changed.wait()
                continue
            batch = self._waiting[:_AT_MOST]
            await self._settle(batch)
            del self._waiting[: len(batch)]
            self._settled([settlement.entry_id for settlement in batch])

    async def give_up(self, entry: Entry, fault: Fault) -> None:
        """Move an entry that cannot be sent to the dead letters."""
        await self._bury(entry, fault)
        self._settled([entry.id])

    async def _settle(self, batch: list[Settlement]) -> None:
        try:
            flags = await self._patience.insist(lambda: self._outbox.settle(batch, self._clock()))
        except Closed:
            return
        except Exception as error:  # noqa: BLE001 - a settler that stops would cost more than this batch
            await self._isolate(batch, error)
            return
        counts = Counter(settlement.outcome for settlement, is_first in zip(batch, flags, strict=True) if is_first)
        for outcome, count in counts.items():
            SENDS.labels(self._vendor, outcome).inc(count)

    async def _isolate(self, batch: list[Settlement], error: Exception) -> None:
        """Settle one by one, so that the one that cannot be settled makes no other push be sent again."""
        if len(batch) > 1:
            for settlement in batch:
                await self._settle([settlement])
            return
        _log.error("settling failed", stream=self._outbox.stream, error=type(error).__name__, exc_info=error)
        # As it was read: what cannot be written again may be what is wrong with it.
        entry = self._held[batch[0].entry_id]
        await self._bury(entry, Fault("$", f"internal error: {type(error).__name__}"))

    async def _bury(self, entry: Entry, fault: Fault) -> None:
        stream, bury = self._outbox.stream, self._dead_letters.bury
        _log.error("job to dead letters", stream=stream, entry=entry.id.decode(), path=fault.path)
        try:
            flags = await self._patience.insist(lambda: bury(stream, [(entry, fault)], self._clock()))
        except Exception:  # noqa: BLE001 - Closed among them: the entry is still pending and will be reclaimed
            _log.exception("job stays where it is", stream=stream, entry=entry.id.decode())
        else:
            DEAD_LETTERS.labels("outbox").inc(sum(flags))

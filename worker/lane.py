"""A lane: one channel's sender. It reads its outbox as its slots allow, sends, and settles in batches."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

import msgspec
import structlog

from worker.clock import Clock
from worker.codec import Fault
from worker.metrics import DEAD_LETTERS, IN_FLIGHT, SENDS
from worker.patience import Closed, Patience
from worker.sender import Parcel, Sender
from worker.store.dead_letters import DeadLetterStore
from worker.store.outbox import OutboxStore, Settlement
from worker.store.stream import Entry, Stream

#: How long one read waits for the first push, and so how long a stop may take.
BLOCK_MS = 1000
#: Settlements in one script call: a script holds up all of Redis.
_SETTLE_AT_MOST = 200
_log = structlog.get_logger(__name__)


class Lane:
    """Sends what one outbox holds for as long as ``closing`` is not set, then waits for what is in flight."""

    def __init__(
        self,
        vendor: str,
        stream: Stream,
        outbox: OutboxStore,
        dead_letters: DeadLetterStore,
        sender: Sender,
        lease_ms: int,
        clock: Clock,
        closing: asyncio.Event,
    ) -> None:
        """``vendor`` names it in metrics; nothing is read before ``run``."""
        self._vendor, self._stream, self._outbox, self._dead_letters = vendor, stream, outbox, dead_letters
        self._sender, self._lease_ms, self._clock, self._closing = sender, lease_ms, clock, closing
        self.name = f"lane {stream.name}"
        self._patience = Patience(self.name, closing)
        #: Ids of entries read and not settled yet: the slots taken.
        self._in_flight: set[bytes] = set()
        #: The loop holds tasks weakly; this keeps them.
        self._tasks: set[asyncio.Task[None]] = set()
        self._settlements: list[Settlement] = []
        self._changed = asyncio.Event()
        self._next_reclaim_ms = 0

    async def run(self) -> None:
        """Read, send and settle until told to stop and all that is in flight is settled."""
        settler = asyncio.create_task(self._settle_for_ever())
        try:
            await self._read_and_send()
            await self._drain()
        finally:
            # One settler at a time, also when the lane is started again: two would delete each other's settlements.
            settler.cancel()
            await asyncio.gather(settler, return_exceptions=True)
        await self._sender.aclose()

    async def _read_and_send(self) -> None:
        try:
            await self._patience.insist(self._stream.create_group)
            while not self._closing.is_set():
                await self._send_next()
        except Closed:
            _log.info("lane stopped while waiting for redis", stream=self._stream.name)

    async def _send_next(self) -> None:
        free = self._sender.slots - len(self._in_flight)
        if free <= 0:
            self._changed.clear()
            await self._changed.wait()
            return
        count = min(free, self._sender.read_at_most)
        entries = await self._patience.insist(lambda: self._next_entries(count))
        # A send that outlives the lease is reclaimed by ourselves too, which renews the lease: it goes on.
        self._start([entry for entry in entries if entry.id not in self._in_flight])

    def _start(self, entries: Sequence[Entry]) -> None:
        self._in_flight.update(entry.id for entry in entries)
        IN_FLIGHT.labels(self._vendor).set(len(self._in_flight))
        parcels, faults = self._sender.parcels(entries)
        for parcel in parcels:
            self._keep(self._deliver(parcel))
        for entry, fault in faults:
            self._keep(self._give_up(entry, fault))

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _next_entries(self, count: int) -> list[Entry]:
        now_ms = self._clock()
        if now_ms >= self._next_reclaim_ms:
            reclaimed = await self._stream.reclaim(self._lease_ms, count)
            if reclaimed:
                return reclaimed
            self._next_reclaim_ms = now_ms + self._lease_ms // 4
        return await self._stream.read(count, BLOCK_MS)

    async def _deliver(self, parcel: Parcel) -> None:
        """Bring a parcel to its settlements or to the dead letters: entries without an end would keep their slots."""
        try:
            self._settlements += await self._sender.send(parcel)
        except Exception as error:  # noqa: BLE001 - a fault nobody foresaw must not cost the lane a slot
            _log.exception("push cannot be processed", stream=self._stream.name, entries=len(parcel.entries))
            for entry in parcel.entries:
                await self._give_up(entry, Fault("$", f"internal error: {type(error).__name__}"))
        self._changed.set()

    async def _give_up(self, entry: Entry, fault: Fault) -> None:
        await self._bury(entry, fault)
        self._free([entry.id])

    async def _settle_for_ever(self) -> None:
        """Settle whatever has gathered while the last script ran: batches grow with the load by themselves."""
        while True:
            if not self._settlements:
                self._changed.clear()
                await self._changed.wait()
                continue
            batch = self._settlements[:_SETTLE_AT_MOST]
            await self._settle(batch)
            del self._settlements[: len(batch)]
            self._free([settlement.entry_id for settlement in batch])

    async def _settle(self, batch: list[Settlement]) -> None:
        try:
            flags = await self._patience.insist(lambda: self._outbox.settle(batch, self._clock()))
        except Closed:
            return
        except Exception as error:  # noqa: BLE001 - a lane that stops would cost more than this batch
            await self._isolate(batch, error)
            return
        for settlement, is_first in zip(batch, flags, strict=True):
            if is_first:
                SENDS.labels(self._vendor, settlement.outcome).inc()

    async def _isolate(self, batch: list[Settlement], error: Exception) -> None:
        """Settle one by one, so that the one that cannot be settled makes no other push be sent again."""
        if len(batch) > 1:
            for settlement in batch:
                await self._settle([settlement])
            return
        _log.error("settling failed", stream=self._stream.name, error=type(error).__name__, exc_info=error)
        entry = Entry(batch[0].entry_id, {b"job": msgspec.json.encode(batch[0].job)})
        await self._bury(entry, Fault("$", f"internal error: {type(error).__name__}"))

    async def _bury(self, entry: Entry, fault: Fault) -> None:
        _log.error("job to dead letters", stream=self._stream.name, entry=entry.id.decode(), path=fault.path)
        bury = self._dead_letters.bury
        try:
            buried = await self._patience.insist(lambda: bury(self._stream.name, [(entry, fault)], self._clock()))
        except Exception:  # noqa: BLE001 - Closed among them: the entry is still pending and will be reclaimed
            _log.exception("job stays where it is", stream=self._stream.name, entry=entry.id.decode())
        else:
            DEAD_LETTERS.labels("outbox").inc(buried)

    def _free(self, entry_ids: Sequence[bytes]) -> None:
        self._in_flight.difference_update(entry_ids)
        IN_FLIGHT.labels(self._vendor).set(len(self._in_flight))
        self._changed.set()

    async def _drain(self) -> None:
        while self._in_flight:
            self._changed.clear()
            await self._changed.wait()

"""A lane: one channel's way from its outbox to its vendor. It reads as the gate allows, sends, and has it settled."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from typing import Any

import structlog

from worker import outcome
from worker.admission import Admission, pushes_of
from worker.clock import Clock
from worker.flights import Landing
from worker.gate import Gate
from worker.lease import kept_lease
from worker.metrics import IN_FLIGHT
from worker.parcels import Parcel
from worker.patience import Closed, Patience
from worker.poison import are_suspect, without_poison
from worker.push import Push
from worker.sender import Sender
from worker.settler import Settler
from worker.store.outbox import OutboxStore
from worker.store.settlements import Settlement
from worker.store.stream import Entry, Stream
from worker.store.takers import Given

#: How long one read waits for the first push, and so how long a stop may take.
BLOCK_MS = 1000
#: What a lane that is behind lets pass for slots to become free: one read, and one script, for dozens of pushes.
_GATHER_S = 0.01
#: Of what is not held, or not any more.
_GONE: Any = object()
_log = structlog.get_logger(__name__)


class Lane:
    """Sends what one outbox holds for as long as ``closing`` is not set, then waits for what is in flight.

    It reads the outbox, and is given pushes by who hands them over: see ``worker.store.takers``.
    """

    def __init__(
        self,
        vendor: str,
        stream: Stream,
        outbox: OutboxStore,
        admission: Admission,
        settler: Settler,
        gate: Gate,
        sender: Sender,
        clock: Clock,
        patience: Patience,
    ) -> None:
        """``vendor`` names it in metrics.

        Gate and sender are shared with the channel's other partitions, ``settler`` with the partition's other channels.
        """
        self.vendor, self.outbox, self._stream, self._admission = vendor, outbox, stream, admission
        self._settler, self._gate, self._sender, self._clock = settler, gate, sender, clock
        self.name, self.patience, self._closing = patience.name, patience, patience.closing
        #: What is not settled yet, by entry id: the entry, if it was read.
        self.held: dict[bytes, Entry | None] = {}
        patience.pulse.may_wait = self._may_wait
        self._shown = IN_FLIGHT.labels(vendor)
        #: The loop holds tasks weakly; this keeps them.
        self._tasks: set[asyncio.Task[None]] = set()
        #: The same of what delivers, which lets go of itself: by the first entry of its parcel.
        self._deliveries: dict[bytes, asyncio.Task[None]] = {}
        #: Where those end that need no task.
        self._landing = Landing(self._settle, self._fail)
        #: Asking for it takes a system call, before Python 3.12.
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changed = asyncio.Event()
        self._next_reclaim_ms = 0
        #: Whether there was more than could be read.
        self._is_behind = False
        #: Whether it takes what is given to it; how many pushes it has reserved slots for, and not been given yet.
        self._is_open, self._reserved = False, 0
        #: Whether something deadly has it to itself.
        self._is_alone = False
        #: How often it still has to look for what it was given without being told.
        self._doubts = 0

    async def run(self) -> None:
        """Read, send and have it settled until told to stop and all that is in flight is settled."""
        async with kept_lease(self._stream, self.held.keys):
            await self._read_and_send()
            await self._drain()

    def reserve(self) -> int:
        """Return how many pushes it would take now, and keep slots free for them."""
        if not self._is_open or self._is_alone or self._closing.is_set() or self._doubts:
            return 0
        room = self._gate.free
        self._reserved += room
        self._gate.take(room)
        return room

    def take(self, reserved: int, given: Sequence[Given]) -> None:
        """Send what Redis gave to it: what was made just now at once, what waited longer as if it had been read."""
        self._release(reserved)
        pushes = [each for each in given if isinstance(each, Push)]
        self._begin(dict.fromkeys(push.entry_id for push in pushes))
        self._send(pushes)
        if waited := [each for each in given if isinstance(each, Entry)]:
            self._take(waited)
            self._keep(self._carry(waited))

    def is_short_of(self, wanted: int) -> bool:
        """Return whether it lacks room for so many pushes, and has more soon."""
        return self._is_open and self._gate.is_short_of(wanted)

    def doubt(self, reserved: int) -> None:
        """Look for what Redis gave to it: now, and once more, for what a server that hung did later."""
        self._release(reserved)
        self._doubts, self._next_reclaim_ms = 2, 0

    def _release(self, reserved: int) -> None:
        self._reserved -= reserved
        self._gate.give(reserved)
        self._changed.set()

    async def _read_and_send(self) -> None:
        try:
            await self.patience.insist(self._stream.create_group)
            self._is_open = True
            while not self._closing.is_set():
                await self._send_next()
        except Closed:
            _log.info("lane stopped while waiting for redis", stream=self._stream.name)
        finally:
            self._is_open = False

    async def _send_next(self) -> None:
        count = await self._room()
        if not count or self._closing.is_set():
            return
        entries = await self.patience.insist(lambda: self._next_entries(count))
        self._is_behind = len(entries) == count
        # What is in flight here is ours although its lease ran out, as after a long pause of the whole process.
        if fresh := [entry for entry in entries if entry.id not in self.held]:
            self._take(fresh)
            await self._start(fresh)

    async def _room(self) -> int:
        """Wait until some pushes may be read; return how many. Behind a backlog they are read by the dozen."""
        if self._is_behind and self._gate.free < self._sender.slots // 2:
            await asyncio.sleep(_GATHER_S)
        return min(await self._gate.wait_free(), self._sender.read_at_most)

    async def _next_entries(self, count: int) -> list[Entry]:
        now_ms = self._clock()
        if self._doubts and now_ms >= self._next_reclaim_ms and not self._reserved:
            unknown = await self._stream.unknown(self.held)
            self._doubts -= 1
            self._next_reclaim_ms = now_ms + self._stream.lease_ms // 4
            return unknown
        if now_ms >= self._next_reclaim_ms and self.patience.may_take_over(self._stream.lease_ms):
            if reclaimed := await self._stream.reclaim(count):
                return reclaimed
            await self._stream.sweep()
            self._next_reclaim_ms = now_ms + self._stream.lease_ms // 4
        return await self._stream.read(count, BLOCK_MS)

    def _take(self, entries: Sequence[Entry]) -> None:
        self._begin({entry.id: entry for entry in entries})

    def _begin(self, entries: Mapping[bytes, Entry | None]) -> None:
        self.held.update(entries)
        self.patience.pulse.take(entries)
        self._gate.take(len(entries))
        self._shown.inc(len(entries))

    def settled(self, entry_ids: Sequence[bytes]) -> None:
        """Take note that these are settled, or left to others: the settler says so."""
        self.patience.pulse.beat()
        self._free(entry_ids)

    def _settle(self, settlements: Sequence[Settlement]) -> None:
        """Have it settled. From now on it is the settler that must get on."""
        self.patience.pulse.let_go([settlement.entry_id for settlement in settlements])
        self._settler.add(self, settlements)

    def _may_wait(self) -> bool:
        """Return whether others answer for it that the lane stands still: they too have pulses.

        The settler may hold what it waits for, and another partition's lane the slots.
        """
        return not self._gate.free or self.patience.pulse.held < len(self.held)

    def _free(self, entry_ids: Collection[bytes]) -> None:
        freed = [entry_id for entry_id in entry_ids if self.held.pop(entry_id, _GONE) is not _GONE]
        self.patience.pulse.let_go(freed)
        self._gate.give(len(freed))
        self._shown.dec(len(freed))
        self._changed.set()

    async def _until(self, is_met: Callable[[], bool]) -> None:
        """Wait for a condition of what is in flight."""
        while not is_met():
            self._changed.clear()
            await self._changed.wait()

    async def _start(self, entries: Sequence[Entry]) -> None:
        """Start what was read; what may be deadly has the lane to itself, so that nobody dies with it and is blamed."""
        if not are_suspect(entries):
            self._keep(self._carry(entries))
            return
        ids = {entry.id for entry in entries}
        self._is_alone = True
        try:
            await self._until(lambda: self.held.keys() <= ids and not self._reserved)
        except asyncio.CancelledError:
            # The lane is started again: what nobody has begun must not count as being on its way.
            self._free(ids)
            self._is_alone = False
            raise
        self._keep(self._carry(entries))
        try:
            await self._until(lambda: self.held.keys().isdisjoint(ids))
        finally:
            self._is_alone = False

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, entries: Sequence[Entry]) -> None:
        """Bring what was read to its parcels, and what cannot be sent to its end."""
        sound, poison = without_poison(entries)
        pushes, faults = pushes_of(sound)
        for entry, fault in [*poison, *faults]:
            await self._settler.give_up(self, entry, fault)
        await self._admit(pushes)

    async def _admit(self, pushes: Sequence[Push]) -> None:
        if not pushes:
            return
        try:
            admitted = await self.patience.insist(lambda: self._admission.admit(pushes))
        except Closed:
            # Not begun: they stay pending for others.
            self._free([push.entry_id for push in pushes])
        except Exception as error:  # noqa: BLE001 - a fault nobody foresaw must not cost the lane its slots
            await self._isolate(pushes, error)
        else:
            self._free(admitted.gone)
            self._settle(admitted.settlements)
            self._send(admitted.pushes)

    async def _isolate(self, pushes: Sequence[Push], error: Exception) -> None:
        """Admit one by one, so that the one that cannot be begun holds up no other."""
        if len(pushes) > 1:
            for push in pushes:
                await self._admit([push])
        else:
            self._fail(pushes, error)

    def _send(self, pushes: Sequence[Push]) -> None:
        try:
            parcels = self._sender.parcels(pushes)
        except Exception as error:  # noqa: BLE001 - as above
            for push in pushes if len(pushes) > 1 else ():
                self._send([push])
            if len(pushes) == 1:
                self._fail(pushes, error)
        else:
            self._loop = self._loop or asyncio.get_running_loop()
            for parcel in parcels:
                if self._sender.begin(parcel, self._gate, self._landing):
                    continue
                self._deliveries[parcel[0].entry_id] = self._loop.create_task(self._deliver(parcel))

    async def _deliver(self, parcel: Parcel) -> None:
        try:
            self._settle(await self._sender.send(parcel, self._gate))
        except Exception as error:  # noqa: BLE001 - as above
            self._fail(parcel, error)
        finally:
            self._deliveries.pop(parcel[0].entry_id, None)

    def _fail(self, pushes: Sequence[Push], error: Exception) -> None:
        _log.error("push cannot be processed", stream=self._stream.name, entries=len(pushes), exc_info=error)
        self._settle([outcome.failed(push.entry_id, push.job, error) for push in pushes])

    async def _drain(self) -> None:
        await self._until(lambda: not self.held and not self._reserved)
        try:
            await self.patience.insist(self._stream.leave)
        except Closed:
            _log.info("consumer left behind while waiting for redis", stream=self._stream.name)

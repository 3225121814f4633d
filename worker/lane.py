"""A lane: one channel's sender. It reads its outbox as its slots allow, sends, and settles in batches."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec
import structlog

from policy.retry import RetryPolicy
from providers.base import Provider
from providers.result import Result, Retryable
from worker.clock import Clock
from worker.codec import Fault, decode
from worker.job import Job
from worker.metrics import DEAD_LETTERS, DWELL, IN_FLIGHT, SENDS, UNEXPECTED_ANSWERS
from worker.outcome import expired, expires_ms, settlement_of
from worker.patience import Closed, Patience
from worker.store.dead_letters import DeadLetterStore
from worker.store.outbox import OutboxStore, Settlement
from worker.store.stream import Entry, Stream

#: How long one read waits for the first push, and so how long a stop may take.
BLOCK_MS = 1000
_READ_AT_MOST = 200
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LaneLimits:
    """Requests in flight, seconds a vendor has to answer, when silence means that a worker died, and retries."""

    concurrency: int = 200
    deadline_s: float = 15.0
    lease_ms: int = 60_000
    retry: RetryPolicy = field(default_factory=RetryPolicy)


class Lane:
    """Sends what one outbox holds for as long as ``closing`` is not set, then waits for what is in flight."""

    def __init__(
        self,
        vendor: str,
        stream: Stream,
        outbox: OutboxStore,
        dead_letters: DeadLetterStore,
        provider: Provider,
        limits: LaneLimits,
        clock: Clock,
        jitter: Callable[[], float],
        closing: asyncio.Event,
    ) -> None:
        """``vendor`` names it in metrics; nothing is read before ``run``."""
        self._vendor, self._stream, self._outbox, self._dead_letters = vendor, stream, outbox, dead_letters
        self._provider, self._limits, self._clock, self._jitter = provider, limits, clock, jitter
        self._closing = closing
        self.name = f"lane {stream.name}"
        self._patience = Patience(self.name, closing)
        #: Ids of entries read and not settled yet: the slots taken.
        self._in_flight: set[bytes] = set()
        #: The loop holds tasks weakly; this keeps them.
        self._sending: set[asyncio.Task[None]] = set()
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
        await self._provider.aclose()

    async def _read_and_send(self) -> None:
        try:
            await self._patience.insist(self._stream.create_group)
            while not self._closing.is_set():
                await self._send_next()
        except Closed:
            _log.info("lane stopped while waiting for redis", stream=self._stream.name)

    async def _send_next(self) -> None:
        free = self._limits.concurrency - len(self._in_flight)
        if free <= 0:
            self._changed.clear()
            await self._changed.wait()
            return
        for entry in await self._patience.insist(lambda: self._next_entries(min(free, _READ_AT_MOST))):
            # A send that outlives the lease is reclaimed by ourselves too, which renews the lease: it goes on.
            if entry.id not in self._in_flight:
                self._start(entry)
        IN_FLIGHT.labels(self._vendor).set(len(self._in_flight))

    def _start(self, entry: Entry) -> None:
        self._in_flight.add(entry.id)
        task = asyncio.create_task(self._deliver(entry))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _next_entries(self, count: int) -> list[Entry]:
        now_ms = self._clock()
        if now_ms >= self._next_reclaim_ms:
            reclaimed = await self._stream.reclaim(self._limits.lease_ms, count)
            if reclaimed:
                return reclaimed
            self._next_reclaim_ms = now_ms + self._limits.lease_ms // 4
        return await self._stream.read(count, BLOCK_MS)

    async def _deliver(self, entry: Entry) -> None:
        """Bring an entry to its settlement or to the dead letters: an entry without an end would keep its slot."""
        try:
            end = await self._attempt(entry)
        except Exception as error:  # noqa: BLE001 - a fault nobody foresaw must not cost the lane a slot
            _log.exception("push cannot be processed", stream=self._stream.name, entry=entry.id.decode())
            end = Fault("$", f"internal error: {type(error).__name__}")
        if isinstance(end, Fault):
            await self._bury(entry, end)
            self._free([entry.id])
        else:
            self._settlements.append(end)
            self._changed.set()

    async def _attempt(self, entry: Entry) -> Settlement | Fault:
        job = _job(entry)
        if isinstance(job, Fault):
            return job
        if expires_ms(job) <= self._clock():
            return expired(entry.id, job)
        result = await self._send(job)
        now_ms = self._clock()
        self._observe(job, result, now_ms)
        return settlement_of(entry.id, job, result, self._limits.retry, now_ms, self._jitter())

    async def _send(self, job: Job) -> Result:
        try:
            return await self._provider.send(job.notification, self._limits.deadline_s)
        except Exception as error:  # noqa: BLE001 - an adapter's broken assumption must not cost a push
            _log.exception("adapter failed", provider=self._vendor, error=type(error).__name__)
            return Retryable("adapter_error", maybe_sent=True, detail=type(error).__name__)

    async def _settle_for_ever(self) -> None:
        """Settle whatever has gathered while the last script ran: batches grow with the load by themselves."""
        while True:
            if not self._settlements:
                self._changed.clear()
                await self._changed.wait()
                continue
            batch = self._settlements[:_READ_AT_MOST]
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

    def _observe(self, job: Job, result: Result, now_ms: int) -> None:
        if isinstance(result, Retryable):
            _log.warning("send failed", provider=self._vendor, cause=result.cause, detail=result.detail)
            if result.cause == "unexpected_answer":
                UNEXPECTED_ANSWERS.labels(self._vendor).inc()
        else:
            DWELL.labels(self._vendor).observe(max(0, now_ms - job.event_ms) / 1000)

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


def _job(entry: Entry) -> Job | Fault:
    """Return the job with the badge that the hand-off counted."""
    job = decode(entry.fields.get(b"job", b""), Job)
    badge = entry.fields.get(b"badge", b"")
    if isinstance(job, Fault) or not badge:
        return job
    return msgspec.structs.replace(job, notification=msgspec.structs.replace(job.notification, badge=int(badge)))

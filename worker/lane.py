"""A lane: one channel's sender. It reads its outbox as its slots allow, sends, and settles in batches."""

import asyncio
from collections.abc import Callable
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
        #: Read and not settled yet: the slots taken.
        self._in_flight = 0
        #: The loop holds tasks weakly; this keeps them.
        self._sending: set[asyncio.Task[None]] = set()
        self._settlements: list[Settlement] = []
        self._changed = asyncio.Event()
        self._next_reclaim_ms = 0

    async def run(self) -> None:
        """Read, send and settle until told to stop and all that is in flight is settled."""
        settler = asyncio.create_task(self._settle_for_ever())
        try:
            await self._patience.insist(self._stream.create_group)
            while not self._closing.is_set():
                await self._send_next()
        except Closed:
            _log.info("lane stopped while waiting for redis", stream=self._stream.name)
        await self._drain()
        settler.cancel()
        await asyncio.gather(settler, return_exceptions=True)
        await self._provider.aclose()

    async def _send_next(self) -> None:
        free = self._limits.concurrency - self._in_flight
        if free <= 0:
            self._changed.clear()
            await self._changed.wait()
            return
        for entry in await self._patience.insist(lambda: self._next_entries(min(free, _READ_AT_MOST))):
            self._in_flight += 1
            task = asyncio.create_task(self._deliver(entry))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        IN_FLIGHT.labels(self._vendor).set(self._in_flight)

    async def _next_entries(self, count: int) -> list[Entry]:
        now_ms = self._clock()
        if now_ms >= self._next_reclaim_ms:
            reclaimed = await self._stream.reclaim(self._limits.lease_ms, count)
            if reclaimed:
                return reclaimed
            self._next_reclaim_ms = now_ms + self._limits.lease_ms // 4
        return await self._stream.read(count, BLOCK_MS)

    async def _deliver(self, entry: Entry) -> None:
        job = _job(entry)
        if isinstance(job, Fault):
            await self._bury(entry, job)
            return
        if expires_ms(job) <= self._clock():
            self._settled(expired(entry.id, job))
            return
        result = await self._send(job)
        now_ms = self._clock()
        self._observe(job, result, now_ms)
        self._settled(settlement_of(entry.id, job, result, self._limits.retry, now_ms, self._jitter()))

    async def _send(self, job: Job) -> Result:
        try:
            return await self._provider.send(job.notification, self._limits.deadline_s)
        except Exception as error:  # noqa: BLE001 - an adapter's broken assumption must not cost a push
            _log.exception("adapter failed", provider=self._vendor, error=type(error).__name__)
            return Retryable("adapter_error", maybe_sent=True, detail=type(error).__name__)

    def _settled(self, settlement: Settlement) -> None:
        self._settlements.append(settlement)
        self._changed.set()

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
            self._free(len(batch))

    async def _settle(self, batch: list[Settlement]) -> None:
        try:
            flags = await self._patience.insist(lambda: self._outbox.settle(batch, self._clock()))
        except Closed:
            return
        except Exception:  # noqa: BLE001 - a lane that stops would cost more than this batch
            # Unsettled entries are reclaimed after their lease.
            _log.exception("settling failed", stream=self._stream.name, sends=len(batch))
            return
        for settlement, is_first in zip(batch, flags, strict=True):
            if is_first:
                SENDS.labels(self._vendor, settlement.outcome).inc()

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
        buried = await self._patience.insist(lambda: bury(self._stream.name, [(entry, fault)], self._clock()))
        DEAD_LETTERS.labels("outbox").inc(buried)
        self._free(1)

    def _free(self, slots: int) -> None:
        self._in_flight -= slots
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

"""From outbox entries to settlements: pushes that may share a request do, each result finds its own push."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field

import msgspec
import structlog

from policy.retry import RetryPolicy
from providers.base import BatchProvider, Provider
from providers.result import Result, Retryable
from worker.clock import Clock
from worker.codec import Fault, decode
from worker.job import Job
from worker.metrics import DWELL, UNEXPECTED_ANSWERS
from worker.outcome import expired, expires_ms, settlement_of
from worker.store.outbox import Settlement
from worker.store.stream import Entry

#: Entries read at a time when each is a request of its own.
_SINGLES = 200
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SendLimits:
    """Requests in flight, seconds a vendor has to answer, and retries."""

    concurrency: int = 200
    deadline_s: float = 15.0
    retry: RetryPolicy = field(default_factory=RetryPolicy)


@dataclass(slots=True)
class Parcel:
    """Entries that go out in one request, each with its job."""

    entries: list[Entry] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)


class Sender:
    """Sends parcels through one provider."""

    def __init__(
        self, vendor: str, provider: Provider, limits: SendLimits, clock: Clock, jitter: Callable[[], float]
    ) -> None:
        """``vendor`` names it in metrics and logs."""
        self._vendor, self._provider, self._limits = vendor, provider, limits
        self._clock, self._jitter = clock, jitter
        most = provider.batch_size if isinstance(provider, BatchProvider) else 0
        #: Entries read at a time, and entries that may be in flight: two full batches, or one for each request.
        self.read_at_most = most or _SINGLES
        self.slots = max(limits.concurrency, 2 * most)

    def parcels(self, entries: Iterable[Entry]) -> tuple[list[Parcel], list[tuple[Entry, Fault]]]:
        """Sort entries into parcels, and set aside what cannot be read."""
        parcels: dict[Hashable, Parcel] = {}
        faults: list[tuple[Entry, Fault]] = []
        for entry in entries:
            job = job_of(entry)
            if isinstance(job, Fault):
                faults.append((entry, job))
                continue
            parcel = parcels.setdefault(self._key(entry, job), Parcel())
            parcel.entries.append(entry)
            parcel.jobs.append(job)
        return list(parcels.values()), faults

    async def send(self, parcel: Parcel) -> list[Settlement]:
        """Send what has not expired; return how to settle each entry."""
        now_ms = self._clock()
        pairs = list(zip((entry.id for entry in parcel.entries), parcel.jobs, strict=True))
        late = [expired(entry_id, job) for entry_id, job in pairs if expires_ms(job) <= now_ms]
        timely = [(entry_id, job) for entry_id, job in pairs if expires_ms(job) > now_ms]
        results = await self._results([job for _, job in timely]) if timely else []
        return late + [self._settled(*pair, result) for pair, result in zip(timely, results, strict=True)]

    async def aclose(self) -> None:
        """Close the provider's connections; call when nothing is in flight."""
        await self._provider.aclose()

    def _key(self, entry: Entry, job: Job) -> Hashable:
        """Return what pushes of one request have in common. What was tried before goes alone: it may be the fault."""
        shared = None
        if isinstance(self._provider, BatchProvider) and job.attempt == 1:
            shared = self._provider.batch_key(job.notification)
        return entry.id if shared is None else (shared,)

    async def _results(self, jobs: Sequence[Job]) -> Sequence[Result]:
        try:
            if len(jobs) > 1 and isinstance(self._provider, BatchProvider):
                notifications = [job.notification for job in jobs]
                return await self._provider.send_batch(notifications, self._limits.deadline_s)
            return [await self._provider.send(job.notification, self._limits.deadline_s) for job in jobs]
        except Exception as error:  # noqa: BLE001 - an adapter's broken assumption must not cost a push
            _log.exception("adapter failed", provider=self._vendor, error=type(error).__name__)
            return [Retryable("adapter_error", maybe_sent=True, detail=type(error).__name__)] * len(jobs)

    def _settled(self, entry_id: bytes, job: Job, result: Result) -> Settlement:
        now_ms = self._clock()
        self._observe(job, result, now_ms)
        return settlement_of(entry_id, job, result, self._limits.retry, now_ms, self._jitter())

    def _observe(self, job: Job, result: Result, now_ms: int) -> None:
        if isinstance(result, Retryable):
            _log.warning("send failed", provider=self._vendor, cause=result.cause, detail=result.detail)
            if result.cause == "unexpected_answer":
                UNEXPECTED_ANSWERS.labels(self._vendor).inc()
        else:
            DWELL.labels(self._vendor).observe(max(0, now_ms - job.event_ms) / 1000)


def job_of(entry: Entry) -> Job | Fault:
    """Return the job with the badge that the hand-off counted."""
    job = decode(entry.fields.get(b"job", b""), Job)
    badge = entry.fields.get(b"badge", b"")
    if isinstance(job, Fault) or not badge:
        return job
    if not badge.isdigit():
        return Fault("$.badge", "not a number")
    return msgspec.structs.replace(job, notification=msgspec.structs.replace(job.notification, badge=int(badge)))

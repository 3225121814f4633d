"""From admitted pushes to settlements: pushes that may share a request do, each result finds its own push."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import structlog

from providers.base import Provider
from providers.result import Accepted, Result, Retryable
from worker.channel_signs import are_accepted, outcome_of
from worker.clock import Clock
from worker.flights import Flights, Landing
from worker.gate import UNKNOWN, Gate
from worker.job import Job
from worker.line import Held, Line
from worker.metrics import DWELL, UNEXPECTED_ANSWERS
from worker.outcome import Repeats, accepted, postponed, settlement_of
from worker.overdue import Overdue
from worker.parcels import Parcel, parcels_of
from worker.push import Push
from worker.store.settlements import Settlement
from worker.token_deaths import TokenDeaths

#: Entries read at a time when each is a request of its own.
_SINGLES = 200
#: How much later than the deadline an adapter may come back. One that breaks its promise must not keep a slot for ever.
_GRACE_S = 5.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SendLimits:
    """Requests in flight, seconds a vendor has to answer, and repeats."""

    concurrency: int = 500
    deadline_s: float = 15.0
    repeats: Repeats = field(default_factory=Repeats)


class Sender:
    """Sends parcels through one provider."""

    def __init__(
        self,
        vendor: str,
        provider: Provider,
        limits: SendLimits,
        deaths: TokenDeaths,
        clock: Clock,
        jitter: Callable[[], float],
    ) -> None:
        """``vendor`` names it in metrics and logs."""
        self._vendor, self._line, self._limits, self._deaths = vendor, Line(provider), limits, deaths
        self._clock, self._jitter = clock, jitter
        self._overdue, self._dwell = Overdue(limits.deadline_s + _GRACE_S), DWELL.labels(vendor)
        self._flights = Flights(vendor, self._line, self._overdue, limits.deadline_s, self._settled)
        most = self._line.batch.batch_size if self._line.batch else 0
        #: Entries read at a time, and entries that may be in flight: two full batches, or one for each request.
        self.read_at_most = most or _SINGLES
        self.slots = max(limits.concurrency, 2 * most)

    def parcels(self, pushes: Iterable[Push]) -> list[Parcel]:
        """Sort pushes into parcels."""
        return parcels_of(pushes, self._line.batch)

    def begin(self, parcel: Parcel, gate: Gate, landing: Landing) -> bool:
        """Send without a task, if nothing has to be waited for; return False if it was not begun: then ``send`` it."""
        return len(parcel) == 1 and self._flights.begin(parcel[0], gate, landing)

    async def send(self, parcel: Parcel, gate: Gate) -> list[Settlement]:
        """Send if the gate lets it through; return how to settle each push."""
        era = gate.start(len(parcel))
        if era is None:
            again_ms = self._clock() + gate.pause_ms
            return [postponed(push.entry_id, push.job, again_ms) for push in parcel]
        outcome = UNKNOWN
        try:
            results = await self._results([push.job for push in parcel])
            outcome = outcome_of(self._vendor, parcel, results)
        finally:
            gate.end(era, len(parcel), outcome)
        if len(parcel) > 1 and are_accepted(results):
            return self._all_accepted(parcel, results)
        return [self._settled(push, result) for push, result in zip(parcel, results, strict=True)]

    async def replace(self, provider: Provider) -> None:
        """Send through another provider of the same vendor from now on."""
        await self._line.replace(provider)

    async def aclose(self) -> None:
        """Close the provider's connections; call when nothing is in flight."""
        await self._line.aclose()

    async def _results(self, jobs: Sequence[Job]) -> Sequence[Result]:
        held = self._line.take()
        try:
            if len(jobs) == 1:
                return [await self._overdue.watch(held.provider.send(jobs[0].addressed(), self._limits.deadline_s))]
            return await self._overdue.watch(self._answers(held, jobs))
        except Exception as error:  # noqa: BLE001 - an adapter's broken assumption must not cost a push
            _log.exception("adapter failed", provider=self._vendor, error=type(error).__name__)
            return [Retryable("adapter_error", maybe_sent=True, detail=type(error).__name__)] * len(jobs)
        finally:
            if unused := self._line.give(held):
                await unused.aclose()

    async def _answers(self, held: Held, jobs: Sequence[Job]) -> Sequence[Result]:
        if held.batch:
            tokens = [job.token for job in jobs]
            return await held.batch.send_batch(jobs[0].shared(), tokens, self._limits.deadline_s)
        # Sorted for a provider that has been replaced since by one without batches.
        return [await held.provider.send(job.addressed(), self._limits.deadline_s) for job in jobs]

    def _settled(self, push: Push, result: Result) -> Settlement:
        now_ms = self._clock()
        self._observe(push.job, result, now_ms)
        if type(result) is Accepted:  # nearly always
            self._deaths.lived(1)
            return accepted(push.entry_id, push.job, result)
        repeats, may_retire = self._limits.repeats, self._deaths.may_retire(result)
        return settlement_of(push.entry_id, push.job, result, repeats, now_ms, self._jitter(), may_retire=may_retire)

    def _all_accepted(self, parcel: Parcel, results: Sequence[Accepted]) -> list[Settlement]:
        """Do at once what ``_settled`` does one by one."""
        self._deaths.lived(len(parcel))
        now_ms = self._clock()
        for event_ms, count in Counter([push.job.draft.event_ms for push in parcel]).items():
            self._dwell.observe(max(0, now_ms - event_ms) / 1000, count)
        return [accepted(push.entry_id, push.job, result) for push, result in zip(parcel, results, strict=True)]

    def _observe(self, job: Job, result: Result, now_ms: int) -> None:
        if isinstance(result, Retryable):
            _log.warning("send failed", provider=self._vendor, cause=result.cause, detail=result.detail)
            if result.cause == "unexpected_answer":
                UNEXPECTED_ANSWERS.labels(self._vendor).inc()
        else:
            self._dwell.observe(max(0, now_ms - job.draft.event_ms) / 1000)

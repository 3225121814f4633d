"""Between an outbox and its vendor: what was read is written down as being sent, unless it is not wanted any more."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from policy.app import MultiDevice
from policy.late import LatePush, unwanted
from worker import outcome
from worker.clock import Clock
from worker.codec import Fault, decode
from worker.job import Job
from worker.notifications import folded_job
from worker.outcome import Uncertain, expires_ms
from worker.store.outbox import Circumstances, OutboxStore, Settlement
from worker.store.stream import Entry

#: A push that waited longer than this since it was decided is looked at again, as every repeat is.
LATE_MS = 30_000
_SENDING = "sending"
_TAKEN_OVER = "taken_over"


class Push(NamedTuple):
    """One push on its way. ``is_reclaimed``: another worker had read it and did not settle it."""

    entry_id: bytes
    job: Job
    is_reclaimed: bool = False

    def encoded(self) -> bytes:
        """Return the job as it stands in an outbox."""
        return msgspec.json.encode(self.job)


@dataclass(slots=True)
class Admitted:
    """What may be sent, and what is settled without being sent."""

    pushes: list[Push] = field(default_factory=list)
    settlements: list[Settlement] = field(default_factory=list)


class Admission:
    """Lets the pushes of one channel through."""

    def __init__(self, outbox: OutboxStore, multi_device: MultiDevice, uncertain: Uncertain, clock: Clock) -> None:
        """``multi_device`` and ``uncertain`` are the app's."""
        self._outbox, self._multi_device, self._uncertain, self._clock = outbox, multi_device, uncertain, clock

    async def admit(self, pushes: Sequence[Push]) -> Admitted:
        """Begin the sends in one script; return those that are to go on."""
        now_ms, admitted = self._clock(), Admitted()
        asked = [(push.job, _is_late(push.job, now_ms)) for push in pushes]
        for push, known in zip(pushes, await self._outbox.begin(asked), strict=True):
            self._sort(push, known, now_ms, admitted)
        return admitted

    def _sort(self, push: Push, known: Circumstances, now_ms: int, admitted: Admitted) -> None:
        entry_id, job, is_reclaimed = push
        if why := unwanted(self._late_push(job, known), now_ms):
            admitted.settlements.append(outcome.unwanted(entry_id, job, why))
        elif not (is_reclaimed and _may_have_been_sent(known)):
            admitted.pushes.append(push)
        elif self._uncertain is Uncertain.LOSS:
            admitted.settlements.append(outcome.uncertain(entry_id, job, _TAKEN_OVER))
        else:
            again = msgspec.structs.replace(job, is_uncertain=True)
            admitted.pushes.append(push._replace(job=again))

    def _late_push(self, job: Job, known: Circumstances) -> LatePush:
        return LatePush(
            job.device_id,
            job.event_ms,
            job.event_ms if job.is_late else job.decided_ms,
            expires_ms(job),
            self._multi_device,
            known.presence,
            known.read_ms,
            known.message_is_read,
            known.latest_ms,
        )


def pushes_of(entries: Iterable[Entry]) -> tuple[list[Push], list[tuple[Entry, Fault]]]:
    """Return what the entries hold, and what cannot be read."""
    pushes: list[Push] = []
    faults: list[tuple[Entry, Fault]] = []
    for entry in entries:
        job = job_of(entry)
        if isinstance(job, Fault):
            faults.append((entry, job))
        else:
            pushes.append(Push(entry.id, job, entry.deliveries > 1))
    return pushes, faults


def job_of(entry: Entry) -> Job | Fault:
    """Return the job with the badge that the hand-off counted, worded for as many messages as it stands for."""
    job = decode(entry.fields.get(b"job", b""), Job)
    if isinstance(job, Fault):
        return job
    numbers = {name: entry.fields.get(name.encode()) or b"" for name in ("badge", "count")}
    if wrong := next((name for name, text in numbers.items() if text and not text.isdigit()), None):
        return Fault(f"$.{wrong}", "not a number")
    if badge := numbers["badge"]:
        job = msgspec.structs.replace(job, notification=msgspec.structs.replace(job.notification, badge=int(badge)))
    return folded_job(job, int(numbers["count"] or 1))


def _is_late(job: Job, now_ms: int) -> bool:
    return job.is_late or job.attempt > 1 or now_ms - job.decided_ms > LATE_MS


def _may_have_been_sent(known: Circumstances) -> bool:
    """Return whether whoever had it began to send it; a ledger that has forgotten the message cannot say no."""
    return known.state is None or known.state.startswith(_SENDING)

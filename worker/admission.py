"""Between an outbox and its vendor: what was read is written down as being sent, unless it is not wanted any more."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from policy.app import MultiDevice
from policy.late import LatePush, Unwanted, is_too_old, unwanted
from policy.receiver import Device
from worker import outcome
from worker.clock import Clock
from worker.codec import Fault, decode
from worker.job import Job, with_badge
from worker.notifications import folded_job
from worker.outcome import Uncertain, expires_ms
from worker.push import Push
from worker.store.outbox import Beginning, Circumstances, OutboxStore
from worker.store.settlements import Settlement
from worker.store.stream import Entry

#: A push that waited longer than this since it was decided is looked at again, as every repeat is.
LATE_MS = 30_000
_SENDING = "sending"
_TAKEN_OVER = "taken_over"
#: More digits than any phone's number or anybody's messages, and few enough for ``int``.
_DIGITS = 10


def sending(consumer: str, attempt: int = 1, delivery: int = 1) -> str:
    """Return what the ledger says of a send that this consumer begins."""
    return f"{_SENDING}, attempt {attempt}, by {consumer}, delivery {delivery}"


@dataclass(slots=True)
class Admitted:
    """What may be sent, what is settled without being sent, and the entries that are another worker's by now."""

    pushes: list[Push] = field(default_factory=list)
    settlements: list[Settlement] = field(default_factory=list)
    gone: list[bytes] = field(default_factory=list)


class Admission:
    """Lets the pushes of one channel through."""

    def __init__(
        self,
        outbox: OutboxStore,
        consumer: str,
        multi_device: Callable[[], MultiDevice],
        uncertain: Uncertain,
        clock: Clock,
    ) -> None:
        """``consumer`` is who read the pushes; ``multi_device``, which may change, and ``uncertain`` are the app's."""
        self._outbox, self._consumer, self._clock = outbox, consumer, clock
        self._multi_device, self._uncertain = multi_device, uncertain

    async def admit(self, pushes: Sequence[Push]) -> Admitted:
        """Begin the sends in one script; return those that are to go on. Repeating it is harmless."""
        now_ms, admitted = self._clock(), Admitted()
        sends = [Beginning(push.entry_id, push.job, self._state(push), _is_late(push.job, now_ms)) for push in pushes]
        known = await self._outbox.begin(self._consumer, sends)
        for push, send, circumstances in zip(pushes, sends, known, strict=True):
            self._sort(push, circumstances, now_ms, admitted, is_late=send.is_late)
        return admitted

    def _sort(self, push: Push, known: Circumstances, now_ms: int, admitted: Admitted, *, is_late: bool) -> None:
        if not known.is_ours:
            admitted.gone.append(push.entry_id)
            return
        why, push = self._late(push, known, now_ms) if is_late else (_too_old(push.job, now_ms), push)
        if why:
            admitted.settlements.append(outcome.unwanted(push.entry_id, push.job, why))
        elif not self._may_have_been_sent(push, known):
            admitted.pushes.append(push)
        elif self._uncertain is Uncertain.LOSS:
            admitted.settlements.append(outcome.uncertain(push.entry_id, push.job, _TAKEN_OVER))
        else:
            again = msgspec.structs.replace(push.job, is_uncertain=True)
            admitted.pushes.append(push._replace(job=again))

    def _late(self, push: Push, known: Circumstances, now_ms: int) -> tuple[Unwanted | None, Push]:
        """Return why a late push is not wanted any more, and the push for the token that its device has by now."""
        device = _device_of(push.job, known)
        if device and device.token and device.token != push.job.token:
            push = push._replace(job=_moved(push.job, device))
        is_bound = known.devices is None or device is not None
        return unwanted(self._late_push(push.job, known, is_bound=is_bound), now_ms), push

    def _state(self, push: Push) -> str:
        """Return what the ledger says of a send.

        It names worker and delivery: a beginning that is repeated after Redis trouble must not take itself for an
        earlier worker's.
        """
        return sending(self._consumer, push.job.attempt, push.deliveries)

    def _may_have_been_sent(self, push: Push, known: Circumstances) -> bool:
        """Return whether a worker before us began to send it; a ledger that has forgotten the message cannot say no."""
        if push.deliveries == 1:
            return False
        return known.state is None or (known.state.startswith(_SENDING) and known.state != self._state(push))

    def _late_push(self, job: Job, known: Circumstances, *, is_bound: bool) -> LatePush:
        draft = job.draft
        return LatePush(
            job.device_id,
            draft.event_ms,
            draft.event_ms if draft.is_late else draft.decided_ms,
            expires_ms(job),
            self._multi_device(),
            known.presence,
            is_bound,
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
            pushes.append(Push(entry.id, job, entry.deliveries))
    return pushes, faults


def job_of(entry: Entry) -> Job | Fault:
    """Return the job with the badge that the hand-off counted, worded for as many messages as it stands for."""
    job = decode(entry.fields.get(b"job", b""), Job)
    if isinstance(job, Fault):
        return job
    badge, count = entry.fields.get(b"badge"), entry.fields.get(b"count")
    for name, text in (("badge", badge), ("count", count)):
        if text and not _is_number(text):
            return Fault(f"$.{name}", "not a number")
    return folded_job(with_badge(job, int(badge)) if badge else job, int(count or 1))


def _device_of(job: Job, known: Circumstances) -> Device | None:
    """Return the device as it is bound now: under its id, or with its token under another, as after an installation."""
    of_channel = [device for device in known.devices or () if device.notifier == job.draft.notifier]
    named = [device for device in of_channel if device.device_id == job.device_id]
    same = [device for device in of_channel if device.token == job.token]
    return next(iter(named + same), None)


def _moved(job: Job, device: Device) -> Job:
    """Return the push for the token that the device has by now."""
    return msgspec.structs.replace(job, token=device.token, bound_at=device.bound_at)


def _too_old(job: Job, now_ms: int) -> Unwanted | None:
    return Unwanted.TOO_OLD if is_too_old(expires_ms(job), now_ms) else None


def _is_number(text: bytes) -> bool:
    return text.isdigit() and len(text) <= _DIGITS


def _is_late(job: Job, now_ms: int) -> bool:
    return job.draft.is_late or job.is_repeat or now_ms - job.draft.decided_ms > LATE_MS

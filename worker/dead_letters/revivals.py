"""Whether a dead letter can go back to its stream, and as what. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import assert_never

import msgspec

from policy.app import AppPolicy
from policy.event import MessageEvent
from worker.codec import Fault, PresenceEvent, ReadEvent, decode, decode_entry
from worker.console import Console
from worker.job import Job
from worker.outcome import expires_ms
from worker.store.letter import Letter
from worker.store.letter_name import Stage
from worker.store.revival import MOST_FIELDS, Ledger, Revival


class Kept(str, Enum):
    """Why a letter stays where it is."""

    EXPIRED = "expired"
    NO_CHANNEL = "no such channel in the configuration"
    TOO_MANY_FIELDS = "more fields than can be added again"
    STRANGE = "not from a stream of this partition"


@dataclass(frozen=True, slots=True)
class Worth:
    """What decides whether a letter is worth a retry: the clock, the apps as they are now, the size of an event."""

    now_ms: int
    apps: Mapping[str, Console]
    max_event_bytes: int

    def revival_of(self, letter: Letter) -> Revival | Kept:
        """Return what goes back to the letter's stream, or why nothing does."""
        if letter.stage is None:
            return Kept.STRANGE
        if len(letter.fields) > MOST_FIELDS:
            return Kept.TOO_MANY_FIELDS
        if letter.channel and not self._has(*letter.channel):
            # Nobody reads that outbox: the push would expire there unseen.
            return Kept.NO_CHANNEL
        end_ms = self.ends_ms(letter)
        return Kept.EXPIRED if end_ms is not None and end_ms <= self.now_ms else self._revival(letter)

    def ends_ms(self, letter: Letter) -> int | None:
        """Return until when the letter is worth a retry, milliseconds since 1970; None: no end is known."""
        if letter.stage is Stage.OUTBOX:
            job = _job(letter)
            return expires_ms(job) if job else None
        match decode_entry(letter.fields, self.max_event_bytes):
            case MessageEvent() as event:
                return event.timestamp + 1000 * self._max_age_s(event)
            case PresenceEvent() as event:
                return event.timestamp + 1000 * event.lease_s
            case ReadEvent(msg_id=None):
                # It means what was said before it came: added again, it would hold back what was said since.
                return letter.buried_ms
            case ReadEvent() | Fault():
                return None
            case event:
                assert_never(event)

    def _max_age_s(self, event: MessageEvent) -> int:
        app = self.apps.get(event.appkey)
        return (app.policy if app else AppPolicy()).max_age_s

    def _has(self, appkey: str, notifier: str) -> bool:
        app = self.apps.get(appkey)
        return app is not None and app.policy.channel(notifier) is not None

    def _revival(self, letter: Letter) -> Revival:
        job = _job(letter) if letter.stage is Stage.OUTBOX else None
        if job is None:
            return Revival(letter, letter.fields)
        # Its retries have their whole time again; its end, and what is looked at before a late send, stay as they were.
        again = msgspec.json.encode(msgspec.structs.replace(job, attempt=1, unsent=0, revived_ms=self.now_ms))
        fields = {b"badge": b"", **letter.fields, b"job": again}
        return Revival(letter, fields, Ledger(job.draft.appkey, job.draft.msg_id, job.ledger_field))


def _job(letter: Letter) -> Job | None:
    job = decode(letter.fields.get(b"job", b""), Job)
    return None if isinstance(job, Fault) else job

"""Dead letters as workers leave them, written to a server directly: any content, any time."""

import itertools
import json
from dataclasses import dataclass, field
from typing import Any

import msgspec
import redis

from tests.integration.configuration import APNS, APPKEY
from tests.integration.deployment import fresh, now_ms
from tests.jobs import changed, push_job
from worker.job import Job
from worker.store.keys import Keys

#: What must appear in nobody's terminal.
TOKEN, TITLE, BODY = "5ec3e7" * 10, "Von Berta", "Treffen am Pier um elf"
#: A second configured app.
OTHER = "org#other"
HOUR_MS = 3_600_000


def push(user: str = "bob", notifier: str = APNS, appkey: str = APPKEY, **members: Any) -> Job:
    """Return the job of a push that was given up at its last attempt, hours after it was decided."""
    decided_ms = now_ms() - 3 * HOUR_MS
    data = {"f": "alice", "m": "m", "e": {"note": BODY}}
    shown = {"title": TITLE, "body": BODY, "data": data, "expires_at": (decided_ms + 24 * HOUR_MS) // 1000}
    draft = {"appkey": appkey, "msg_id": fresh("m"), "notifier": notifier}
    job = push_job(user=user, device_id="d1", token=TOKEN, attempt=12, **draft, **shown)
    return changed(job, event_ms=decided_ms, decided_ms=decided_ms, **members)


def message(to: Any = "bob", **members: Any) -> dict[str, Any]:
    """Return a good message event."""
    payload = {"bodies": [{"type": "txt", "msg": BODY}], "ext": {"otp": 482913, "note": BODY}}
    head = {"appkey": APPKEY, "msg_id": fresh("m"), "timestamp": now_ms(), "chat_type": "chat", "from": "alice"}
    return {**head, "to": to, "payload": payload, **members}


@dataclass
class Burials:
    """Writes dead letters of one partition; ids of their own, so that a test chooses the time."""

    client: redis.Redis
    keys: Keys = field(default_factory=Keys)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def job(self, job: Job | bytes, reason: str = "ambiguous: 12 attempts", *, at_ms: int = 0, stream: str = "") -> str:
        """Bury a push that was given up; return what it is called."""
        known = (job.draft.appkey, job.draft.notifier) if isinstance(job, Job) else (APPKEY, APNS)
        value = msgspec.json.encode(job) if isinstance(job, Job) else job
        members = {"stream": stream or self.keys.outbox(*known), "id": "", "field": "job", "value": value}
        return self._add({**members, "path": "", "reason": reason}, at_ms)

    def event(self, fields: Any, reason: str = "missing", path: str = "$.msg_id", *, at_ms: int = 0) -> str:
        """Bury an entry of the events stream, one dead letter for each field; return what it is called."""
        entry = {"stream": self.keys.events, "id": f"{next(self._numbers)}-1", "path": path, "reason": reason}
        names = []
        for name, value in fields.items():
            text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value
            names.append(self._add({**entry, "field": name, "value": text}, at_ms))
        return names[0]

    def left(self) -> list[str]:
        """Return the names of all dead letters there are, oldest first."""
        entries: Any = self.client.xrange(self.keys.dead)
        return [f"p{self.keys.number}:{entry_id.decode()}" for entry_id, _ in entries]

    def entries(self, stream: str) -> list[dict[bytes, bytes]]:
        """Return what is on a stream, oldest first."""
        entries: Any = self.client.xrange(stream)
        return [fields for _, fields in entries]

    def _add(self, members: dict[str, Any], at_ms: int) -> str:
        fields: Any = {**members, "at": now_ms()}
        entry_id: Any = self.client.xadd(self.keys.dead, fields, id=f"{at_ms}-*" if at_ms else "*")
        return f"p{self.keys.number}:{entry_id.decode()}"

"""Jobs for tests: a message to bob, for his one phone. Every test names only what is different in its own case."""

from typing import Any

import msgspec

from providers.notification import Notification
from tests.factories import NOW
from worker.job import Draft, Job

_JOB = Job("bob", "d", "t", Draft("org#app", "m", "n", Notification(), event_ms=NOW, decided_ms=NOW))


def push_job(**members: Any) -> Job:
    """Return the job of a push."""
    return changed(_JOB, **members)


def changed(job: Job, **members: Any) -> Job:
    """Return the job with other members: each goes where it belongs, to the job, to its draft, or to what is shown."""
    own, drafted = (_taken(members, kind) for kind in (Job, Draft))
    shown = msgspec.structs.replace(job.draft.notification, **members)
    draft = msgspec.structs.replace(job.draft, **{"notification": shown, **drafted})
    return msgspec.structs.replace(job, **{"draft": draft, **own})


def _taken(members: dict[str, Any], kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {name: members.pop(name) for name in kind.__struct_fields__ if name in members}

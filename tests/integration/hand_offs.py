"""Hand-offs as the dispatcher makes them: a message event decided for its receivers, with real jobs."""

from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis

from tests.factories import decoded, event_record
from tests.integration.configuration import APPKEY, NOTIFIERS
from tests.integration.script_calls import Run
from worker.console import Console
from worker.notifications import Wording
from worker.store.hand_off import HandOff, HandOffStore, Memory
from worker.store.keys import Keys, Partitions
from worker.store.scripts import Scripts


def hand_offs(users: Sequence[str], at: int, **event: Any) -> list[HandOff]:
    """Return what a message to users leads to, decided at ``at``: each has one phone."""
    record = {
        "at": at,
        "event": event_record(**{"to": list(users), "timestamp": at, **event}),
        "app": {"appkey": APPKEY},
        "recipients": [{"user": user, "devices": [_phone(user)]} for user in users],
    }
    case = decoded(record)
    message = case.message()
    return [
        HandOff(decision, Wording(message, Console(case.app)).jobs(decision), None) for decision in case.decisions()
    ]


def hand_over(run: Run, found: Sequence[HandOff], memory: Memory, entry_ids: Sequence[bytes] = ()) -> list[bool]:
    """Write hand-offs; tell which were new."""

    def write(client: Redis) -> Any:
        return HandOffStore(Scripts(client), Keys(), Partitions(), memory).write(found, entry_ids)

    fresh: list[bool] = run(write)
    return fresh


def _phone(user: str) -> dict[str, Any]:
    return {"device_id": f"ios_{user}", "notifier": NOTIFIERS["apns"], "token": user.encode().hex().ljust(64, "0")}

"""One channel's outbox: the beginning of its sends, and pushes to be sent again."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from policy.receiver import Device, Presence
from worker.job import Job
from worker.store.keys import Keys
from worker.store.receivers import connections_of, devices_of
from worker.store.scripts import Argument, KeyTable, Scripts
from worker.store.stream import GROUP

#: Milliseconds since 1970 have no more digits (``policy.event.Milliseconds``).
_TIME_DIGITS = 14


class Beginning(NamedTuple):
    """A send that is to begin. ``state`` is what the ledger says from now on; a late one is looked at again."""

    entry_id: bytes
    job: Job
    state: str
    is_late: bool


class Circumstances(msgspec.Struct, frozen=True):
    """What is known of a push when its send begins.

    ``is_ours`` is false when another worker has taken the push over: it is that worker's to send. ``state`` is what the
    message's ledger said before; None: it has forgotten the message. The others are read for late pushes only: when the
    receiver read it, and the time of the newest push that replaces this one, milliseconds since 1970; the devices the
    receiver has bound, None: they cannot be read.
    """

    is_ours: bool = True
    state: str | None = None
    presence: list[Presence] = []
    devices: list[Device] | None = None
    read_ms: int = 0
    message_is_read: bool = False
    latest_ms: int = 0


class OutboxStore:
    """Begins sends of one channel in one partition, and brings retries back when they are due."""

    def __init__(self, scripts: Scripts, keys: Keys, appkey: str, notifier: str, provider: str) -> None:
        """Bind; nothing is sent before the first call. ``provider`` is the channel's vendor."""
        self._scripts, self._keys, self.appkey, self.provider = scripts, keys, appkey, provider
        self.stream, self.schedule = keys.outbox(appkey, notifier), keys.retry(appkey, notifier)

    async def begin(self, consumer: str, sends: Sequence[Beginning]) -> list[Circumstances]:
        """Write that these sends of a consumer begin, and return the circumstances of each."""
        table = KeyTable(self.stream)
        arguments: list[Argument] = [GROUP, consumer]
        for entry_id, job, state, is_late in sends:
            message = table.index(self._keys.message(job.draft.appkey, job.draft.msg_id))
            arguments += [entry_id, message, job.ledger_field, state, int(is_late)]
            arguments += self._late_arguments(job, table) if is_late else []
        rows = await self._scripts.run("begin", table.keys, arguments)
        return [_circumstances(row) for row in rows]

    async def bring_due(self, now_ms: int, count: int) -> int:
        """Move retries whose time has come back to the outbox; return how many."""
        return int(await self._scripts.run("due", [self.schedule, self.stream], [now_ms, count]))

    def _late_arguments(self, job: Job, table: KeyTable) -> list[Argument]:
        keys, field_, draft = self._keys, job.latest_field, job.draft
        user, marks = keys.user(draft.appkey, job.user), keys.read_marks(draft.appkey, job.user)
        conversation, own_mark = draft.conversation, f"m:{draft.msg_id}"
        arguments: list[Argument] = [table.index(user), table.index(marks), conversation, own_mark, field_]
        return [*arguments, table.index(keys.latest(draft.appkey, job.user))] if field_ else arguments


def _circumstances(row: Sequence[Any]) -> Circumstances:
    is_ours, state, *looked_up = row
    said = state.decode() if state else None
    if not looked_up:
        return Circumstances(bool(is_ours), said)
    presence, devices, all_read, conversation_read, message_read, latest = looked_up
    return Circumstances(
        bool(is_ours),
        said,
        connections_of(presence) if presence else [],
        devices_of(devices),
        max(_time(all_read), _time(conversation_read)),
        bool(message_read),
        _time(latest),
    )


def _time(text: bytes | None) -> int:
    """Return a time mark; what is none counts as never."""
    return int(text) if text and text.isdigit() and len(text) <= _TIME_DIGITS else 0

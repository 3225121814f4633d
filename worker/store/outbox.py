"""One channel's outbox: the beginning of sends, the settling of what was sent, and pushes to be sent again."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, get_args

import msgspec

from policy.receiver import Device, Presence
from worker.job import Job
from worker.store.keys import Keys
from worker.store.receivers import connections_of, devices_of
from worker.store.scripts import Argument, KeyTable, Scripts
from worker.store.stream import GROUP

_JSON = msgspec.json.Encoder()
#: Milliseconds since 1970 have no more digits (``policy.event.Milliseconds``).
_TIME_DIGITS = 14


class Done(msgspec.Struct, frozen=True):
    """Nothing is left to do: accepted, rejected for good, or expired."""


class Retire(msgspec.Struct, frozen=True):
    """The token is dead: keep it aside with the reason. ``died_at`` is milliseconds since 1970, if known."""

    reason: str
    died_at: int | None = None


class Retry(msgspec.Struct, frozen=True):
    """Send again at this time, milliseconds since 1970. ``job`` is the job of the next attempt."""

    at_ms: int
    job: Job


class Bury(msgspec.Struct, frozen=True):
    """Given up: to the dead letters, with the reason."""

    reason: str


Action = Done | Retire | Retry | Bury
_NAMES = {kind: kind.__name__.lower() for kind in get_args(Action)}


class Settlement(msgspec.Struct, frozen=True):
    """What became of one send. ``outcome`` is counted; ``state`` stands in the message's ledger."""

    entry_id: bytes
    job: Job
    outcome: str
    state: str
    action: Action


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
    """Begins and settles sends of one channel, and brings retries back when they are due."""

    def __init__(
        self, scripts: Scripts, keys: Keys, appkey: str, notifier: str, provider: str, retired_s: int = 604_800
    ) -> None:
        """Bind to one channel of one partition. ``retired_s`` is how long a retired token is kept aside."""
        self._scripts, self._keys, self._appkey, self._provider = scripts, keys, appkey, provider
        self._retired_ms = retired_s * 1000
        self.stream = keys.outbox(appkey, notifier)
        self._schedule = keys.retry(appkey, notifier)

    async def begin(self, consumer: str, sends: Sequence[Beginning]) -> list[Circumstances]:
        """Write that these sends of a consumer begin, and return the circumstances of each."""
        table = KeyTable(self.stream)
        arguments: list[Argument] = [GROUP, consumer]
        for entry_id, job, state, is_late in sends:
            message = table.index(self._keys.message(job.appkey, job.msg_id))
            arguments += [entry_id, message, job.ledger_field, state, int(is_late)]
            arguments += self._late_arguments(job, table) if is_late else []
        rows = await self._scripts.run("begin", table.keys, arguments)
        return [_circumstances(row) for row in rows]

    async def settle(self, settlements: Sequence[Settlement], now_ms: int) -> list[bool]:
        """Settle a batch in one script; tell which were settled by this call."""
        day = datetime.fromtimestamp(now_ms / 1000, UTC).date().isoformat()
        table = KeyTable(self.stream, self._schedule, self._keys.dead, self._keys.statistics(self._appkey, day))
        arguments: list[Argument] = [GROUP, now_ms, self._retired_ms, len(settlements)]
        for settlement in settlements:
            arguments += self._arguments(settlement, table)
        flags = await self._scripts.run("settle", table.keys, arguments)
        return [bool(flag) for flag in flags]

    async def bring_due(self, now_ms: int, count: int) -> int:
        """Move retries whose time has come back to the outbox; return how many."""
        return int(await self._scripts.run("due", [self._schedule, self.stream], [now_ms, count]))

    def _late_arguments(self, job: Job, table: KeyTable) -> list[Argument]:
        keys, field_ = self._keys, job.latest_field
        user, marks = keys.user(job.appkey, job.user), keys.read_marks(job.appkey, job.user)
        arguments: list[Argument] = [table.index(user), table.index(marks), job.conversation, f"m:{job.msg_id}", field_]
        return [*arguments, table.index(keys.latest(job.appkey, job.user))] if field_ else arguments

    def _arguments(self, settlement: Settlement, table: KeyTable) -> list[Argument]:
        job = settlement.job
        head: list[Argument] = [
            settlement.entry_id,
            _NAMES[type(settlement.action)],
            table.index(self._keys.message(job.appkey, job.msg_id)),
            job.ledger_field,
            settlement.state,
            f"{self._provider}:{settlement.outcome}",
        ]
        return head + self._action_arguments(settlement.action, job, table)

    def _action_arguments(self, action: Action, job: Job, table: KeyTable) -> list[Argument]:
        match action:
            case Done():
                return []
            case Retire(reason, died_at):
                user = table.index(self._keys.user(job.appkey, job.user))
                # Without the vendor's date, what was bound after this push was made is not what the vendor judged.
                died = job.bound_at if died_at is None else died_at
                return [user, job.device_id, job.notifier, job.notification.token, died, reason]
            case Retry(at_ms, next_job):
                return [at_ms, _JSON.encode(next_job)]
            case Bury(reason):
                return [_JSON.encode(job), reason]


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

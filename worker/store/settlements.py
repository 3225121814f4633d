"""What became of sends, written for all channels of a partition together."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import get_args

import msgspec
from redis.exceptions import ResponseError

from worker.job import Job
from worker.store.keys import Keys
from worker.store.outbox import OutboxStore
from worker.store.scripts import Argument, KeyTable, Scripts
from worker.store.stream import GROUP
from worker.store.trouble import is_passing

_JSON = msgspec.json.Encoder()


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
_DONE = _NAMES[Done]


class Settlement(msgspec.Struct, frozen=True):
    """What became of one send. ``outcome`` is counted; ``state`` stands in the message's ledger."""

    entry_id: bytes
    job: Job
    outcome: str
    state: str
    action: Action


#: Settlements by the outbox that their entries are on.
Settlements = Mapping[OutboxStore, Sequence[Settlement]]
#: Whether this call has settled a send, or why it cannot be settled.
Settled = bool | ResponseError


class SettlementStore:
    """Settles sends of any channel of one partition."""

    def __init__(self, scripts: Scripts, keys: Keys, retired_s: int = 604_800) -> None:
        """Bind to a partition. ``retired_s`` is how long a retired token is kept aside."""
        self._scripts, self._keys, self._retired_ms = scripts, keys, retired_s * 1000

    async def settle(self, settlements: Settlements, now_ms: int) -> list[Settled]:
        """Settle a batch in one script; tell of each, outbox by outbox, what came of it.

        Raises:
            ResponseError: a condition of the server kept one from being settled; it passes.
        """
        day = datetime.fromtimestamp(now_ms / 1000, UTC).date().isoformat()
        table = KeyTable(self._keys.dead)
        arguments: list[Argument] = [GROUP, now_ms, self._retired_ms, len(settlements)]
        for outbox, each in settlements.items():
            runs = list(_runs(each))
            statistics = table.index(self._keys.statistics(outbox.appkey, day))
            arguments += (table.index(outbox.stream), statistics, len(runs))
            for run in runs:
                arguments += self._arguments(outbox, run, table)
        return [_settled(answer) for answer in await self._scripts.run("settle", table.keys, arguments)]

    def _arguments(self, outbox: OutboxStore, run: Sequence[Settlement], table: KeyTable) -> list[Argument]:
        first = run[0]
        draft, name = first.job.draft, _NAMES[type(first.action)]
        message = table.index(self._keys.message(draft.appkey, draft.msg_id))
        arguments: list[Argument] = [name, message, f"{outbox.provider}:{first.outcome}", len(run)]
        for settlement in run:
            job, action = settlement.job, settlement.action
            arguments += (settlement.entry_id, job.ledger_field, settlement.state)
            if name != _DONE:
                arguments += self._action_arguments(outbox, action, job, table)
        return arguments

    def _action_arguments(self, outbox: OutboxStore, action: Action, job: Job, table: KeyTable) -> list[Argument]:
        match action:
            case Done():
                return []
            case Retire(reason, died_at):
                user = table.index(self._keys.user(job.draft.appkey, job.user))
                # Without the vendor's date, what was bound after this push was made is not what the vendor judged.
                died = job.bound_at if died_at is None else died_at
                return [user, job.device_id, job.draft.notifier, job.token, died, reason]
            case Retry(at_ms, next_job):
                return [table.index(outbox.schedule), at_ms, _JSON.encode(next_job)]
            case Bury(reason):
                return [_JSON.encode(job), reason]


def _runs(settlements: Sequence[Settlement]) -> Iterator[list[Settlement]]:
    """Part settlements into runs of one message that end alike. They come so: those of a request together."""
    for _, run in groupby(settlements, _end):
        yield list(run)


def _end(settlement: Settlement) -> tuple[int, str, type[Action]]:
    return id(settlement.job.draft), settlement.outcome, type(settlement.action)


def _settled(answer: int | ResponseError) -> Settled:
    if isinstance(answer, int):
        return answer == 1
    if is_passing(answer):
        raise answer
    return answer

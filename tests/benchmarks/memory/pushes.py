"""What notifications take: those that wait, and those that are remembered. One message, one receiver, one iPhone."""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence

import redis
from redis.asyncio import Redis

from providers.result import Accepted
from tests.benchmarks.growth.population import Kind, populate, tokens_of
from tests.benchmarks.memory.counted import used_memory
from tests.benchmarks.rig import event_of
from tests.benchmarks.turn import NICKNAME, message_id, user_of
from tests.factories import decoded
from tests.integration.configuration import APPKEY, NOTIFIERS
from tests.integration.script_calls import runner, stream_of
from worker.admission import pushes_of
from worker.clock import wall_clock
from worker.console import Console
from worker.notifications import Wording
from worker.outcome import Repeats, settlement_of
from worker.store.hand_off import HandOff, HandOffStore, Memory
from worker.store.keys import Keys, Partitions
from worker.store.outbox import OutboxStore
from worker.store.scripts import Scripts
from worker.store.settlements import SettlementStore

_USERS, _AT_A_TIME = 1_000, 200
_NOTIFIER = NOTIFIERS["apns"]
_KEYS = Keys()
_OUTBOX = _KEYS.outbox(APPKEY, _NOTIFIER)


def bytes_of_pending(client: redis.Redis, url: str, items: int) -> Mapping[str, float]:
    """Return the bytes of a push that waits, and what of them is where."""
    before = _prepared(client, url)
    runner(url)(lambda connection: _hand_over(connection, items))
    _require(client, waiting=items, remembered=items)
    sizes = [used_memory(client)]
    for key in (_OUTBOX, _KEYS.journal):
        client.delete(key)
        sizes.append(used_memory(client))
    whole, without_outbox, ledger = ((size - before) / items for size in sizes)
    return {
        "pending": whole,
        "pending: outbox": whole - without_outbox,
        "pending: journal": without_outbox - ledger,
        "pending: ledger": ledger,
    }


def bytes_of_delivered(client: redis.Redis, url: str, items: int) -> Mapping[str, float]:
    """Return the bytes by which the ledger remembers a push that the vendor took."""
    before = _prepared(client, url)
    runner(url)(lambda connection: _deliver(connection, items))
    _require(client, waiting=0, remembered=items)
    client.delete(_OUTBOX, _KEYS.journal)
    return {"delivered": (used_memory(client) - before) / items}


def _prepared(client: redis.Redis, url: str) -> int:
    """Return what users take whose badges count already."""
    client.flushall()
    populate(client, url, range(_USERS), Kind())
    pipe = client.pipeline(transaction=False)
    for number in range(_USERS):
        pipe.hset(_KEYS.user(APPKEY, user_of("apns", number)), "b", "1")
    pipe.execute()
    return used_memory(client)


def _require(client: redis.Redis, *, waiting: int, remembered: int) -> None:
    """Nothing less and nothing more than what the bytes are divided by."""
    found = client.xlen(_OUTBOX), client.xlen(_KEYS.journal), client.xlen(_KEYS.ledger)
    assert found == (waiting, remembered, remembered), found


async def _deliver(connection: Redis, items: int) -> None:
    stream = stream_of(connection, _OUTBOX)
    await stream.create_group()
    await _hand_over(connection, items)
    scripts = Scripts(connection)
    outbox, store = OutboxStore(scripts, _KEYS, APPKEY, _NOTIFIER, "apns"), SettlementStore(scripts, _KEYS)
    while entries := await stream.read(_AT_A_TIME, 1):
        pushes, _ = pushes_of(entries)
        settlements = [
            settlement_of(push.entry_id, push.job, Accepted(str(uuid.uuid4())), Repeats(), wall_clock(), 0.0)
            for push in pushes
        ]
        await store.settle({outbox: settlements}, wall_clock())


async def _hand_over(connection: Redis, items: int) -> None:
    store = HandOffStore(Scripts(connection), _KEYS, Partitions(), Memory(journal_max=10 * items))
    for start in range(0, items, _AT_A_TIME):
        await store.write(_hand_offs(range(start, min(start + _AT_A_TIME, items))), ())


def _hand_offs(numbers: Sequence[int]) -> Iterator[HandOff]:
    for number in numbers:
        case = decoded(_case(message_id(0, number), number % _USERS))
        message, console = case.message(), Console(case.app)
        for decision in case.decisions():
            yield HandOff(decision, Wording(message, console).jobs(decision))


def _case(msg_id: str, number: int) -> Mapping[str, object]:
    user, (token,) = user_of("apns", number), tokens_of(number, 1)
    device = {"device_id": "apns_1", "notifier": _NOTIFIER, "token": token, "bound_at": 1}
    return {
        "at": wall_clock(),
        "event": json.loads(event_of(msg_id, [user], is_group=False)),
        "app": {"appkey": APPKEY, "channels": [{"notifier": _NOTIFIER, "provider": "apns"}]},
        "recipients": [{"user": user, "devices": [device], "settings": {"style": 1}}],
        "sender": {"nickname": NICKNAME},
    }

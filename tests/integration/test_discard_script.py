"""The outbox of a deleted channel goes when nothing waits and nobody reads, and nothing is ever lost by that."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import redis
from redis.asyncio import Redis

from tests.integration.script_calls import Run
from worker.embedded import EmbeddedServer
from worker.store.channels import ChannelStore
from worker.store.connection import connect
from worker.store.keys import Partitions
from worker.store.scripts import Scripts
from worker.store.stream import GROUP, Stream

APPKEY, NOTIFIER = "org#app", "n"
PARTITIONS = Partitions(3)
LAST = PARTITIONS.all[-1]
OUTBOX = LAST.outbox(APPKEY, NOTIFIER)
Prepare = Callable[[redis.Redis], Any]


@pytest.fixture
def discard(run: Run) -> Callable[[int], bool]:
    """Discard the outboxes of all partitions; ``gone_ms`` of silence are a reader's end."""

    async def discarded(client: Redis, gone_ms: int) -> bool:
        return await ChannelStore(client, PARTITIONS, gone_ms).discard(APPKEY, NOTIFIER)

    return lambda gone_ms: bool(run(lambda client: discarded(client, gone_ms)))


@pytest.fixture
def emptied(database: redis.Redis) -> redis.Redis:
    """An outbox that had one push and one reader, which has settled it and is silent."""
    for keys in PARTITIONS.all:
        database.xgroup_create(keys.outbox(APPKEY, NOTIFIER), GROUP, id="0", mkstream=True)
    entry: Any = database.xadd(OUTBOX, {"job": "x"})
    database.xreadgroup(GROUP, "a reader", {OUTBOX: ">"})
    database.xack(OUTBOX, GROUP, entry)
    database.xdel(OUTBOX, entry)
    return database


def test_an_empty_one_goes(emptied: redis.Redis, discard: Callable[[int], bool]) -> None:
    """With its group, in every partition; and doing so again is harmless."""
    assert discard(0)
    assert not emptied.keys("*:out:*")
    assert discard(0)


def test_one_that_is_read_stays(emptied: redis.Redis, discard: Callable[[int], bool]) -> None:
    """A reader that was there a moment ago is there; once it has left, or was silent for long, it goes."""
    assert not discard(60_000)
    assert emptied.exists(OUTBOX)
    emptied.xgroup_delconsumer(OUTBOX, GROUP, "a reader")
    assert discard(60_000)


#: What may wait for a channel.
WAITING: dict[str, Prepare] = {
    "a push": lambda client: client.xadd(OUTBOX, {"job": "x"}),
    "a push that is being sent": lambda client: (
        client.xadd(OUTBOX, {"job": "x"}),
        client.xreadgroup(GROUP, "a reader", {OUTBOX: ">"}),
    ),
    "one to be sent again": lambda client: client.zadd(LAST.retry(APPKEY, NOTIFIER), {"x": 1}),
    "a late one": lambda client: client.zadd(LAST.late_ready(APPKEY, NOTIFIER), {"x": 1}),
    "one that is being folded": lambda client: client.zadd(LAST.late_folding(APPKEY, NOTIFIER), {"x": 1}),
}


@pytest.mark.parametrize("prepare", WAITING.values(), ids=list(WAITING))
def test_one_that_is_needed_stays(emptied: redis.Redis, discard: Callable[[int], bool], prepare: Prepare) -> None:
    """Whatever waits, in whichever partition."""
    prepare(emptied)
    assert not discard(0)
    assert emptied.exists(OUTBOX)


def test_what_is_no_outbox_is_left_alone(database: redis.Redis, discard: Callable[[int], bool]) -> None:
    """Another program's key, and a stream without the group."""
    database.set(OUTBOX, "nonsense")
    assert discard(0)
    assert database.get(OUTBOX) == b"nonsense"
    database.delete(OUTBOX)
    database.xdel(OUTBOX, database.xadd(OUTBOX, {"job": "x"}))
    assert discard(60_000)
    assert not database.exists(OUTBOX)


async def _reads(url: str, wanted: int) -> list[bytes]:
    """Read as a lane does, and settle, until so many entries have come."""
    connection = connect(url, block_ms=50)
    stream = Stream(connection.reader, Scripts(connection.writer), OUTBOX, "a lane", lease_ms=60_000)
    seen: list[bytes] = []
    try:
        await stream.create_group()
        while len(seen) < wanted:
            for entry in await stream.read(10, 50):
                seen.append(entry.fields[b"job"])
                await connection.writer.xack(OUTBOX, GROUP, entry.id)
                await connection.writer.xdel(OUTBOX, entry.id)
    finally:
        await connection.aclose()
    return seen


def test_one_that_is_read_all_the_same(redis_server: EmbeddedServer, run: Run) -> None:
    """A channel made again while its outbox goes: every push that is added meanwhile is read, and once."""
    jobs = [str(number).encode() for number in range(400)]

    async def race(client: Redis) -> tuple[list[bytes], int]:
        store, gone = ChannelStore(client, PARTITIONS, gone_ms=0), 0
        reading = asyncio.create_task(_reads(redis_server.url, len(jobs)))
        for job in jobs:
            await client.xadd(OUTBOX, {"job": job})
            for _ in range(3):
                await store.discard(APPKEY, NOTIFIER)
                gone += not await client.exists(OUTBOX)
        return await asyncio.wait_for(reading, 30), gone

    seen, gone = run(race)
    assert sorted(seen) == sorted(jobs)
    assert gone

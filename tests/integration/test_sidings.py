"""Sidings: what a flood puts aside, what goes past it, and that each app's events keep their order and their ids."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, NamedTuple

import pytest
import redis

from tests.factories import event_record
from worker.app_order import SORTED_TOGETHER
from worker.codec import PresenceEvent
from worker.embedded import EmbeddedServer
from worker.sidings import FLOOD, Sidings
from worker.store.connection import Connection, connect
from worker.store.keys import Keys, Partitions
from worker.store.presence import PresenceStore
from worker.store.scripts import Scripts
from worker.store.sidings import SidingStore
from worker.store.stream import GROUP, Entry, Stream, added_ms

KEYS = Keys()
ONE, OTHER, UNKNOWN = "org#one", "org#other", "org#unknown"
BATCH = 200


class Reader(NamedTuple):
    """What an ingest has: the stream, and the sidings."""

    stream: Stream
    sidings: Sidings
    scripts: Scripts


Work = Callable[[Reader], Coroutine[Any, Any, Any]]
Run = Callable[[Work], Any]


@pytest.fixture
def run(redis_server: EmbeddedServer, database: redis.Redis) -> Run:
    """Run a coroutine as an ingest of two apps does."""
    database.xgroup_create(KEYS.events, GROUP, id="0", mkstream=True)

    def reader(connection: Connection) -> Reader:
        scripts = Scripts(connection.writer)
        sidings = Sidings(SidingStore(scripts, KEYS), (ONE, OTHER), BATCH)
        return Reader(Stream(connection.reader, scripts, KEYS.events, "me", 60_000), sidings, scripts)

    def run(work: Work) -> Any:
        async def with_client() -> Any:
            connection = connect(redis_server.url, 1000)
            try:
                return await work(reader(connection))
            finally:
                await connection.aclose()

        return asyncio.run(with_client())

    return run


def add(database: redis.Redis, app: str, *numbers: int) -> list[bytes]:
    """Add messages; return their ids."""
    pipe = database.pipeline(transaction=False)
    for number in numbers:
        pipe.xadd(KEYS.events, {"message": json.dumps(event_record(appkey=app, msg_id=f"m{number}"))})
    return list(pipe.execute())


async def sort(reader: Reader) -> list[Entry]:
    """Read once and put aside what belongs there; return what is to be processed."""
    return await reader.sidings.divert(await reader.stream.read(BATCH, 1))


def aside(database: redis.Redis, app: str) -> list[bytes]:
    """Return the ids with which events came that are in an app's siding, in their order there."""
    entries: Any = database.xrange(KEYS.siding(app))
    return [fields[b"origin"] for _, fields in entries]


def messages(entries: Sequence[Entry]) -> list[str]:
    """Return the message ids."""
    return [json.loads(entry.fields[b"message"])["msg_id"] for entry in entries]


def test_without_a_flood_nothing_is_put_aside(run: Run, database: redis.Redis) -> None:
    """A full batch with little behind it is processed as it is."""
    add(database, ONE, *range(FLOOD))
    assert len(run(sort)) == BATCH
    assert database.exists(KEYS.siding(ONE), KEYS.sidings) == 0


def test_a_flood_is_sorted(run: Run, database: redis.Redis) -> None:
    """Each app's events wait in its siding, in order, with their ids; the events stream is free of them."""
    ones = add(database, ONE, *range(FLOOD))
    others = add(database, OTHER, *range(300))
    add(database, ONE, *range(FLOOD))

    async def sort_all(reader: Reader) -> list[Entry]:
        left = await sort(reader)
        while reader.sidings.is_flood:
            left += await sort(reader)
        return left

    assert run(sort_all) == []
    assert aside(database, ONE)[:FLOOD] == ones
    assert aside(database, OTHER) == others
    assert database.xlen(KEYS.events) <= FLOOD
    summary: Any = database.xpending(KEYS.events, GROUP)
    assert summary["pending"] == 0


@pytest.mark.parametrize("is_open", [False, True])
def test_what_was_read_along_goes_behind_what_is_aside(run: Run, database: redis.Redis, *, is_open: bool) -> None:
    """However much it is; a flood is not looked for again."""
    if is_open:
        database.sadd(KEYS.sidings, ONE)
        database.xadd(KEYS.siding(ONE), {"message": "{}", "origin": "1-1"})
    ids = add(database, ONE, *range(SORTED_TOGETHER + FLOOD + 1))

    async def sort_along(reader: Reader) -> list[Entry]:
        await reader.sidings.refresh()
        entries = await reader.stream.read(SORTED_TOGETHER, 1)
        return await reader.sidings.divert(entries, may_be_flood=False)

    kept = [entry.id for entry in run(sort_along)]
    assert (kept, aside(database, ONE)[1:]) == (([], ids[:SORTED_TOGETHER]) if is_open else (ids[:SORTED_TOGETHER], []))


def test_what_is_no_event_of_a_known_app_stays(run: Run, database: redis.Redis) -> None:
    """What cannot be read, apps nobody configured and what another worker had before are processed at once."""
    strange: list[dict[Any, Any]] = [
        {"message": "{"},
        {"message": json.dumps(event_record(appkey=UNKNOWN))},
        {"message": json.dumps(event_record(appkey=ONE)), "trace": "1"},
        {"massage": json.dumps(event_record(appkey=ONE))},
        {b"\xff": "{}"},
    ]
    ids = [database.xadd(KEYS.events, fields) for fields in strange]
    add(database, ONE, *range(FLOOD + BATCH + 1))

    async def with_one_taken_over(reader: Reader) -> list[Entry]:
        entries = await reader.stream.read(BATCH, 1)
        entries[-1] = entries[-1]._replace(deliveries=2)
        return await reader.sidings.divert(entries)

    left = run(with_one_taken_over)
    assert [entry.id for entry in left[:-1]] == ids
    assert (len(left), left[-1].deliveries) == (len(strange) + 1, 2)


def test_new_events_go_behind_what_is_aside(run: Run, database: redis.Redis) -> None:
    """While an app's siding holds anything, its new events go there too; those of other apps do not wait."""
    database.sadd(KEYS.sidings, ONE)
    database.xadd(KEYS.siding(ONE), {"message": "{}", "origin": "1-1"})
    (mine,) = add(database, ONE, 1)
    add(database, OTHER, 2)

    async def refreshed(reader: Reader) -> list[Entry]:
        assert await reader.sidings.refresh() == {ONE}
        return await sort(reader)

    assert messages(run(refreshed)) == ["m2"]
    assert aside(database, ONE) == [b"1-1", mine]


def test_a_siding_that_is_empty_is_closed(run: Run, database: redis.Redis) -> None:
    """When all of it is acknowledged, the app's events are processed as they come."""
    database.sadd(KEYS.sidings, ONE)
    entry_id: Any = database.xadd(KEYS.siding(ONE), {"message": "{}"})
    database.xdel(KEYS.siding(ONE), entry_id)
    add(database, ONE, 1)

    async def refreshed(reader: Reader) -> list[Entry]:
        assert await reader.sidings.refresh() == set()
        return await sort(reader)

    assert messages(run(refreshed)) == ["m1"]


def test_what_was_put_aside_meanwhile_is_known(run: Run, database: redis.Redis) -> None:
    """A look that was overtaken by a diversion does not forget it."""
    add(database, ONE, *range(FLOOD + BATCH + 1))

    async def together(reader: Reader) -> set[str]:
        entries = await reader.stream.read(BATCH, 1)
        await asyncio.gather(reader.sidings.refresh(), reader.sidings.divert(entries))
        return await reader.sidings.refresh()

    assert run(together) == {ONE}


def test_an_event_is_put_aside_once(run: Run, database: redis.Redis) -> None:
    """Of two workers that put the same event aside, one does."""
    add(database, ONE, 1)

    async def twice(reader: Reader) -> list[list[bool]]:
        store = SidingStore(reader.scripts, KEYS)
        pairs = [(ONE, entry) for entry in await reader.stream.read(BATCH, 1)]
        return [await store.divert(pairs), await store.divert(pairs)]

    assert run(twice) == [[True], [False]]
    assert len(aside(database, ONE)) == 1


def test_presence_keeps_its_place_in_time(run: Run, database: redis.Redis) -> None:
    """An arrival that waited in a siding brings nobody back who has left since."""
    gone: Any = database.xadd(KEYS.events, {"presence": "…"}, id="1790000000000-0")
    entry_id: Any = database.xadd(KEYS.siding(ONE), {"presence": "…", "origin": "1789999990000-0"})
    database.xgroup_create(KEYS.siding(ONE), GROUP, id="0")
    database.xreadgroup(GROUP, "me", {KEYS.siding(ONE): ">", KEYS.events: ">"})
    far = 99_999_999_999_999

    async def apply(reader: Reader) -> list[int]:
        direct = PresenceStore(reader.scripts, KEYS, Partitions(), 60)
        siding = PresenceStore(reader.scripts, KEYS, Partitions(), 60, KEYS.siding(ONE))
        departure = PresenceEvent(ONE, "bob", "web_1", "offline", far)
        arrival = PresenceEvent(ONE, "bob", "web_1", "online", far)
        origins = {entry_id: b"1789999990000-0"}
        return [await direct.apply([(gone, departure)]), await siding.apply([(entry_id, arrival)], origins)]

    assert run(apply) == [1, 1]
    (connection,) = json.loads(database.hget(KEYS.user(ONE, "bob"), "p") or "[]")
    assert connection["online_until"] == 0
    assert database.xlen(KEYS.siding(ONE)) == 0


def test_a_lease_from_a_siding_begins_when_it_was_added(run: Run, database: redis.Redis) -> None:
    """A gateway's clock ahead lengthens no lease, however long the event was aside."""
    entry_id: Any = database.xadd(KEYS.siding(ONE), {"presence": "…"})
    database.xgroup_create(KEYS.siding(ONE), GROUP, id="0")
    database.xreadgroup(GROUP, "me", {KEYS.siding(ONE): ">"})
    origin = b"1789999990000-0"

    async def apply(reader: Reader) -> int:
        store = PresenceStore(reader.scripts, KEYS, Partitions(), 60, KEYS.siding(ONE))
        arrival = PresenceEvent(ONE, "bob", "web_1", "online", 99_999_999_999_999, lease_s=60)
        return await store.apply([(entry_id, arrival)], {entry_id: origin})

    assert run(apply) == 1
    (connection,) = json.loads(database.hget(KEYS.user(ONE, "bob"), "p") or "[]")
    assert connection["online_until"] == added_ms(origin) + 60_000

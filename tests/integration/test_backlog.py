"""What waits in a stream, and how a worker notices that it reads at the wrong server."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import redis
from prometheus_client import REGISTRY

from tests.integration.eventually import eventually
from tests.unit.worker.clocks import Hand, logged
from worker.backlog_watch import BacklogWatch, Labels, Shelf
from worker.embedded import EmbeddedServer
from worker.health import Health
from worker.store.backlog import Backlog, BacklogStore, ObservedStream
from worker.store.connection import connect
from worker.store.keys import Keys
from worker.store.scripts import Scripts
from worker.store.stream import GROUP

STREAM = "push:{p0}:events"
#: Reads end when the test says so.
BLOCK_MS = 60_000


async def ask(url: str, *streams: str) -> list[Backlog]:
    """Return the backlog of each stream."""
    connection = connect(url)
    try:
        return await BacklogStore(Scripts(connection.writer)).of(streams)
    finally:
        await connection.aclose()


@pytest.fixture
def backlog(redis_server: EmbeddedServer, database: redis.Redis) -> Callable[[], Backlog]:
    """Ask for the stream's backlog."""
    assert database.ping()
    return lambda: asyncio.run(ask(redis_server.url, STREAM))[0]


def test_no_stream_is_no_backlog(backlog: Callable[[], Backlog]) -> None:
    """Before the first event there is nothing."""
    assert backlog() == Backlog(0, 0, has_unread=False)


def test_entries_without_a_group_are_unread(backlog: Callable[[], Backlog], database: redis.Redis) -> None:
    """As at a server that took over without knowing of the group."""
    database.xadd(STREAM, {"message": "{}"})
    assert (backlog().entries, backlog().has_unread) == (1, True)


def test_what_a_consumer_has_is_not_unread(backlog: Callable[[], Backlog], database: redis.Redis) -> None:
    """It is backlog until it is settled."""
    database.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
    database.xgroup_create(STREAM, "another", id="0")
    for _ in range(3):
        database.xadd(STREAM, {"message": "{}"})
    database.xreadgroup(GROUP, "c", {STREAM: ">"}, count=2)
    assert (backlog().entries, backlog().has_unread) == (3, True)
    database.xreadgroup(GROUP, "c", {STREAM: ">"})
    assert (backlog().entries, backlog().has_unread) == (3, False)


def test_entries_deleted_unread_are_not_unread(backlog: Callable[[], Backlog], database: redis.Redis) -> None:
    """The stream's last id is beyond what the group was given, and yet nothing waits."""
    database.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
    database.xadd(STREAM, {"message": "{}"})
    database.xreadgroup(GROUP, "c", {STREAM: ">"})
    database.xdel(STREAM, str_of(database.xadd(STREAM, {"message": "{}"})))
    assert (backlog().entries, backlog().has_unread) == (1, False)


def test_streams_are_told_apart(redis_server: EmbeddedServer, database: redis.Redis) -> None:
    """One look answers for all of a partition, in the order asked; of none there is nothing to ask."""
    outbox = "push:{p0}:outbox:org#app:n"
    for stream, count, read in ((STREAM, 3, 3), (outbox, 2, 1)):
        database.xgroup_create(stream, GROUP, id="0", mkstream=True)
        for _ in range(count):
            database.xadd(stream, {"message": "{}"})
        database.xreadgroup(GROUP, "c", {stream: ">"}, count=read)
    found = asyncio.run(ask(redis_server.url, outbox, "push:{p0}:none", STREAM))
    assert [(each.entries, each.has_unread) for each in found] == [(2, True), (0, False), (3, False)]
    assert asyncio.run(ask(redis_server.url)) == []


def str_of(entry_id: Any) -> str:
    """Return an id as text."""
    return str(entry_id.decode())


def test_the_oldest_entry_has_the_servers_age(backlog: Callable[[], Backlog], database: redis.Redis) -> None:
    """By the clock that gave the ids; ids of the future are no age."""
    seconds, _ = database.time()
    database.xadd(STREAM, {"message": "{}"}, id=f"{(seconds - 100) * 1000}-0")
    database.xadd(STREAM, {"message": "{}"}, id=f"{(seconds + 100) * 1000}-0")
    assert 100_000 <= backlog().oldest_ms < 130_000
    database.xtrim(STREAM, maxlen=1, approximate=False)
    assert backlog().oldest_ms == 0


def shelves_of(keys: Keys) -> list[Shelf]:
    """Return where pushes wait in one partition."""
    names = ("org#app", "n")
    return [(keys.late_ready(*names), LATE), (keys.late_folding(*names), LATE), (keys.retry(*names), REPEATS)]


LATE, REPEATS = Labels("late", "org#app", "fcm", "n"), Labels("retry", "org#app", "fcm", "n")
OUTBOX = Labels("outbox", "org#app", "fcm", "n")
SHELVES = [shelves_of(Keys(0)), shelves_of(Keys(1))]


class Scene:
    """A reader at one server while the watch looks at another, or at the same."""

    def __init__(self, server: EmbeddedServer, database: redis.Redis) -> None:
        """The reader reads database 1, where nothing ever arrives: a server of long ago."""
        self.database = database
        self.health, self.reconnections = Health(60.0, Hand()), 0
        self._server = server

    async def play(self, act: Callable[["Scene"], Awaitable[None]], *, at_the_wrong_place: bool) -> None:
        """Run the act."""
        url = self._server.url
        reading = connect(url.removesuffix("0") + "1" if at_the_wrong_place else url, BLOCK_MS)
        looking = connect(url)
        self.stream = ObservedStream(reading.reader, Scripts(reading.writer), STREAM, "me", 60_000)
        await self.stream.create_group()
        store = BacklogStore(Scripts(looking.writer))
        self.streams, self.shelves = [[(self.stream, OUTBOX)]], [*SHELVES]
        self.watch = BacklogWatch(
            lambda: self.streams, lambda: self.shelves, store, looking.renew, self._reconnect, self.health
        )
        try:
            await act(self)
        finally:
            await reading.aclose()
            await looking.aclose()

    async def look_during_a_read(self) -> int:
        """Look while a read waits, then end the read; return how many entries it found."""
        read = asyncio.create_task(self.stream.read(10, BLOCK_MS))
        await asyncio.to_thread(eventually, lambda: blocked(self.database))
        await self.watch.look()
        for client in blocked(self.database):
            self.database.client_unblock(int(client))
        return len(await read)

    async def _reconnect(self) -> None:
        self.reconnections += 1


@pytest.fixture
def scene(redis_server: EmbeddedServer, database: redis.Redis) -> Scene:
    """A scene on an empty database."""
    return Scene(redis_server, database)


def test_reads_at_the_wrong_server_are_noticed(scene: Scene) -> None:
    """Two empty reads while entries wait elsewhere: one line, a reason, and everything connects anew, once a minute."""

    async def act(scene: Scene) -> None:
        scene.database.xadd(STREAM, {"message": "{}"})
        await scene.look_during_a_read()
        await scene.watch.look()
        assert (scene.reconnections, scene.health.findings) == (0, {})
        await scene.look_during_a_read()
        await scene.watch.look()
        assert scene.reconnections == 1
        assert scene.health.findings == {f"reads of {STREAM}": "find nothing although entries wait"}
        for _ in range(3):
            await scene.look_during_a_read()
        assert scene.reconnections == 1

    with logged() as lines:
        asyncio.run(scene.play(act, at_the_wrong_place=True))
    assert [line["event"] for line in lines] == ["reads find nothing although entries wait, connecting anew"]


def test_what_waits_beside_the_streams_is_measured(scene: Scene) -> None:
    """Late pushes of both shelves and repeats, those of all partitions together; what has gone is none."""

    async def act(scene: Scene) -> None:
        for (key, _), length in zip((*SHELVES[0], *SHELVES[1]), (3, 2, 4, 1, 0, 5), strict=True):
            scene.database.zadd(key, {f"push {number}": number for number in range(length)} or {"x": 1})
            scene.database.zrem(key, "x")
        await scene.watch.look()
        assert (gauge(LATE), gauge(REPEATS)) == (6, 9)
        scene.database.flushdb()
        await scene.watch.look()
        assert (gauge(LATE), gauge(REPEATS)) == (0, 0)

    asyncio.run(scene.play(act, at_the_wrong_place=False))


def test_a_channel_that_is_gone_is_not_shown(scene: Scene) -> None:
    """Its backlog is no zero for ever, it is none; that of the others is shown as before."""

    async def act(scene: Scene) -> None:
        await scene.watch.look()
        assert (gauge(OUTBOX), gauge(LATE)) == (0, 0)
        scene.streams = []
        await scene.watch.look()
        assert (gauge(OUTBOX), gauge(LATE)) == (None, 0)
        scene.shelves = [[], []]
        await scene.watch.look()
        assert (gauge(OUTBOX), gauge(LATE), gauge(REPEATS)) == (None, None, None)

    asyncio.run(scene.play(act, at_the_wrong_place=False))


def gauge(labels: Labels) -> float | None:
    """Return the backlog that is shown."""
    return REGISTRY.get_sample_value("offline_push_backlog", labels._asdict())


def test_a_read_that_finds_what_waits_is_no_contradiction(scene: Scene) -> None:
    """A look that overtakes the read on its way to the server sees what the read is given a moment later."""

    async def act(scene: Scene) -> None:
        for _ in range(5):
            read = asyncio.create_task(scene.stream.read(10, BLOCK_MS))
            await asyncio.to_thread(eventually, lambda: blocked(scene.database))
            scene.stream.tell(scene.stream.open_read, has_unread=True)
            scene.database.xadd(STREAM, {"message": "{}"})
            assert len(await read) == 1
        assert scene.stream.contradictions == 0

    asyncio.run(scene.play(act, at_the_wrong_place=False))


def test_nobody_reading_is_no_contradiction(scene: Scene) -> None:
    """A lane whose slots are taken does not read: what waits then is a backlog, not silence."""

    async def act(scene: Scene) -> None:
        scene.database.xadd(STREAM, {"message": "{}"})
        for _ in range(5):
            await scene.watch.look()
        assert (scene.stream.contradictions, scene.reconnections) == (0, 0)

    asyncio.run(scene.play(act, at_the_wrong_place=True))


def test_the_work_of_other_consumers_is_no_contradiction(scene: Scene) -> None:
    """They take everything; this reader's reads are empty and nothing waits."""

    async def act(scene: Scene) -> None:
        for _ in range(5):
            scene.database.xadd(STREAM, {"message": "{}"})
            scene.database.xreadgroup(GROUP, "other", {STREAM: ">"})
            await scene.look_during_a_read()
        assert (scene.stream.contradictions, scene.reconnections) == (0, 0)

    asyncio.run(scene.play(act, at_the_wrong_place=False))


def test_a_read_that_failed_is_no_contradiction(scene: Scene, redis_server: EmbeddedServer) -> None:
    """It found nothing because it was cut off, which is trouble of another kind."""

    async def act(scene: Scene) -> None:
        scene.database.xadd(STREAM, {"message": "{}"})
        for _ in range(3):
            read = asyncio.create_task(scene.stream.read(10, BLOCK_MS))
            await asyncio.to_thread(eventually, lambda: blocked(scene.database))
            await scene.watch.look()
            for client in blocked(scene.database):
                scene.database.client_kill_filter(_id=client)
            with pytest.raises(redis.exceptions.ConnectionError):
                await read
        assert scene.stream.contradictions == 0

    assert redis_server.port
    asyncio.run(scene.play(act, at_the_wrong_place=True))


def blocked(database: redis.Redis) -> list[str]:
    """Return the ids of clients that wait in a blocking call."""
    clients: Any = database.client_list()
    return [client["id"] for client in clients if "b" in client["flags"]]

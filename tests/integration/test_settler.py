"""One settler for all channels of a partition, on a real server."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
import redis
from redis.asyncio import Redis

from tests.integration.configuration import APPKEY
from tests.integration.eventually import eventually
from tests.integration.script_calls import Run, pending, read_by
from tests.jobs import push_job
from tests.ports import own_port
from tests.unit.worker.clocks import logged
from worker.cancellation import end
from worker.clock import wall_clock
from worker.health import Health
from worker.job import Job
from worker.patience import Patience
from worker.settler import Settler
from worker.store.dead_letters import DeadLetterStore
from worker.store.keys import Keys
from worker.store.outbox import OutboxStore
from worker.store.scripts import Scripts
from worker.store.settlements import Action, Done, Retry, Settlement, SettlementStore
from worker.store.stream import Entry

KEYS = Keys()
NAMES = ("a", "b", "c")
JOB = push_job()
TEXT = msgspec.json.encode(JOB)
#: What can be sent, and not be written to a schedule.
UNWRITABLE = push_job(data={"x": object()})


class Channel:
    """One channel's lane, as the settler sees it."""

    def __init__(self, outbox: OutboxStore, patience: Patience, tellings: list[tuple[str, int]]) -> None:
        """Hold nothing yet. ``tellings`` is for all channels: which was told of how many."""
        self.vendor, self.outbox, self.patience, self._tellings = "apns", outbox, patience, tellings
        self.held: dict[bytes, Entry | None] = {}
        self.told: list[bytes] = []

    def settled(self, entry_ids: Sequence[bytes]) -> None:
        """Note."""
        self.told += entry_ids
        self._tellings.append((self.outbox.stream, len(entry_ids)))
        for entry_id in entry_ids:
            del self.held[entry_id]


class Stage:
    """A settler, and channels whose pushes were sent."""

    def __init__(self, client: Redis, database: redis.Redis) -> None:
        """Make them; nothing is settled before ``play`` runs the settler."""
        self.database, self.health = database, Health(60.0)
        scripts, patience = Scripts(client), self.health.patience("settler")
        self.settler = Settler(SettlementStore(scripts, KEYS), DeadLetterStore(scripts, KEYS), patience, wall_clock)
        self.tellings: list[tuple[str, int]] = []
        self.channels = {
            name: Channel(OutboxStore(scripts, KEYS, APPKEY, name, "apns"), patience, self.tellings) for name in NAMES
        }

    def sent(self, name: str, *actions: Action, is_given: bool = False) -> list[bytes]:
        """Have a channel send pushes that come to these ends, read or given; return their entry ids."""
        channel = self.channels[name]
        ids = read_by(self.database, channel.outbox.stream, "me", *({"job": TEXT},) * len(actions))
        channel.held.update((entry_id, None if is_given else Entry(entry_id, {b"job": TEXT})) for entry_id in ids)
        pairs = zip(ids, actions, strict=True)
        self.settler.add(channel, [Settlement(each, JOB, "what", "state", action) for each, action in pairs])
        return ids

    async def told(self, name: str, entry_ids: Sequence[bytes]) -> None:
        """Wait until a channel was told of these, one after the other."""
        await asyncio.to_thread(eventually, lambda: self.channels[name].told == entry_ids)

    def left(self) -> list[bytes]:
        """Return what is not settled, on any channel."""
        streams = [channel.outbox.stream for channel in self.channels.values() if channel.told]
        assert [self.database.xlen(stream) for stream in streams] == [len(pending(self.database, s)) for s in streams]
        return [entry["message_id"] for stream in streams for entry in pending(self.database, stream)]

    def buried(self) -> list[bytes]:
        """Return the entries that are dead letters."""
        letters: Any = self.database.xrange(KEYS.dead)
        return [letter[b"id"] for _, letter in letters]


def play(run: Run, database: redis.Redis, act: Callable[[Stage], Awaitable[None]]) -> Stage:
    """Run a settler while the act goes on; return the stage."""

    async def scene(client: Redis) -> Stage:
        stage = Stage(client, database)
        running = asyncio.create_task(stage.settler.run())
        await act(stage)
        await end(running)
        return stage

    stage: Stage = run(scene)
    return stage


def scripts_run(database: redis.Redis) -> int:
    """Return how many scripts the server was asked for."""
    statistics: Any = database.info("commandstats")
    return int(statistics["cmdstat_evalsha"]["calls"])


def test_channels_share_a_script(run: Run, database: redis.Redis) -> None:
    """What three channels have sent meanwhile is settled by one script, and each is told of its own, in order."""

    async def act(stage: Stage) -> None:
        # Loads the script.
        first = stage.sent("a", Done())
        await stage.told("a", first)
        before = scripts_run(database)
        ids = {name: stage.sent(name, *[Done()] * number) for name, number in zip(NAMES, (2, 1, 3), strict=True)}
        second = stage.sent("a", Done())
        await stage.told("a", [*first, *ids["a"], *second])
        assert scripts_run(database) == before + 1
        assert [stage.channels[name].told for name in "bc"] == [ids["b"], ids["c"]]

    stage = play(run, database, act)
    assert stage.left() == []


def test_a_flood_holds_up_no_other_channel(run: Run, database: redis.Redis) -> None:
    """A push is settled when its turn has come, and behind it the rest of the flood."""

    async def act(stage: Stage) -> None:
        flood = stage.sent("a", *[Done()] * 300)
        single = stage.sent("b", Done())
        flood += stage.sent("a", *[Done()] * 300)
        await stage.told("a", flood)
        await stage.told("b", single)

    stage = play(run, database, act)
    flooded, other = (stage.channels[name].outbox.stream for name in "ab")
    assert stage.tellings == [(flooded, 200), (flooded, 199), (other, 1), (flooded, 200), (flooded, 1)]
    assert stage.left() == []


def test_a_fault_of_one_channel_is_no_other_s(run: Run, database: redis.Redis) -> None:
    """A push that can neither be repeated nor settled is buried as it was read; all others are settled at once."""
    database.set(KEYS.retry(APPKEY, "b"), "no schedule")
    faulty: list[bytes] = []

    async def act(stage: Stage) -> None:
        ids = {name: stage.sent(name, Done(), Retry(5, JOB), Done()) for name in NAMES}
        faulty.append(ids["b"][1])
        for name in NAMES:
            await stage.told(name, ids[name])

    with logged() as lines:
        stage = play(run, database, act)
    assert stage.left() == []
    assert stage.buried() == faulty
    assert [database.zcard(KEYS.retry(APPKEY, name)) for name in "ac"] == [1, 1]
    assert [line["event"] for line in lines] == ["settling failed", "job to dead letters"]


def test_what_was_given_is_buried_as_it_was_made(run: Run, database: redis.Redis) -> None:
    """A push that was never read, and can be neither repeated nor settled, is a letter with its job all the same."""
    database.set(KEYS.retry(APPKEY, "b"), "no schedule")

    async def act(stage: Stage) -> None:
        await stage.told("b", stage.sent("b", Done(), Retry(5, JOB), is_given=True))

    with logged():
        stage = play(run, database, act)
    assert stage.left() == []
    letters: Any = database.xrange(KEYS.dead)
    (letter,) = [fields for _, fields in letters]
    assert (letter[b"field"], msgspec.json.decode(letter[b"value"], type=Job)) == (b"job", JOB)


def test_what_cannot_be_written_holds_up_nobody(run: Run, database: redis.Redis) -> None:
    """Of a batch that cannot even be sent to Redis each push is settled but the one that is the reason."""
    faulty: list[bytes] = []

    async def act(stage: Stage) -> None:
        ids = {name: stage.sent(name, Done(), Done(), Retry(5, UNWRITABLE if name == "c" else JOB)) for name in NAMES}
        faulty.append(ids["c"][2])
        for name in NAMES:
            await stage.told(name, ids[name])

    with logged() as lines:
        stage = play(run, database, act)
    assert stage.left() == []
    assert stage.buried() == faulty
    assert [line["event"] for line in lines] == ["settling failed", "job to dead letters"]


def test_a_worker_that_stops_without_redis_leaves_it_to_others(run: Run, database: redis.Redis) -> None:
    """Its lanes are told of more than one script's pushes, so that they can end; all of these are still pending."""
    sent: list[bytes] = []

    async def act(stage: Stage) -> None:
        ids = {name: stage.sent(name, *[Done()] * 100) for name in NAMES}
        sent.extend(each for some in ids.values() for each in some)
        # Of a master that is not there: it stays a read-only replica. The settler has not had its turn yet.
        database.replicaof("127.0.0.1", str(own_port()))
        try:
            await asyncio.to_thread(eventually, lambda: stage.health.board.trouble)
            assert not any(channel.told for channel in stage.channels.values())
            stage.health.closing.set()
            for name in NAMES:
                await stage.told(name, ids[name])
        finally:
            database.replicaof("NO", "ONE")

    with logged():
        assert play(run, database, act).left() == sent

"""Pushes that are given to who hands them over: read by nobody again, and lost by no accident."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
import pytest
import redis
from redis.asyncio import Redis

from policy.catch_up import CatchUpPolicy
from tests.integration.configuration import APPKEY, NOTIFIERS
from tests.integration.deployment import now_ms
from tests.integration.hand_offs import hand_offs
from tests.integration.lane_stage import LEASE_MS, OUTBOX, Play, Stage, job_of
from tests.integration.script_calls import Run, pending, stream_of
from worker.admission import pushes_of
from worker.push import Push
from worker.store.hand_off import HandOff, HandOffStore, Memory
from worker.store.keys import Keys, Partitions
from worker.store.scripts import Scripts
from worker.store.stream import GROUP, Entry
from worker.store.takers import Given

KEYS = Keys()
APNS = KEYS.outbox(APPKEY, NOTIFIERS["apns"])


class Book:
    """Takes of one outbox what it has room for, and notes what it is told."""

    consumer, sending = "me", "being sent"

    def __init__(self, room: int, short: int = 0) -> None:
        """Have room for so many, and be short of it when asked so often."""
        self.room, self.given, self.doubts, self.short = room, list[Given](), 0, short
        self.wanted = 0

    def is_short_of(self, wanted: int) -> bool:
        """Get on a little each time."""
        self.wanted = wanted
        self.short -= 1
        return self.short >= 0

    def of(self, outbox: str) -> "Book | None":
        """Be the taker of Apple's."""
        return self if outbox == APNS else None

    def reserve(self) -> int:
        """Take as many as there is room for."""
        return self.room

    def take(self, reserved: int, given: Sequence[Given]) -> None:
        """Note."""
        assert reserved == self.room
        self.given += given

    def doubt(self, reserved: int) -> None:
        """Note."""
        assert reserved == self.room
        self.doubts += 1


@pytest.fixture
def group(database: redis.Redis) -> None:
    """The outbox's lane has begun to read it."""
    database.xgroup_create(APNS, GROUP, id="0", mkstream=True)


def hand_over(run: Run, book: Book, users: Sequence[str], **event: Any) -> None:
    """Hand a message over, with somebody who takes its pushes."""

    async def write(client: Redis) -> None:
        store = HandOffStore(Scripts(client), KEYS, Partitions(), Memory(), takers=book)
        await store.write(hand_offs(users, now_ms(), **event), [])

    run(write)


def users_of(book: Book) -> list[str | None]:
    """Return who gets each push that was given; None for one that has to be read first."""
    return [given.job.user if isinstance(given, Push) else None for given in book.given]


def unread(database: redis.Redis) -> int:
    """Return how many pushes nobody was given."""
    return database.xlen(APNS) - len(pending(database, APNS))


@pytest.mark.usefixtures("group")
def test_what_is_made_is_given_at_once(run: Run, database: redis.Redis) -> None:
    """The taker has what whoever reads the entry would have, badge included; the ledger says that it is being sent."""
    book = Book(room=5)
    hand_over(run, book, ["u1", "u2"], msg_id="m")
    entries: Any = database.xrange(APNS)
    pushes, faults = pushes_of([Entry(*entry) for entry in entries])
    assert (book.given, faults) == (pushes, [])
    assert [(push.job.user, push.job.badge) for push in pushes] == [("u1", 1), ("u2", 1)]
    assert [(row["consumer"], row["times_delivered"]) for row in pending(database, APNS)] == [(b"me", 1)] * 2
    states: Any = database.hgetall(KEYS.message(APPKEY, "m"))
    assert [state for field, state in states.items() if b"\n" in field] == [b"being sent"] * 2


@pytest.mark.usefixtures("group")
def test_no_more_than_there_is_room_for(run: Run, database: redis.Redis) -> None:
    """The rest waits in the outbox, planned, for whoever reads it."""
    book = Book(room=1)
    hand_over(run, book, ["u1", "u2", "u3"], msg_id="m")
    assert users_of(book) == ["u1"]
    assert unread(database) == 2
    states: Any = database.hgetall(KEYS.message(APPKEY, "m"))
    assert sorted(state for field, state in states.items() if b"\n" in field) == [b"being sent", b"planned", b"planned"]


@pytest.mark.usefixtures("group")
def test_what_waits_longest_goes_first(run: Run, database: redis.Redis) -> None:
    """Pushes that were there before are given first, to be read; so none overtakes another."""
    older: list[Any] = [database.xadd(APNS, {"job": b"{}", "badge": b"7"}) for _ in range(2)]
    book = Book(room=3)
    hand_over(run, book, ["u1", "u2"])
    assert book.given[:2] == [Entry(entry_id, {b"job": b"{}", b"badge": b"7"}) for entry_id in older]
    assert users_of(book) == [None, None, "u1"]


@pytest.mark.usefixtures("group")
def test_a_repeat_gives_nothing(run: Run) -> None:
    """A redelivered event makes no push, so there is none to give."""
    book = Book(room=5)
    hand_over(run, book, ["u1"], msg_id="m")
    hand_over(run, book, ["u1"], msg_id="m")
    assert len(book.given) == 1


def test_an_outbox_that_nobody_reads_keeps_its_pushes(run: Run, database: redis.Redis) -> None:
    """Without a group nothing can be given: all waits for the lane to begin."""
    book = Book(room=5)
    hand_over(run, book, ["u1"])
    assert (book.given, database.xlen(APNS)) == ([], 1)


@pytest.mark.usefixtures("group")
@pytest.mark.parametrize(("short", "receivers", "left"), [(0, 2, -1), (3, 60, -1), (1000, 2, 999), (1000, 60, 996)])
def test_a_lane_without_room_is_let_get_on(run: Run, short: int, receivers: int, left: int) -> None:
    """Who hands over waits until the lane has room for all, but not for long: the longer, the more they are."""
    book = Book(room=1, short=short)
    hand_over(run, book, [f"u{number}" for number in range(receivers)])
    assert (book.short, book.wanted) == (left, receivers)


@pytest.mark.usefixtures("group")
def test_late_pushes_wait_for_no_lane(run: Run, database: redis.Redis) -> None:
    """They go to their shelf, so that a flood of them is not held up by a lane that has no room."""
    book = Book(room=1, short=1000)
    made = [
        HandOff(msgspec.structs.replace(each.decision, catch_up=CatchUpPolicy.NEWEST_FIRST), each.jobs)
        for each in hand_offs(["u1", "u2"], now_ms())
    ]

    async def write(client: Redis) -> None:
        await HandOffStore(Scripts(client), KEYS, Partitions(), Memory(), takers=book).write(made, [])

    run(write)
    assert (book.short, book.given, database.xlen(APNS)) == (1000, [], 0)
    assert database.zcard(KEYS.late_ready(APPKEY, NOTIFIERS["apns"])) == 2


@pytest.mark.usefixtures("group")
def test_a_lost_answer_leaves_a_doubt(run: Run, database: redis.Redis) -> None:
    """When the hand-off fails its taker is told so, and finds what it was given all the same: delivered to it alone."""
    book = Book(room=5)
    # The last thing that the script does, after which it fails.
    database.set(KEYS.events, "of another type")
    with pytest.raises(Exception, match="WRONGTYPE"):
        run(lambda client: _write(client, book))
    assert (book.doubts, book.given) == (1, [])
    read = database.xreadgroup(GROUP, "me", {APNS: ">"})
    assert read
    (found,) = run(lambda client: stream_of(client, APNS).unknown([]))
    assert (found.deliveries, set(found.fields)) == (1, {b"job", b"badge"})
    assert run(lambda client: stream_of(client, APNS).unknown([found.id])) == []
    assert [row["times_delivered"] for row in pending(database, APNS)] == [1]


async def _write(client: Redis, book: Book) -> None:
    store = HandOffStore(Scripts(client), KEYS, Partitions(), Memory(), takers=book)
    await store.write(hand_offs(["u1"], now_ms()), [b"1-0"])


def given_to(stage: Stage, *tokens: str) -> list[Any]:
    """Have Redis give pushes to the stage's lane, without a word to it."""
    # In one step: the lane's own read waits for what is added.
    pipe = stage.database.pipeline(transaction=True)
    for token in tokens:
        pipe.xadd(OUTBOX, {"job": job_of(token), "badge": "1"})
    pipe.xreadgroup(GROUP, "me", {OUTBOX: ">"})
    *_, answer = pipe.execute()
    return list(answer[0][1])


def begun(act: Callable[[Stage], Awaitable[None]]) -> Callable[[Stage], Awaitable[None]]:
    """Play once the lane has begun to read."""

    async def play(stage: Stage) -> None:
        await stage.eventually(lambda: stage.lane._is_open)
        await act(stage)

    return play


def test_a_lane_finds_what_it_was_given_without_being_told(play: Play) -> None:
    """After an answer was lost the lane sends what Redis gave to it, once, long before its lease runs out."""

    async def act(stage: Stage) -> None:
        room = stage.lane.reserve()
        await asyncio.to_thread(given_to, stage, "first", "second")
        stage.lane.doubt(room)
        assert stage.lane.reserve() == 0
        await stage.eventually(lambda: sorted(stage.vendor.sent) == ["first", "second"])
        await stage.settled()

    assert sorted(play(begun(act)).vendor.sent) == ["first", "second"]


def test_a_lane_reserves_what_is_free(play: Play) -> None:
    """Two ask at the same moment: the second is offered what the first has left; what is not used is free again."""

    async def act(stage: Stage) -> None:
        assert (stage.lane.reserve(), stage.lane.reserve()) == (2, 0)
        stage.lane.take(2, [])
        assert stage.lane.reserve() == 2
        stage.lane.take(2, [])

    play(begun(act))


def test_a_lane_that_closes_waits_for_what_it_reserved(play: Play) -> None:
    """It takes nothing new, and does not end before it was given what it was promised."""

    async def act(stage: Stage) -> None:
        room = stage.lane.reserve()
        stage.health.closing.set()
        assert stage.lane.reserve() == 0
        (entry,) = await asyncio.to_thread(given_to, stage, "late")
        await asyncio.sleep(LEASE_MS / 1000)
        assert stage.vendor.sent == []
        stage.lane.take(room, [Entry(entry[0], {b"job": job_of("late"), b"badge": b"1"})])

    stage = play(begun(act))
    assert (stage.vendor.sent, stage.database.xlen(OUTBOX)) == (["late"], 0)

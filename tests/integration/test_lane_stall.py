"""A lane that stands still on a real server: what a fresh start heals, and what it must not do."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
import redis

from policy.app import MultiDevice
from policy.breaker import Breaker
from policy.breaker_rules import BreakerPolicy
from policy.invalidation import Invalidation, InvalidationPolicy
from providers.notification import Notification
from providers.result import Accepted, Result
from tests.integration.configuration import APPKEY
from tests.integration.deployment import now_ms
from tests.integration.eventually import eventually
from tests.ports import own_port
from tests.unit.worker.clocks import Hand, logged
from worker.admission import Admission
from worker.clock import steady_clock, wall_clock
from worker.embedded import EmbeddedServer
from worker.gate import Gate
from worker.health import Health
from worker.job import Job
from worker.lane import Lane
from worker.outcome import Uncertain
from worker.part import Part
from worker.sender import Sender, SendLimits
from worker.stall_watch import StallWatch
from worker.store.connection import Connection, connect
from worker.store.dead_letters import DeadLetterStore
from worker.store.keys import Keys
from worker.store.outbox import OutboxStore
from worker.store.scripts import Scripts
from worker.store.stream import GROUP, Stream
from worker.token_deaths import TokenDeaths

STALL_S, BLOCK_MS, LEASE_MS = 60.0, 1000, 300
KEYS = Keys()
OUTBOX = KEYS.outbox(APPKEY, "n")


class Vendor:
    """Answers when the test lets it, which may be never: the one thing a provider must not do."""

    def __init__(self) -> None:
        """Answer at once, at first."""
        self.sent: list[str] = []
        self.answers = asyncio.Event()
        self.answers.set()

    async def send(self, notification: Notification, deadline: float) -> Result:
        """Count, and wait."""
        assert deadline > 0
        self.sent.append(notification.token)
        await self.answers.wait()
        return Accepted("id")

    async def aclose(self) -> None:
        """Have nothing to close."""


def job_of(token: str) -> bytes:
    """Return a push as an outbox holds it."""
    note = Notification(token=token, id=token, expires_at=now_ms() // 1000 + 3600)
    job = Job(APPKEY, token, "bob", "d", "n", note, event_ms=now_ms(), decided_ms=now_ms(), bound_at=1)
    return msgspec.json.encode(job)


class Stage:
    """A lane under the watch, on a clock that the test moves."""

    def __init__(self, connection: Connection, database: redis.Redis) -> None:
        """Make the lane; ``play`` runs it."""
        self.database, self.vendor, self.clock, self.ended = database, Vendor(), Hand(), list[str]()
        self.health = Health(STALL_S, self.clock)
        scripts = Scripts(connection.writer)
        outbox = OutboxStore(scripts, KEYS, APPKEY, "n", "fcm")
        deaths = TokenDeaths(APPKEY, "n", Invalidation(InvalidationPolicy()), steady_clock)
        sender = Sender("fcm", self.vendor, SendLimits(concurrency=2), deaths, wall_clock, lambda: 0.5)
        breaker = Breaker(BreakerPolicy(), sender.slots)
        lane = Lane(
            "fcm",
            Stream(connection.reader, scripts, OUTBOX, "me", LEASE_MS),
            outbox,
            Admission(outbox, "me", lambda: MultiDevice.ALL_OFFLINE, Uncertain.DUPLICATE, wall_clock),
            DeadLetterStore(scripts, KEYS),
            Gate(APPKEY, "n", sender.slots, breaker, steady_clock, lambda: 0.5),
            sender,
            wall_clock,
            self.health.patience(f"lane {OUTBOX}"),
        )
        self.part = Part(lane, self.health)
        self.watch = StallWatch(self.health, [self.part], connection.renew, self._end)

    def push(self, *tokens: str) -> None:
        """Add pushes to the outbox."""
        for token in tokens:
            self.database.xadd(OUTBOX, {"job": job_of(token), "badge": "1"})

    async def settled(self) -> None:
        """Wait until nothing is left to do. What a read took that was cancelled is reclaimed."""
        await self.eventually(lambda: self._is_calm() and not self.database.xlen(OUTBOX))

    def _is_calm(self) -> bool:
        """Let a lease pass once a cut connection was noticed: before that nothing is reclaimed."""
        board, lease_s = self.health.board, LEASE_MS / 1000
        if not board.trouble and not board.is_calm(lease_s):
            self.clock.moves(lease_s)
        return not board.trouble

    async def eventually(self, is_so: Callable[[], Any]) -> None:
        """Wait until it is so."""
        await asyncio.to_thread(eventually, is_so)

    async def look_after(self, seconds: float) -> None:
        """Let time pass and the lane read once more, then let the watch look."""
        self.clock.moves(seconds)
        beat = self.part.pulse._beat
        await self.eventually(lambda: self.part.pulse._beat != beat)
        await self.watch.look()

    async def outage(self, seconds: float) -> None:
        """Let time pass, and every call that waits try again, then let the watch look."""
        self.clock.moves(seconds)
        waits = {wait: wait.attempts for wait in self.health.board._waiting}
        await self.eventually(lambda: all(wait.attempts > tried for wait, tried in waits.items()))
        await self.watch.look()

    async def play(self, act: Callable[["Stage"], Awaitable[None]]) -> None:
        """Run the lane while the act goes on, then stop it."""
        running = asyncio.create_task(self.part.keep_running())
        await act(self)
        self.health.closing.set()
        await running

    def _end(self, event: str, **_: Any) -> None:
        self.ended.append(event)


@pytest.fixture
def play(redis_server: EmbeddedServer, database: redis.Redis) -> Callable[[Callable[[Stage], Awaitable[None]]], Stage]:
    """Play an act on an empty database; return the stage."""

    def play(act: Callable[[Stage], Awaitable[None]]) -> Stage:
        async def run() -> Stage:
            connection = connect(redis_server.url, BLOCK_MS)
            stage = Stage(connection, database)
            try:
                await stage.play(act)
            finally:
                await connection.aclose()
            return stage

        return asyncio.run(run())

    return play


Play = Callable[[Callable[[Stage], Awaitable[None]]], Stage]


def said(lines: list[Any]) -> list[str]:
    """Return what operators see."""
    return [line["event"] for line in lines if line["log_level"] != "debug"]


def test_a_lane_whose_settling_died_is_healed_and_sends_nothing_twice(play: Play) -> None:
    """What was sent before is settled by the fresh start; what comes later is sent."""

    async def act(stage: Stage) -> None:
        stage.push("first")
        await stage.settled()
        settlers = [task for task in asyncio.all_tasks() if "Settler.run" in repr(task.get_coro())]
        assert len(settlers) == 1
        settlers[0].cancel()
        stage.push("second")
        await stage.eventually(lambda: stage.vendor.sent == ["first", "second"])
        await stage.look_after(STALL_S - 1)
        assert stage.database.xlen(OUTBOX) == 1
        await stage.look_after(1)
        stage.push("third")
        await stage.settled()

    with logged() as lines:
        stage = play(act)
    assert stage.vendor.sent == ["first", "second", "third"]
    assert said(lines) == ["part stands still, starting it again"]
    assert stage.ended == []


def test_a_send_without_an_end_is_not_sent_again(play: Play) -> None:
    """A fresh start leaves it alone, though its lease has long run out; what has an end goes on being sent."""

    async def act(stage: Stage) -> None:
        stage.vendor.answers.clear()
        stage.push("hangs")
        await stage.eventually(lambda: stage.vendor.sent == ["hangs"])
        await stage.look_after(STALL_S)
        assert stage.part.pulse.still_s == 0
        # Its lease is kept by the fresh start, again and again.
        for _ in range(3):
            await stage.eventually(lambda: idle_ms(stage) > LEASE_MS / 6)
            await stage.eventually(lambda: idle_ms(stage) < LEASE_MS / 6)
        assert stage.vendor.sent == ["hangs"]
        assert stage.ended == []
        await stage.look_after(STALL_S)
        assert stage.ended == ["part does not get on although it was started again"]
        stage.vendor.answers.set()
        await stage.settled()

    with logged():
        assert play(act).vendor.sent == ["hangs"]


def idle_ms(stage: Stage) -> int:
    """Return how long ago the push was read, or its lease renewed."""
    pending: Any = stage.database.xpending_range(OUTBOX, GROUP, "-", "+", 1)
    return int(pending[0]["time_since_delivered"])


def test_what_was_not_begun_is_begun_after_a_fresh_start(play: Play) -> None:
    """A push that its workers may have died of waits to be alone; a fresh start in that moment does not forget it."""

    async def act(stage: Stage) -> None:
        stage.vendor.answers.clear()
        stage.push("hangs")
        await stage.eventually(lambda: stage.vendor.sent == ["hangs"])
        hand_to_the_dead(stage, "suspect")
        await stage.eventually(lambda: len(stage.part.pulse._held) == 2)
        stage.clock.moves(STALL_S)
        await stage.watch.look()
        await stage.eventually(lambda: len(stage.part.pulse._held) == 1)
        stage.vendor.answers.set()
        await stage.settled()

    with logged():
        stage = play(act)
    assert stage.vendor.sent == ["hangs", "suspect"]
    assert stage.ended == []


def hand_to_the_dead(stage: Stage, token: str) -> None:
    """Add a push that was given to workers three times, and that none of them settled."""
    pipe = stage.database.pipeline(transaction=True)
    entry_id = f"{now_ms() + 1000}-0"
    pipe.xadd(OUTBOX, {"job": job_of(token), "badge": "1"}, id=entry_id)
    pipe.xreadgroup(GROUP, "dead", {OUTBOX: ">"})
    pipe.xclaim(OUTBOX, GROUP, "dead", 0, [entry_id], idle=60_000, retrycount=3)
    pipe.execute()


def test_a_fresh_start_in_the_moment_of_an_answer(play: Play) -> None:
    """A lane that is started again while it settles is not waited for in vain, and settles what it has sent."""

    async def act(stage: Stage) -> None:
        stage.vendor.answers.clear()
        stage.push("first")
        await stage.eventually(lambda: stage.vendor.sent == ["first"])
        stage.part.revive()
        stage.vendor.answers.set()
        stage.push("second")
        await stage.settled()

    with logged():
        assert play(act).vendor.sent == ["first", "second"]


def test_slots_that_are_all_taken_are_no_stall(play: Play) -> None:
    """A lane that waits for slow answers gets on with each of them, and reads nothing meanwhile."""

    async def act(stage: Stage) -> None:
        stage.vendor.answers.clear()
        stage.push("a", "b", "c", "d")
        await stage.eventually(lambda: len(stage.vendor.sent) == 2)
        stage.clock.moves(STALL_S - 1)
        await stage.watch.look()
        stage.vendor.answers.set()
        await stage.settled()
        stage.clock.moves(STALL_S - 1)
        await stage.watch.look()

    with logged() as lines:
        play(act)
    assert said(lines) == []


def test_an_outage_is_no_stall(play: Play) -> None:
    """While Redis takes no writes, sends that were answered wait to be settled, for as long as it takes."""

    async def act(stage: Stage) -> None:
        stage.vendor.answers.clear()
        stage.push("a")
        await stage.eventually(lambda: len(stage.vendor.sent) == 1)
        # Of a master that is not there: it stays a read-only replica with its data.
        stage.database.replicaof("127.0.0.1", str(own_port()))
        try:
            stage.vendor.answers.set()
            await stage.eventually(lambda: "ReadOnlyError" in stage.health.board.trouble)
            for _ in range(3):
                await stage.outage(STALL_S - 1)
        finally:
            stage.database.replicaof("NO", "ONE")
        await stage.settled()
        await stage.eventually(lambda: not stage.health.board.trouble)

    with logged() as lines:
        stage = play(act)
    assert stage.vendor.sent == ["a"]
    # A read that waited may be told why it waits no more, and be cut off.
    troubles = [line for line in lines if line["log_level"] == "warning"]
    assert "ReadOnlyError" in {line["error"] for line in troubles}
    assert {line["event"] for line in troubles} <= {"redis trouble, waiting", "redis trouble goes on"}
    assert len(troubles) < 15
    assert "error" not in {line["log_level"] for line in lines}

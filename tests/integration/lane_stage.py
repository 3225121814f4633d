"""A lane and its settler on a real server, with a vendor and a clock that the test moves."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
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
from tests.jobs import push_job
from tests.unit.worker.clocks import Hand
from worker.admission import Admission
from worker.cancellation import end
from worker.clock import steady_clock, wall_clock
from worker.gate import Gate
from worker.health import Health
from worker.lane import Lane
from worker.outcome import Uncertain
from worker.part import Part
from worker.sender import Sender, SendLimits
from worker.settler import Settler
from worker.stall_watch import StallWatch
from worker.store.connection import Connection, connect
from worker.store.dead_letters import DeadLetterStore
from worker.store.keys import Keys
from worker.store.outbox import OutboxStore
from worker.store.scripts import Scripts
from worker.store.settlements import SettlementStore
from worker.store.stream import Stream
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
    times = {"event_ms": now_ms(), "decided_ms": now_ms(), "expires_at": now_ms() // 1000 + 3600}
    return msgspec.json.encode(push_job(msg_id=token, token=token, bound_at=1, **times))


class Stage:
    """A lane and its settler under the watch, on a clock that the test moves."""

    def __init__(self, connection: Connection, database: redis.Redis) -> None:
        """Make them; ``play`` runs them."""
        self.database, self.vendor, self.clock, self.ended = database, Vendor(), Hand(), list[str]()
        self.health = Health(STALL_S, self.clock)
        scripts = Scripts(connection.writer)
        outbox = OutboxStore(scripts, KEYS, APPKEY, "n", "fcm")
        store, dead_letters = SettlementStore(scripts, KEYS), DeadLetterStore(scripts, KEYS)
        self.settler = Settler(store, dead_letters, self.health.patience(f"settler {KEYS.tag}"), wall_clock)
        deaths = TokenDeaths(APPKEY, "n", Invalidation(InvalidationPolicy()), steady_clock)
        sender = Sender("fcm", self.vendor, SendLimits(concurrency=2), deaths, wall_clock, lambda: 0.5)
        breaker = Breaker(BreakerPolicy(), sender.slots)
        lane = Lane(
            "fcm",
            Stream(connection.reader, scripts, OUTBOX, "me", LEASE_MS),
            outbox,
            Admission(outbox, "me", lambda: MultiDevice.ALL_OFFLINE, Uncertain.DUPLICATE, wall_clock),
            self.settler,
            Gate(APPKEY, "n", sender.slots, breaker, steady_clock, lambda: 0.5),
            sender,
            wall_clock,
            self.health.patience(f"lane {OUTBOX}"),
        )
        self.lane, self.scripts = lane, scripts
        self.part, self.settling = Part(lane, self.health), Part(self.settler, self.health)
        self.watch = StallWatch(self.health, [self.part, self.settling], connection.renew, self._end)

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
        await self.look()

    async def outage(self, seconds: float) -> None:
        """Let time pass, and every call that waits try again, then let the watch look."""
        self.clock.moves(seconds)
        waits = {wait: wait.attempts for wait in self.health.board._waiting}
        await self.eventually(lambda: all(wait.attempts > tried for wait, tried in waits.items()))
        await self.look()

    async def look(self) -> None:
        """Let the loop turn, as it does once a second, and the watch look."""
        self.health.tick()
        await self.watch.look()

    async def play(self, act: Callable[["Stage"], Awaitable[None]]) -> None:
        """Run them while the act goes on, then stop the lane, and when it has ended the settler."""
        running, settling = (asyncio.create_task(part.keep_running()) for part in (self.part, self.settling))
        await act(self)
        self.health.closing.set()
        await running
        await end(settling)

    def _end(self, event: str, **_: Any) -> None:
        self.ended.append(event)


#: Plays an act on an empty database; returns the stage.
Act = Callable[[Stage], Awaitable[None]]
Play = Callable[[Act], Stage]


def player(url: str, database: redis.Redis) -> Play:
    """Return what plays an act on a server."""

    def play(act: Act) -> Stage:
        async def run() -> Stage:
            connection = connect(url, BLOCK_MS)
            stage = Stage(connection, database)
            try:
                await stage.play(act)
            finally:
                await connection.aclose()
            return stage

        return asyncio.run(run())

    return play

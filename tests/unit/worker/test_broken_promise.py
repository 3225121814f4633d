"""An adapter that never comes back, against its contract."""

import asyncio

import pytest

from policy.breaker import Breaker
from policy.breaker_rules import BreakerPolicy
from policy.invalidation import Invalidation, InvalidationPolicy
from providers.notification import Notification
from providers.result import Result
from tests.jobs import push_job
from tests.unit.worker.clocks import logged
from worker import sender
from worker.clock import steady_clock, wall_clock
from worker.gate import Gate
from worker.push import Push
from worker.sender import Sender, SendLimits
from worker.store.settlements import Retry, Settlement
from worker.token_deaths import TokenDeaths

SLOTS = 2


class Hanging:
    """Never answers, whatever the deadline."""

    async def send(self, notification: Notification, deadline: float) -> Result:
        """Wait for ever."""
        await asyncio.Event().wait()
        raise AssertionError(notification, deadline)

    async def aclose(self) -> None:
        """Have nothing to close."""


def test_a_send_without_an_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes back as a push that the vendor may have, is tried again, and its slot is free."""
    monkeypatch.setattr(sender, "_GRACE_S", 0.05)
    deaths = TokenDeaths("org#app", "n", Invalidation(InvalidationPolicy()), steady_clock)
    sending = Sender("fcm", Hanging(), SendLimits(SLOTS, deadline_s=0.05), deaths, wall_clock, lambda: 0.5)
    gate = Gate("org#app", "n", SLOTS, Breaker(BreakerPolicy(), SLOTS), steady_clock, lambda: 0.5)
    now_ms = wall_clock()
    push = Push(b"1-0", push_job(event_ms=now_ms, decided_ms=now_ms, expires_at=now_ms // 1000 + 3600))

    async def act() -> list[Settlement]:
        gate.take(1)
        settlements = await sending.send([push], gate)
        gate.give(1)
        return settlements

    with logged() as lines:
        (settlement,) = asyncio.run(act())
    assert isinstance(settlement.action, Retry)
    assert gate.free == SLOTS
    assert [(line["event"], line["error"]) for line in lines if line["log_level"] == "error"] == [
        ("adapter failed", "TimeoutError")
    ]

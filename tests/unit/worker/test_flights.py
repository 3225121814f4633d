"""Pushes that are sent without a task."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from policy.breaker import Breaker
from policy.breaker_rules import BreakerPolicy
from policy.invalidation import Invalidation, InvalidationPolicy
from policy.sign import Sign
from providers.notification import Notification
from providers.result import Accepted, Result, Retryable
from tests.jobs import push_job
from tests.unit.worker.clocks import logged
from worker import sender
from worker.clock import steady_clock, wall_clock
from worker.flights import Landing
from worker.gate import Gate, Outcome
from worker.outcome import Repeats
from worker.push import Push
from worker.sender import Sender, SendLimits
from worker.store.settlements import Done, Retry, Settlement
from worker.token_deaths import TokenDeaths

SLOTS = 3


@dataclass
class Prompt:
    """A vendor that begins at once, and whose answers the test gives."""

    begins: bool = True
    tells: list[Callable[[Result], None]] = field(default_factory=list)
    is_closed: bool = False

    def begin(self, notification: Notification, deadline: float, tell: Callable[[Result], None]) -> bool:
        """Begin, or not."""
        assert notification.token
        assert deadline > 0
        if self.begins:
            self.tells.append(tell)
        return self.begins

    async def send(self, notification: Notification, deadline: float) -> Result:
        """Begin nothing that is awaited."""
        raise AssertionError(notification, deadline)

    async def aclose(self) -> None:
        """Note it."""
        self.is_closed = True


class Raising(Prompt):
    """A vendor whose adapter breaks."""

    def begin(self, notification: Notification, deadline: float, tell: Callable[[Result], None]) -> bool:
        """Break."""
        raise KeyError(notification, deadline, tell)


@dataclass
class Field:
    """What has landed."""

    settled: list[Settlement] = field(default_factory=list)
    failed: list[Exception] = field(default_factory=list)

    @property
    def landing(self) -> Landing:
        """Return the way here."""
        return Landing(self.settled.extend, lambda _, error: self.failed.append(error))


def sending(provider: Prompt, jitter: Callable[[], float] = lambda: 0.5) -> Sender:
    """Return a sender through a vendor."""
    deaths = TokenDeaths("org#app", "n", Invalidation(InvalidationPolicy()), steady_clock)
    limits = SendLimits(SLOTS, deadline_s=0.05, repeats=Repeats())
    return Sender("apns", provider, limits, deaths, wall_clock, jitter)


@pytest.fixture
def gate() -> Gate:
    """Return the gate of the channel."""
    return Gate("org#app", "n", SLOTS, Breaker(BreakerPolicy(failures=1), SLOTS), steady_clock, lambda: 0.5)


def parcel(number: int = 0) -> list[Push]:
    """Return one push."""
    now_ms = wall_clock()
    times = {"event_ms": now_ms, "decided_ms": now_ms, "expires_at": now_ms // 1000 + 3600}
    return [Push(b"%d-0" % number, push_job(msg_id=str(number), **times))]


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a test's coroutine."""
    asyncio.run(work)


def test_it_lands_once(gate: Gate) -> None:
    """The vendor's first word settles the push and frees its place; a second one changes nothing."""
    vendor, field_ = Prompt(), Field()

    async def act() -> None:
        gate.take(1)
        assert sending(vendor).begin(parcel(), gate, field_.landing)
        assert gate._started == 1
        vendor.tells[0](Accepted("x"))
        vendor.tells[0](Retryable("ambiguous", maybe_sent=True))

    run(act())
    (settlement,) = field_.settled
    assert (settlement.entry_id, settlement.action) == (b"0-0", Done())
    assert gate._started == 0
    assert not field_.failed


@pytest.mark.parametrize("pushes", [[], [*parcel(0), *parcel(1)]], ids=["none", "two"])
def test_only_single_pushes_fly(gate: Gate, pushes: Sequence[Push]) -> None:
    """What shares a request is sent as before."""
    assert not sending(Prompt()).begin(list(pushes), gate, Field().landing)


@pytest.mark.parametrize("vendor", [Prompt(begins=False), Raising()], ids=["not now", "broken"])
def test_what_cannot_begin_leaves_nothing_behind(gate: Gate, vendor: Prompt) -> None:
    """It is for ``send``: nothing is counted as begun, and the vendor is not in use."""

    async def act() -> None:
        sender = sending(vendor)
        assert not sender.begin(parcel(), gate, Field().landing)
        assert gate._started == 0
        await sender.replace(Prompt())
        assert vendor.is_closed

    with logged():
        run(act())


def test_nothing_flies_while_the_breaker_is_not_closed(gate: Gate) -> None:
    """An open breaker holds pushes back, and a half-open one counts its probes, in ``send``."""
    era = gate.start(1)
    assert era is not None
    gate.end(era, 1, Outcome(Sign.FAILED))
    vendor = Prompt()
    assert not sending(vendor).begin(parcel(), gate, Field().landing)
    assert not vendor.tells


def test_the_breaker_hears_of_a_flight(gate: Gate) -> None:
    """A failure that lands opens the breaker as any other does."""
    vendor, field_ = Prompt(), Field()

    async def act() -> None:
        assert sending(vendor).begin(parcel(), gate, field_.landing)
        vendor.tells[0](Retryable("not_sent", detail="cannot connect"))
        assert not gate.is_closed

    with logged():
        run(act())
    assert isinstance(field_.settled[0].action, Retry)


def test_a_flight_without_an_end_is_ended(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """An adapter that never tells loses its push: the vendor may have it, it is tried again, and its place is free."""
    monkeypatch.setattr(sender, "_GRACE_S", 0.05)
    vendor, field_ = Prompt(), Field()

    async def act() -> None:
        assert sending(vendor).begin(parcel(), gate, field_.landing)
        async with asyncio.timeout(10):
            while not field_.settled:  # noqa: ASYNC110 - it is told to a function
                await asyncio.sleep(0.01)
        vendor.tells[0](Accepted("late"))

    with logged() as lines:
        run(act())
    (settlement,) = field_.settled
    assert isinstance(settlement.action, Retry)
    assert settlement.action.job.is_uncertain
    assert {line["error"] for line in lines if line["event"] == "adapter failed"} == {"TimeoutError"}
    assert gate._started == 0


def test_a_fault_in_landing_is_told(gate: Gate) -> None:
    """What cannot be settled for a fault of ours is the lane's to give up, and the place is free."""
    vendor, field_ = Prompt(), Field()

    def breaks() -> float:
        raise ZeroDivisionError

    async def act() -> None:
        assert sending(vendor, breaks).begin(parcel(), gate, field_.landing)
        vendor.tells[0](Retryable("not_sent"))

    run(act())
    assert [type(error) for error in field_.failed] == [ZeroDivisionError]
    assert not field_.settled
    assert gate._started == 0


def test_a_replaced_vendor_is_closed_when_its_last_flight_has_landed(gate: Gate) -> None:
    """What began with the old credential ends with it."""
    old, new, field_, closed = Prompt(), Prompt(), Field(), list[bool]()

    async def act() -> None:
        sender = sending(old)
        assert sender.begin(parcel(0), gate, field_.landing)
        await sender.replace(new)
        assert sender.begin(parcel(1), gate, field_.landing)
        closed.append(old.is_closed)
        old.tells[0](Accepted("x"))
        await asyncio.sleep(0)
        closed.append(old.is_closed)

    run(act())
    assert closed == [False, True]
    assert not new.is_closed
    assert (len(new.tells), len(field_.settled)) == (1, 1)

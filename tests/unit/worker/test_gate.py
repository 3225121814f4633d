"""The gate of one channel: slots, and what its breaker lets through."""

import asyncio

import pytest

from policy.breaker import Breaker
from policy.breaker_rules import BreakerPolicy
from policy.sign import Sign
from worker.gate import Gate, Outcome

SLOTS = 8
GOOD, FAILED = Outcome(Sign.GOOD), Outcome(Sign.FAILED)


class Hand:
    """A clock that a test moves."""

    now_ms = 0

    def __call__(self) -> int:
        """Return milliseconds."""
        return self.now_ms


@pytest.fixture
def clock() -> Hand:
    """The gate's clock."""
    return Hand()


@pytest.fixture
def gate(clock: Hand) -> Gate:
    """A gate whose breaker opens after two failures."""
    return Gate("org#app", "n", SLOTS, Breaker(BreakerPolicy(failures=2), SLOTS), clock, lambda: 0.5)


def send(gate: Gate, outcome: Outcome) -> None:
    """Carry one push through."""
    gate.take(1)
    era = gate.start(1)
    assert era is not None
    gate.end(era, 1, outcome)
    gate.give(1)


def test_slots_are_counted(gate: Gate) -> None:
    """What is read takes slots until it is settled, whether its request is under way or not."""
    gate.take(SLOTS - 1)
    assert gate.free == 1
    era = gate.start(3)
    assert (era is not None, gate.free) == (True, 1)
    gate.take(1)
    assert gate.free == 0
    gate.give(SLOTS)
    assert gate.free == SLOTS


def test_an_open_breaker_lets_nothing_through(gate: Gate, clock: Hand) -> None:
    """While the channel is paused nothing is read and nothing begun; then one push at first, then two."""
    send(gate, FAILED)
    send(gate, FAILED)
    assert (gate.free, gate.start(1)) == (0, None)
    assert 500 <= gate.pause_ms <= 1000
    clock.now_ms += gate.pause_ms
    assert gate.free == 1
    send(gate, GOOD)
    assert gate.free == 2


def test_what_is_read_counts_against_the_probes(gate: Gate, clock: Hand) -> None:
    """Half-open, a push that was read and not begun yet leaves no room for a second one."""
    send(gate, FAILED)
    send(gate, FAILED)
    clock.now_ms += gate.pause_ms
    gate.take(1)
    assert gate.free == 0
    era = gate.start(1)
    assert era is not None
    assert gate.free == 0
    gate.end(era, 1, GOOD)
    gate.give(1)
    assert gate.free == 2


def test_who_waits_is_woken_by_a_settled_push(gate: Gate) -> None:
    """A lane without slots goes on as soon as one is free."""

    async def scenario() -> int:
        gate.take(SLOTS)
        waiting = asyncio.create_task(gate.wait_free())
        await asyncio.sleep(0)
        gate.give(2)
        return await waiting

    assert asyncio.run(scenario()) == 2

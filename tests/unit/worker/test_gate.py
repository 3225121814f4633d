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


def opened(slots: int) -> Gate:
    """Return a gate with these slots and a breaker that stays closed."""
    return Gate("org#app", "n", slots, Breaker(BreakerPolicy(), slots), Hand(), lambda: 0.5)


def test_more_than_there_are_may_be_taken() -> None:
    """Lanes that read at the same moment do so; none is free then, and none is owed."""
    gate = opened(3)
    gate.take(3)
    gate.take(3)
    assert gate.free == 0
    gate.give(3)
    assert gate.free == 0
    gate.give(1)
    assert gate.free == 1


def test_a_free_slot_is_not_waited_for() -> None:
    """The whole number of free slots is told at once."""
    assert asyncio.run(opened(5).wait_free()) == 5


@pytest.mark.parametrize("lanes", [1, 4])
def test_everybody_who_waits_hears_of_a_free_slot(lanes: int) -> None:
    """Lanes wait as long as nothing is free, and all of them are told when something is."""

    async def story() -> list[int]:
        gate = opened(2)
        gate.take(3)
        waiting = [asyncio.create_task(gate.wait_free()) for _ in range(lanes)]
        await asyncio.sleep(0)
        gate.give(1)
        await asyncio.sleep(0)
        assert not any(task.done() for task in waiting)
        gate.give(1)
        return await asyncio.wait_for(asyncio.gather(*waiting), 5)

    assert asyncio.run(story()) == [1] * lanes


def test_a_slot_that_is_taken_again_at_once_is_waited_for_again() -> None:
    """Whoever wakes up too late waits for the next one, and misses none."""

    async def story() -> int:
        gate = opened(1)
        gate.take(1)
        waiting = asyncio.create_task(gate.wait_free())
        await asyncio.sleep(0)
        gate.give(1)
        gate.take(1)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not waiting.done()
        gate.give(1)
        return await asyncio.wait_for(waiting, 5)

    assert asyncio.run(story()) == 1


def test_a_new_credential_is_tried_at_once(gate: Gate) -> None:
    """A channel that was paused has all its slots again, and the old credential's outcomes count for nothing."""
    gate.take(1)
    late = gate.start(1)
    assert late is not None
    send(gate, FAILED)
    send(gate, FAILED)
    assert gate.free == 0
    gate.renew()
    assert (gate.free, gate.pause_ms) == (SLOTS - 1, 0)
    gate.end(late, 1, FAILED)
    gate.give(1)
    send(gate, FAILED)
    assert gate.free == SLOTS
    send(gate, FAILED)
    assert 500 <= gate.pause_ms <= 1000


def test_who_waits_hears_of_a_new_credential(gate: Gate) -> None:
    """A lane does not wait for the end of a pause that is over."""

    async def wait() -> int:
        waiting = asyncio.create_task(gate.wait_free())
        await asyncio.sleep(0)
        gate.renew()
        return await waiting

    send(gate, FAILED)
    send(gate, FAILED)
    assert asyncio.run(wait()) == SLOTS

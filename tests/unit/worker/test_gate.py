"""The slots of one channel, which its lanes share."""

import asyncio

import pytest

from worker.gate import Gate


def test_slots_are_counted() -> None:
    """What is taken is not free; what is given back is."""
    gate = Gate(3)
    gate.take(2)
    assert (gate.taken, gate.free) == (2, 1)
    gate.give(1)
    assert (gate.taken, gate.free) == (1, 2)


def test_more_than_there_are_may_be_taken() -> None:
    """Lanes that read at the same moment do so; none is free then, and none is owed."""
    gate = Gate(3)
    gate.take(3)
    gate.take(3)
    assert (gate.taken, gate.free) == (6, 0)
    gate.give(3)
    assert gate.free == 0
    gate.give(1)
    assert gate.free == 1


def test_a_free_slot_is_not_waited_for() -> None:
    """The whole number of free slots is told at once."""
    assert asyncio.run(Gate(5).wait_free()) == 5


@pytest.mark.parametrize("lanes", [1, 4])
def test_everybody_who_waits_hears_of_a_free_slot(lanes: int) -> None:
    """Lanes wait as long as nothing is free, and all of them are told when something is."""

    async def story() -> list[int]:
        gate = Gate(2)
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
        gate = Gate(1)
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

"""Slots: as many as there are, in the order of those who wait, and none lost on the way."""

import asyncio

from providers.slots import Slots


def later(seconds: float) -> float:
    """Return a time of the running loop's clock."""
    return asyncio.get_running_loop().time() + seconds


def test_who_waits_is_served_in_order() -> None:
    """A slot that is given back goes to the first in line, and to nobody who comes meanwhile."""

    async def scenario() -> list[int]:
        slots, served = Slots(1), list[int]()

        async def wait(number: int) -> None:
            assert await slots.wait(later(5))
            served.append(number)

        assert slots.take()
        waiting = [asyncio.create_task(wait(number)) for number in range(3)]
        await asyncio.sleep(0)
        for _ in range(3):
            assert not slots.take()
            slots.give()
        await asyncio.gather(*waiting)
        assert not slots.take()
        slots.give()
        assert slots.take()
        return served

    assert asyncio.run(scenario()) == [0, 1, 2]


def test_who_waits_in_vain_or_goes_away_takes_none() -> None:
    """After a deadline and after cancellations, the last at the moment of the gift, every slot is there."""

    async def scenario() -> None:
        slots = Slots(1)
        assert slots.take()
        assert not await slots.wait(later(0.01))
        gone, given = (asyncio.create_task(slots.wait(later(5))) for _ in range(2))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        slots.give()
        given.cancel()
        await asyncio.gather(given, return_exceptions=True)
        assert given.cancelled()
        assert slots.take()
        assert not slots.take()

    asyncio.run(scenario())


def test_more_slots_serve_those_who_wait_first() -> None:
    """Slots that are added are given like any other."""

    async def scenario() -> None:
        slots = Slots(0)
        waiting = asyncio.create_task(slots.wait(later(5)))
        await asyncio.sleep(0)
        slots.add(3)
        assert await waiting
        assert [slots.take() for _ in range(3)] == [True, True, False]

    asyncio.run(scenario())

"""Work that is watched: what has no end is ended, at its own time, and nothing else is."""

import asyncio

import pytest

from worker.overdue import Overdue


def test_work_without_an_end_is_ended() -> None:
    """It ends as TimeoutError, and what began with it and has an end returns its value."""

    async def act() -> None:
        overdue = Overdue(0.05)
        hangs = asyncio.create_task(overdue.watch(asyncio.Event().wait()))
        ends = asyncio.create_task(overdue.watch(asyncio.sleep(0, "done")))
        assert await ends == "done"
        with pytest.raises(TimeoutError):
            await hangs

    asyncio.run(act())


def test_who_else_cancels_is_obeyed() -> None:
    """A cancellation from outside stays one, and leaves nothing under watch."""

    async def act() -> None:
        overdue = Overdue(60)
        hangs = asyncio.create_task(overdue.watch(asyncio.Event().wait()))
        await asyncio.sleep(0)
        hangs.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hangs
        assert not overdue._began

    asyncio.run(act())


def test_each_has_its_own_time() -> None:
    """After a look the next one is when the oldest that is left will have had its time, not a whole time later."""

    async def act() -> None:
        overdue = Overdue(60)
        first, second = (asyncio.create_task(overdue.watch(asyncio.Event().wait())) for _ in range(2))
        await asyncio.sleep(0)
        overdue._began[first] -= 60
        overdue._look(asyncio.get_running_loop())
        with pytest.raises(TimeoutError):
            await first
        assert overdue._timer is not None
        assert overdue._timer.when() == overdue._began[second] + 60
        second.cancel()

    asyncio.run(act())

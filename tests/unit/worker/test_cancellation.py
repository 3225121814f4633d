"""A task that is told to end does."""

import asyncio

import pytest

from worker.cancellation import end


@pytest.mark.parametrize("deaf", [0, 1, 3])
def test_a_task_is_cancelled_until_it_ends(deaf: int) -> None:
    """However many cancellations get lost on the way, it ends."""

    async def work() -> None:
        for _ in range(deaf):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                continue
        await asyncio.Event().wait()

    async def story() -> bool:
        task = asyncio.create_task(work())
        await asyncio.sleep(0)
        await asyncio.wait_for(end(task), 10)
        return task.cancelled()

    assert asyncio.run(story())


def test_a_task_that_has_ended_is_left_alone() -> None:
    """Its result stays."""

    async def story() -> int:
        task = asyncio.create_task(asyncio.sleep(0, 7))
        await task
        await end(task)
        return task.result()

    assert asyncio.run(story()) == 7


def test_whoever_ends_it_can_be_cancelled_too() -> None:
    """A stop that is stopped does not hang on a task that will not end."""

    async def work() -> None:
        while not may_end.is_set():
            try:
                await may_end.wait()
            except asyncio.CancelledError:
                continue

    async def story() -> None:
        task = asyncio.create_task(work())
        await asyncio.sleep(0)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(end(task), 0.2)
        may_end.set()
        await task

    may_end = asyncio.Event()
    asyncio.run(story())

"""A provider that is replaced while it is in use."""

import asyncio
from collections.abc import Callable, Coroutine

from providers.notification import Notification
from providers.result import Accepted, Result
from worker.line import Line


class Recording:
    """A provider that knows whether it is closed."""

    def __init__(self) -> None:
        """Begin open."""
        self.closings = 0

    async def send(self, _: Notification, __: float) -> Result:
        """Take everything."""
        return Accepted()

    async def aclose(self) -> None:
        """Count."""
        self.closings += 1


def playing(act: Callable[[Recording, Recording, Line], Coroutine[None, None, None]]) -> None:
    """Run an act with two providers and the line of the first."""
    old, new = Recording(), Recording()
    asyncio.run(act(old, new, Line(old)))


def test_who_began_ends_with_the_old_one() -> None:
    """The last of them has to close it; who begins later has the new one."""

    async def act(old: Recording, new: Recording, line: Line) -> None:
        first, second = line.take(), line.take()
        await line.replace(new)
        assert line.take().provider is new
        assert line.give(first) is None
        assert first.provider is old
        assert line.give(second) is old
        assert (old.closings, new.closings) == (0, 0)

    playing(act)


def test_an_idle_one_is_closed_at_once() -> None:
    """Nobody uses it, nobody will."""

    async def act(old: Recording, new: Recording, line: Line) -> None:
        assert line.give(line.take()) is None
        assert old.closings == 0
        await line.replace(new)
        await line.aclose()
        assert (old.closings, new.closings) == (1, 1)

    playing(act)


def test_replaced_twice() -> None:
    """Each is to be closed when it is needed no more, whatever the order."""

    async def act(old: Recording, new: Recording, line: Line) -> None:
        newest = Recording()
        first = line.take()
        await line.replace(new)
        second = line.take()
        await line.replace(newest)
        assert line.give(second) is new
        assert line.give(first) is old
        assert (old.closings, new.closings, newest.closings) == (0, 0, 0)

    playing(act)

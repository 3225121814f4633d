"""What takes longer than it may is cancelled: one timer for all that is under way, however much that is."""

import asyncio
from collections.abc import Awaitable
from typing import Any, Protocol, TypeVar, cast

Value = TypeVar("Value")


class Work(Protocol):
    """What can be cancelled: a task, for one."""

    def cancel(self) -> object:
        """End it."""
        ...


class Overdue:
    """Gives every piece of work the same time; a timer for each would cost more than the work waits for."""

    def __init__(self, after_s: float) -> None:
        """``after_s`` is how long a piece of work may take."""
        self._after_s = after_s
        #: When each piece began, in the order in which they did; seconds of the loop's clock.
        self._began: dict[Work, float] = {}
        self._timer: asyncio.TimerHandle | None = None
        #: Asking for it takes a system call, before Python 3.12.
        self._loop: asyncio.AbstractEventLoop | None = None

    async def watch(self, work: Awaitable[Value]) -> Value:
        """Return what the work returns, in a task of its own.

        Raises:
            TimeoutError: it took too long.
        """
        task = cast("asyncio.Task[Any]", asyncio.current_task(self._loop))
        self.begin(task)
        try:
            return await work
        except asyncio.CancelledError:
            if task in self._began or task.uncancel():  # cancelled by somebody else, too
                raise
            raise TimeoutError from None
        finally:
            self.end(task)

    def begin(self, work: Work) -> None:
        """Cancel a piece of work that does not end in time."""
        loop = self._loop = self._loop or asyncio.get_running_loop()
        self._began[work] = loop.time()
        if self._timer is None:
            self._look_later(loop)

    def end(self, work: Work) -> None:
        """Take note that a piece of work has ended."""
        self._began.pop(work, None)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        last = loop.time() - self._after_s
        for work in [work for work, began in self._began.items() if began <= last]:
            del self._began[work]
            work.cancel()
        self._look_later(loop)

    def _look_later(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look again when the oldest piece will have had its time: it is the first to be over."""
        oldest = next(iter(self._began.values()), None)
        self._timer = None if oldest is None else loop.call_at(oldest + self._after_s, self._look, loop)

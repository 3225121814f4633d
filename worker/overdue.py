"""What takes longer than it may is cancelled: one timer for all that is under way, however much that is."""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar, cast

Value = TypeVar("Value")


class Overdue:
    """Gives every piece of work the same time; a timer for each would cost more than the work waits for.

    Each piece runs in a task of its own.
    """

    def __init__(self, after_s: float) -> None:
        """``after_s`` is how long a piece of work may take."""
        self._after_s = after_s
        #: When each piece began, in the order in which they did; seconds of the loop's clock.
        self._began: dict[asyncio.Task[Any], float] = {}
        self._timer: asyncio.TimerHandle | None = None
        #: Asking for it takes a system call, before Python 3.12.
        self._loop: asyncio.AbstractEventLoop | None = None

    async def watch(self, work: Awaitable[Value]) -> Value:
        """Return what the work returns.

        Raises:
            TimeoutError: it took too long.
        """
        loop = self._loop = self._loop or asyncio.get_running_loop()
        task = cast("asyncio.Task[Any]", asyncio.current_task(loop))
        self._began[task] = loop.time()
        if self._timer is None:
            self._look_later(loop)
        try:
            return await work
        except asyncio.CancelledError:
            if task in self._began or task.uncancel():  # cancelled by somebody else, too
                raise
            raise TimeoutError from None
        finally:
            self._began.pop(task, None)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        last = loop.time() - self._after_s
        for task in [task for task, began in self._began.items() if began <= last]:
            del self._began[task]
            task.cancel()
        self._look_later(loop)

    def _look_later(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look again when the oldest piece will have had its time: it is the first to be over."""
        oldest = next(iter(self._began.values()), None)
        self._timer = None if oldest is None else loop.call_at(oldest + self._after_s, self._look, loop)

"""One thing that the engine keeps running: started again when it fails, or when it stands still."""

import asyncio
from typing import Any, Protocol

import structlog

from worker.cancellation import end
from worker.health import Health

#: Between a failure and the next start.
_AGAIN_S = 1.0
_log = structlog.get_logger(__name__)


class Runnable(Protocol):
    """What a part runs; ``run`` may be called again after it has failed or was cancelled."""

    name: str

    async def run(self) -> None:
        """Run until told to stop."""
        ...


class Part:
    """Runs until it ends by itself after it was told to stop. Its work is in Redis, whatever happens to it."""

    def __init__(self, work: Runnable, health: Health, closing: asyncio.Event | None = None) -> None:
        """Start nothing yet. ``closing`` is of its own if it may end before the worker does."""
        self.name, self.pulse = work.name, health.pulse(work.name)
        self._run, self._closing = work.run, closing or health.closing
        self._task: asyncio.Task[None] | None = None
        #: The loop holds tasks weakly; this keeps the one that ends it.
        self._ending: asyncio.Task[None] | None = None
        #: What ``pulse.still_since`` was set to when it was last started again for standing still.
        self.revived: float | None = None

    async def keep_running(self) -> None:
        """Run it to its end."""
        self.pulse.excuse()
        while not await self._ends():
            pass

    def revive(self) -> None:
        """End it; ``keep_running`` starts it again. It has as much time as a fresh one to get on."""
        self.pulse.excuse()
        self.revived = self.pulse.still_since
        if self._task:
            self._ending = asyncio.create_task(end(self._task))

    @property
    def place(self) -> str:
        """Where it waits: file, line and function of the innermost coroutine that can be seen."""
        coroutine: Any = self._task.get_coro() if self._task else None
        place = ""
        while frame := getattr(coroutine, "cr_frame", None):
            place = f"{frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_name}"
            coroutine = coroutine.cr_await
        return place

    async def _ends(self) -> bool:
        """Run it once; return whether that was all."""
        self._task = asyncio.create_task(self._run(), name=self.name)
        try:
            await asyncio.wait({self._task})
        finally:
            self._task.cancel()  # does nothing to one that has ended
        if self._task.cancelled():
            return False
        error = self._task.exception()
        if error is None and self._closing.is_set():
            return True
        await self._note_failure(error)
        return False

    async def _note_failure(self, error: BaseException | None) -> None:
        fault = type(error).__name__ if error else "ended by itself"
        self.pulse.fault = f"failed: {fault}"
        self.pulse.excuse()
        _log.error("a part of the engine failed, starting it again", part=self.name, error=fault, exc_info=error)
        await asyncio.sleep(_AGAIN_S)

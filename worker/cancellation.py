"""The end of a task, for certain."""

import asyncio
from typing import Any

_AGAIN_S = 0.05


async def end(task: "asyncio.Task[Any]") -> None:
    """Cancel a task until it has ended.

    Once is not enough before Python 3.12: ``asyncio.wait_for``, through which redis-py sends every command, drops a
    cancellation that comes in the moment in which it succeeds, and the task would be waited for for ever.
    https://github.com/python/cpython/issues/86296
    """
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=_AGAIN_S)

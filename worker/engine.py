"""Everything that runs on one worker process's event loop: for each partition one ingest, one lane for each channel.

And for each partition one settler of what its lanes have sent; one schedule of retries, one of late pushes, one backlog
watch and one look at the consoles for all of them.
"""

import asyncio
from collections.abc import Callable, Sequence

from worker.cancellation import end as end_task
from worker.health import Health
from worker.part import Part, Runnable
from worker.stall_watch import Renew, StallWatch
from worker.ways import Ways


class Engine:
    """Runs its parts until the worker is told to stop and all of them have settled what they hold."""

    def __init__(
        self,
        works: Sequence[Runnable],
        ways: Ways,
        settlers: Sequence[Runnable],
        health: Health,
        renew: Renew,
        end: Callable[..., None],
    ) -> None:
        """Made by ``bootstrap``; ``works`` is what runs besides the lanes and what settles for them.

        ``renew`` and ``end`` are the watch's.
        """
        self._parts, self._ways = [Part(work, health) for work in works], ways
        self._settlers = [Part(settler, health) for settler in settlers]
        #: Those of the ways come and go.
        self._watched = [*self._parts, *self._settlers]
        self._watch = StallWatch(health, self._watched, renew, end)

    async def run(self) -> None:
        """Run to the end."""
        watching = asyncio.create_task(self._watch.run())
        settling = [asyncio.create_task(part.keep_running()) for part in self._settlers]
        try:
            async with asyncio.TaskGroup() as group:
                for part in self._parts:
                    group.create_task(part.keep_running())
                group.create_task(self._ways.run(self._watched))
        finally:
            watching.cancel()
            # Last: what the lanes still had in flight when they were told to stop is settled, too.
            for task in settling:
                await end_task(task)

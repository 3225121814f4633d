"""Everything that runs on one worker process's event loop: for each partition one ingest and one lane for each channel.

And one schedule of retries, one of late pushes and one backlog watch for all of them.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from worker.health import Health
from worker.lane import Lane
from worker.part import Part, Runnable
from worker.sender import Sender
from worker.stall_watch import Renew, StallWatch
from worker.store.outbox import OutboxStore


@dataclass(frozen=True, slots=True)
class Way:
    """One channel's way to its vendor: the sender, and a lane and an outbox in each partition."""

    sender: Sender
    lanes: Sequence[Lane]
    outboxes: Sequence[OutboxStore]


class Engine:
    """Runs its parts until the worker is told to stop and all of them have settled what they hold."""

    def __init__(
        self, works: Sequence[Runnable], ways: Sequence[Way], health: Health, renew: Renew, end: Callable[..., None]
    ) -> None:
        """Made by ``bootstrap``; ``works`` is what runs besides the lanes. ``renew`` and ``end`` are the watch's."""
        self._parts = [Part(work, health) for work in works]
        self._ways = [(way.sender, [Part(lane, health) for lane in way.lanes]) for way in ways]
        every = [*self._parts, *(part for _, parts in self._ways for part in parts)]
        self._watch = StallWatch(health, every, renew, end)

    async def run(self) -> None:
        """Run to the end."""
        watching = asyncio.create_task(self._watch.run())
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_keep_running(self._parts))
                for sender, lanes in self._ways:
                    group.create_task(_go(sender, lanes))
        finally:
            watching.cancel()


async def _keep_running(parts: Sequence[Part]) -> None:
    async with asyncio.TaskGroup() as group:
        for part in parts:
            group.create_task(part.keep_running())


async def _go(sender: Sender, lanes: Sequence[Part]) -> None:
    """Run one channel's lanes, then close its connections."""
    await _keep_running(lanes)
    await sender.aclose()

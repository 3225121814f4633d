"""Everything that runs on one worker process's event loop: for each partition one ingest and one lane for each channel.

And one schedule of retries and one of late pushes for all of them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import structlog

from worker.clock import Clock
from worker.lane import Lane
from worker.patience import Closed, Patience
from worker.sender import Sender
from worker.store.outbox import OutboxStore

_DUE_EVERY_S = 0.25
_DUE_AT_MOST = 500
_RESTART_S = 1.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Way:
    """One channel's way to its vendor: the sender, and a lane and an outbox in each partition."""

    sender: Sender
    lanes: Sequence[Lane]
    outboxes: Sequence[OutboxStore]


class Part(Protocol):
    """Runs until ``closing`` is set."""

    name: str

    async def run(self) -> None:
        """Run to the end."""


class Engine:
    """Runs its parts until ``closing`` is set and all of them have settled what they hold."""

    def __init__(self, parts: Sequence[Part], ways: Sequence[Way], clock: Clock, closing: asyncio.Event) -> None:
        """Made by ``bootstrap``; ``parts`` are what runs beside the lanes and the retry schedule."""
        self._parts, self._ways = parts, ways
        self._outboxes = [outbox for way in ways for outbox in way.outboxes]
        self._clock, self._closing = clock, closing
        self._patience = Patience("retry schedule", closing)

    async def run(self) -> None:
        """Run to the end."""
        async with asyncio.TaskGroup() as group:
            for part in self._parts:
                group.create_task(self._keep_running(part.name, part.run))
            group.create_task(self._keep_running("retry schedule", self._bring_due))
            for way in self._ways:
                group.create_task(self._go(way))

    async def _go(self, way: Way) -> None:
        """Run one channel's lanes, then close its connections."""
        async with asyncio.TaskGroup() as group:
            for lane in way.lanes:
                group.create_task(self._keep_running(lane.name, lane.run))
        await way.sender.aclose()

    async def _keep_running(self, name: str, part: Callable[[], Awaitable[None]]) -> None:
        """Start a part again when it fails: its work is still in Redis."""
        while True:
            try:
                await part()
            except Exception:  # noqa: BLE001 - whatever it is, the other parts must go on
                _log.exception("a part of the engine failed, starting it again", part=name)
                await asyncio.sleep(_RESTART_S)
            else:
                return

    async def _bring_due(self) -> None:
        """Bring retries back when they are due. Any worker may do so for all: the script is atomic."""
        try:
            while not self._closing.is_set():
                for outbox in self._outboxes:
                    await self._patience.insist(partial(outbox.bring_due, self._clock(), _DUE_AT_MOST))
                await self._pause()
        except Closed:
            return

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._closing.wait(), _DUE_EVERY_S)
        except TimeoutError:
            return

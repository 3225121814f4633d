"""Live progress of the demo, and the knowledge of when nothing moves any more."""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rich.progress import Progress

from worker.demo.sample import Sample
from worker.store.connection import Connection
from worker.store.keys import Keys

_POLL_S = 0.1
_DEADLINE_S = 60.0
_KEYS = Keys()


class Watch:
    """Polls Redis while the worker works."""

    def __init__(self, sample: Sample, connection: Connection, progress: Progress) -> None:
        """Show three bars; nothing is read before ``run``."""
        self._client, self._progress = connection.writer, progress
        self._channels = [(app["appkey"], channel["notifier"]) for app in sample.apps for channel in app["channels"]]
        self._emitted = progress.add_task("events emitted ", total=len(sample.events) + len(sample.malformed))
        self._decided = progress.add_task("decisions      ", total=len(sample.decisions))
        self._answered = progress.add_task("vendors' answers", total=len(sample.pushes))
        self._quiet_by: float | None = None

    def emitted(self) -> None:
        """Note one event."""
        self._progress.advance(self._emitted)

    def end_when_quiet(self) -> None:
        """Let ``run`` return when every queue is empty, or when waiting longer would help nobody."""
        self._quiet_by = time.monotonic() + _DEADLINE_S

    async def run(self) -> None:
        """Show progress until told to end and nothing waits anywhere."""
        while not await self._is_over():
            self._progress.update(self._decided, completed=await self._client.xlen(_KEYS.journal))
            self._progress.update(self._answered, completed=await self._answers())
            await asyncio.sleep(_POLL_S)
        self._progress.update(self._decided, completed=await self._client.xlen(_KEYS.journal))
        self._progress.update(self._answered, completed=await self._answers())

    async def _is_over(self) -> bool:
        if self._quiet_by is None:
            return False
        return time.monotonic() > self._quiet_by or not await self._waiting()

    async def _waiting(self) -> int:
        """Return how many entries any stage still holds: an entry is deleted only when it is settled."""
        async with self._client.pipeline(transaction=True) as pipe:
            pipe.xlen(_KEYS.events)
            for channel in self._channels:
                pipe.xlen(_KEYS.outbox(*channel))
                pipe.zcard(_KEYS.retry(*channel))
            return sum(await pipe.execute())

    async def _answers(self) -> int:
        day = datetime.now(UTC).date().isoformat()
        total = 0
        for appkey in {appkey for appkey, _ in self._channels}:
            counters: Mapping[Any, Any] = await self._client.hgetall(_KEYS.statistics(appkey, day))
            total += sum(int(count) for name, count in counters.items() if name != b"retired")
        return total

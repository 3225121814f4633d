"""Brings pushes back when their time has come."""

import asyncio
from collections.abc import Sequence
from functools import partial

from worker.clock import Clock
from worker.health import Health
from worker.patience import Closed
from worker.store.retries import RetryStore

_EVERY_S = 0.25
_AT_MOST = 500


class RetrySchedule:
    """Looks after all partitions. Any worker may do so for all: the script is atomic."""

    name = "retry schedule"

    def __init__(self, stores: Sequence[RetryStore], clock: Clock, health: Health) -> None:
        """Nothing is moved before ``run``."""
        self._stores, self._clock, self._closing = stores, clock, health.closing
        self._patience = health.patience(self.name)

    async def run(self) -> None:
        """Move what is due until told to stop."""
        try:
            while not self._closing.is_set():
                for store in self._stores:
                    await self._bring(store)
                await self._pause()
        except Closed:
            return

    async def _bring(self, store: RetryStore) -> None:
        for outbox in await self._patience.insist(store.waiting):
            await self._patience.insist(partial(outbox.bring_due, self._clock(), _AT_MOST))

    async def _pause(self) -> None:
        self._patience.pulse.beat()  # also without a single channel
        try:
            await asyncio.wait_for(self._closing.wait(), _EVERY_S)
        except TimeoutError:
            return

"""Brings late pushes to the outboxes whenever these are short."""

import asyncio
from collections.abc import Sequence
from functools import partial

from worker.health import Health
from worker.patience import Closed
from worker.store.late import LateStore

_EVERY_S = 0.25
#: While late pushes leave, an outbox must not run empty between two looks.
_BUSY_S = 0.05


class LateSchedule:
    """Looks after all partitions. Any worker may do so for all: the script is atomic."""

    name = "late schedule"

    def __init__(self, stores: Sequence[LateStore], health: Health) -> None:
        """Nothing is moved before ``run``."""
        self._stores, self._closing = stores, health.closing
        self._patience = health.patience(self.name)

    async def run(self) -> None:
        """Move what may leave until told to stop."""
        try:
            while not self._closing.is_set():
                moved = [await self._bring(store) for store in self._stores]
                await self._pause(_BUSY_S if any(moved) else _EVERY_S)
        except Closed:
            return

    async def _bring(self, store: LateStore) -> int:
        channels = await self._patience.insist(store.waiting)
        return sum([await self._patience.insist(partial(store.bring, channel)) for channel in channels])

    async def _pause(self, seconds: float) -> None:
        self._patience.pulse.beat()  # also without a single channel
        try:
            await asyncio.wait_for(self._closing.wait(), seconds)
        except TimeoutError:
            return

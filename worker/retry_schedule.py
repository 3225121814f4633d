"""Brings pushes back when their time has come."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from worker.clock import Clock
from worker.health import Health
from worker.patience import Closed
from worker.store.outbox import OutboxStore

_EVERY_S = 0.25
_AT_MOST = 500


class RetrySchedule:
    """Looks after the schedules of all channels. Any worker may do so for all: the script is atomic."""

    name = "retry schedule"

    def __init__(self, outboxes: Callable[[], Sequence[OutboxStore]], clock: Clock, health: Health) -> None:
        """Nothing is moved before ``run``. ``outboxes`` are asked for each time: channels come and go."""
        self._outboxes, self._clock, self._closing = outboxes, clock, health.closing
        self._patience = health.patience(self.name)

    async def run(self) -> None:
        """Move what is due until told to stop."""
        try:
            while not self._closing.is_set():
                for outbox in self._outboxes():
                    await self._patience.insist(partial(outbox.bring_due, self._clock(), _AT_MOST))
                await self._pause()
        except Closed:
            return

    async def _pause(self) -> None:
        self._patience.pulse.beat()  # also without a single channel
        try:
            await asyncio.wait_for(self._closing.wait(), _EVERY_S)
        except TimeoutError:
            return

"""The part of the engine that honours what is set over HTTP: within a second, and without a restart."""

import asyncio
from functools import partial

from worker.clock import Clock
from worker.consoles import EVERY_S, Consoles
from worker.health import Health
from worker.patience import Closed
from worker.store.channels import ChannelStore
from worker.ways import Ways


class ConsoleWatch:
    """Looks twice a second what was changed, and starts, changes and ends ways."""

    name = "consoles"

    def __init__(self, consoles: Consoles, ways: Ways, channels: ChannelStore, clock: Clock, health: Health) -> None:
        """Nothing is looked at before ``run``."""
        self._consoles, self._ways, self._channels, self._clock = consoles, ways, channels, clock
        self._patience, self._closing = health.patience(self.name), health.closing

    async def run(self) -> None:
        """Look until told to stop."""
        try:
            while not self._closing.is_set():
                await self._patience.insist(self._consoles.refresh)
                await self._ways.follow(self._consoles.channels)
                for name in self._consoles.deleted:
                    await self._patience.insist(partial(self._channels.forget_empty, *name, self._clock()))
                await self._pause()
        except Closed:
            return

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._closing.wait(), EVERY_S)
        except TimeoutError:
            return

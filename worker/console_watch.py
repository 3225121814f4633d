"""The part of the engine that honours what is set over HTTP: within a second, and without a restart."""

import asyncio
from functools import partial

from worker.clock import Clock
from worker.consoles import EVERY_S, Consoles
from worker.health import Health
from worker.patience import Closed
from worker.store.channels import ChannelStore
from worker.ways import Name, Ways, name_of

#: Workers that have not heard of a deletion yet may still plan pushes for as long.
GRACE_MS = 10_000


class ConsoleWatch:
    """Looks twice a second what was changed, and starts, changes and ends ways."""

    name = "consoles"

    def __init__(self, consoles: Consoles, ways: Ways, channels: ChannelStore, clock: Clock, health: Health) -> None:
        """Nothing is looked at before ``run``."""
        self._consoles, self._ways, self._channels, self._clock = consoles, ways, channels, clock
        self._patience, self._closing = health.patience(self.name), health.closing
        #: Channels whose ways were ended here, and whose outboxes may be there still.
        self._ended: set[Name] = set()

    async def run(self) -> None:
        """Look until told to stop."""
        try:
            while not self._closing.is_set():
                await self._patience.insist(self._consoles.refresh)
                await self._follow()
                await self._clear_away()
                await self._pause()
        except Closed:
            return

    async def _follow(self) -> None:
        over = [name for name, since_ms in self._consoles.deleted.items() if await self._is_over(name, since_ms)]
        wanted = [channel for channel in self._consoles.channels if name_of(channel) not in over]
        self._ended |= (self._ways.names | {*over}) - {name_of(channel) for channel in wanted}
        self._ended -= {name_of(channel) for channel in wanted}
        await self._ways.follow(wanted)

    async def _is_over(self, name: Name, since_ms: int) -> bool:
        """Return whether a deleted channel has sent all that it will ever have to send."""
        is_known = self._clock() - since_ms >= GRACE_MS
        return is_known and await self._patience.insist(partial(self._channels.is_empty, *name))

    async def _clear_away(self) -> None:
        """Remove the outboxes of channels that nobody reads any more, and then what is known of the channels."""
        for name in self._ended - self._ways.names:
            if await self._patience.insist(partial(self._channels.discard, *name)):
                await self._patience.insist(partial(self._channels.forget, *name))
                self._ended.discard(name)

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._closing.wait(), EVERY_S)
        except TimeoutError:
            return

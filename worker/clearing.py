"""The part of the engine that deletes what users have set, when their app's advanced features are switched off."""

import asyncio
from functools import partial

import structlog

from worker.clock import Clock
from worker.consoles import Consoles
from worker.health import Health
from worker.patience import Closed
from worker.store.clearing import ClearingStore

_EVERY_S = 1.0
#: By then every API has heard that it is off, and takes no more settings.
_AFTER_MS = 2_000
_log = structlog.get_logger(__name__)


class Clearing:
    """Any worker may do it: one takes an app on, and another does if it dies."""

    name = "clearing"

    def __init__(self, consoles: Consoles, store: ClearingStore, clock: Clock, health: Health) -> None:
        """Nothing is deleted before ``run``."""
        self._consoles, self._store, self._clock = consoles, store, clock
        self._patience, self._closing = health.patience(self.name), health.closing

    async def run(self) -> None:
        """Delete what is to be deleted until told to stop."""
        try:
            while not self._closing.is_set():
                for appkey, since_ms in self._consoles.clearing.items():
                    if self._clock() - since_ms >= _AFTER_MS:
                        await self._clear(appkey, since_ms)
                await self._pause()
        except Closed:
            return

    async def _clear(self, appkey: str, since_ms: int) -> None:
        if not await self._patience.insist(partial(self._store.claim, appkey, since_ms)):
            return
        # After Redis trouble from the beginning: where a scan has come to is nothing that another server knows.
        cleared = await self._patience.insist(partial(self._clear_all, appkey))
        if cleared is None:
            return
        await self._patience.insist(partial(self._store.finish, appkey, since_ms))
        await self._patience.insist(self._consoles.refresh)
        _log.info("advanced features are off, what users had set is deleted", app=appkey, users=cleared)

    async def _clear_all(self, appkey: str) -> int | None:
        """Return how many users had set anything; None: another worker goes on, after this one ended or was slow."""
        cleared = 0
        async for portion in self._store.portions(appkey):
            changed = None if self._closing.is_set() else await self._store.clear(appkey, portion)
            if changed is None:
                return None
            cleared += changed
            self._patience.pulse.beat()
        return cleared

    async def _pause(self) -> None:
        self._patience.pulse.beat()
        try:
            await asyncio.wait_for(self._closing.wait(), _EVERY_S)
        except TimeoutError:
            return

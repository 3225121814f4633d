"""Deletes the settings of an app's users, because its advanced features were switched off.

In portions, so that no script holds up Redis for long. What was interrupted begins again: deleting twice is harmless.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from itertools import groupby
from typing import Any

from redis.asyncio import Redis

from worker.store.console import CLEARING, TEMPLATE, AppRecord, Changes, ConsoleStore, clearing_since
from worker.store.keys import Keys
from worker.store.scripts import Scripts
from worker.store.state import parts_of

_PORTION = 100
_LEASE_MS = 30_000
_KEYS = Keys()
#: What has a meaning in a pattern of SCAN.
_SPECIAL = str.maketrans({character: f"\\{character}" for character in "\\*?[]"})


class ClearingStore:
    """Clears one app at a time. ``worker`` names who does so."""

    def __init__(self, client: Redis, worker: str) -> None:
        """Bind; nothing is sent before the first call."""
        self._client, self._scripts, self._worker = client, Scripts(client), worker
        self._store = ConsoleStore(client)

    async def claim(self, appkey: str, since_ms: int) -> bool:
        """Take an app on, if there is still to do what was asked for then, and no other worker does it.

        It is this worker's for half a minute, and again after each portion.
        """
        is_free = await self._client.set(_KEYS.clearing(appkey), self._worker, nx=True, px=_LEASE_MS)
        if not is_free and not await self._is_ours(appkey):
            return False
        if clearing_since(await self._store.read(appkey)) == since_ms:
            return True
        await self._client.delete(_KEYS.clearing(appkey))
        return False

    async def portions(self, appkey: str) -> AsyncIterator[list[str]]:
        """Yield the keys of the app's users, in no order, some twice."""
        pattern = f"push:{{p*}}:u:{appkey.translate(_SPECIAL)}:*"
        portion: list[str] = []
        async for key in self._client.scan_iter(match=pattern, count=1000):
            portion.append(key.decode())
            if len(portion) == _PORTION:
                yield portion
                portion = []
        yield portion

    async def clear(self, appkey: str, portion: Sequence[str]) -> int | None:
        """Clear some users; return how many had set anything, or None: another worker has taken over."""
        if not await self._is_ours(appkey):
            return None
        ordered = sorted(portion, key=_partition)
        parts = [list(keys) for _, keys in groupby(ordered, _partition)]
        changed = await asyncio.gather(*(self._scripts.run("clear", keys, []) for keys in parts))
        await self._client.set(_KEYS.clearing(appkey), self._worker, px=_LEASE_MS)
        return int(sum(changed))

    async def finish(self, appkey: str, since_ms: int) -> None:
        """Note that all was deleted that was to be deleted since then, and let the app go.

        Of the templates, what an API made that had not heard of it yet.
        """

        def change(record: AppRecord) -> tuple[Changes, None]:
            gone = [CLEARING, *(name for name in record.fields if name.startswith(TEMPLATE))]
            return (dict.fromkeys(gone) if clearing_since(record) == since_ms else {}), None

        await self._store.change(appkey, change)
        await self._client.delete(_KEYS.clearing(appkey))

    async def _is_ours(self, appkey: str) -> bool:
        worker: Any = await self._client.get(_KEYS.clearing(appkey))
        return bool(worker == self._worker.encode())


def _partition(key: str) -> int:
    return parts_of(key)[0]

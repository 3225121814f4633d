"""What waits in one partition, looked at without being touched."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, NamedTuple

from redis.asyncio import Redis

from worker.store.keys import Keys
from worker.store.scripts import Argument, KeyTable, Scripts
from worker.store.sidings import SidingStore
from worker.store.stream import Entry

_PAGE = 200


class Lengths(NamedTuple):
    """How many pushes of a channel wait: in the outbox, what is in flight among them; late ones; to be sent again."""

    outbox: int
    ready: int
    folding: int
    retry: int


class WaitingStore:
    """Looks at one partition."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        """Bind; nothing is sent before the first call."""
        self._client, self.keys, self._scripts = client, keys, Scripts(client)

    async def event_streams(self) -> list[str]:
        """Return the streams that events wait on, those first whose events are older."""
        apps = await SidingStore(self._scripts, self.keys).open()
        return [*(self.keys.siding(app) for app in sorted(apps)), self.keys.events]

    async def events(self, stream: str) -> AsyncIterator[list[Entry]]:
        """Yield pages of what a stream holds now, oldest first. What was put aside has the id that it came with."""
        newest: Any = await self._client.xrevrange(stream, count=1)
        low, high = "-", newest[0][0].decode() if newest else ""
        id_field = b"" if stream == self.keys.events else b"origin"
        while high and (rows := await self._rows(stream, low, high)):
            yield [Entry(fields.get(id_field, entry_id), fields) for entry_id, fields in rows]
            low = f"({rows[-1][0].decode()}"

    async def _rows(self, stream: str, low: str, high: str) -> list[tuple[bytes, dict[bytes, bytes]]]:
        rows: Any = await self._client.xrange(stream, min=low, max=high, count=_PAGE)
        return list(rows)

    async def known(self, receivers: Sequence[tuple[str, str, str]]) -> list[bool]:
        """Tell for which (app, message, user) the message was handed over before."""
        table, arguments = KeyTable(), list[Argument]()
        for appkey, msg_id, user in receivers:
            arguments += [table.index(self.keys.message(appkey, msg_id)), user]
        return [bool(flag) for flag in await self._scripts.run("known", table.keys, arguments)]

    async def lengths(self, channels: Sequence[tuple[str, str]]) -> list[Lengths]:
        """Return how much waits for each channel, named by app and notifier."""
        keys = self.keys
        kinds = (keys.outbox, keys.late_ready, keys.late_folding, keys.retry)
        found = iter(await self.of([kind(*channel) for channel in channels for kind in kinds]))
        return [Lengths(next(found), next(found), next(found), next(found)) for _ in channels]

    async def of(self, keys: Sequence[str]) -> list[int]:
        """Return the lengths of streams and sorted sets."""
        return [int(length) for length in await self._scripts.run("lengths", keys, [])]

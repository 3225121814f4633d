"""One Redis Stream read with a consumer group: read, reclaim what dead workers left, count."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from redis.asyncio import Redis
from redis.exceptions import ResponseError

GROUP = "push"
_NO_GROUP = "NOGROUP"


class Entry(NamedTuple):
    """One stream entry as it came."""

    id: bytes
    fields: Mapping[bytes, bytes]


def added_ms(entry_id: bytes) -> int:
    """Return when an entry was added: the time part of its id, milliseconds since 1970."""
    return int(entry_id.split(b"-", 1)[0])


class Stream:
    """A stream as one consumer sees it. ``reader`` must allow blocking longer than ``block_ms``."""

    def __init__(self, reader: Redis, name: str, consumer: str) -> None:
        """Bind; nothing is sent before the first call."""
        self._reader, self.name, self._consumer = reader, name, consumer
        self._cursor = "0-0"

    async def create_group(self) -> None:
        """Create stream and group unless they exist. From the beginning: what was added before is not lost."""
        try:
            await self._reader.xgroup_create(self.name, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise

    async def read(self, count: int, block_ms: int) -> list[Entry]:
        """Return up to ``count`` new entries; wait up to ``block_ms`` for the first."""
        try:
            answer: Any = await self._reader.xreadgroup(
                GROUP, self._consumer, {self.name: ">"}, count=count, block=block_ms
            )
        except ResponseError as error:
            await self._restore_group(error)
            return []
        return [Entry(*pair) for pair in answer[self.name.encode()]] if answer else []

    async def reclaim(self, min_idle_ms: int, count: int) -> list[Entry]:
        """Return entries that another consumer read but did not settle within the lease."""
        try:
            cursor, entries, _ = await self._reader.xautoclaim(
                self.name, GROUP, self._consumer, min_idle_time=min_idle_ms, start_id=self._cursor, count=count
            )
        except ResponseError as error:
            await self._restore_group(error)
            return []
        self._cursor = cursor.decode()
        return [Entry(*pair) for pair in entries]

    async def _restore_group(self, error: ResponseError) -> None:
        """Make the group again: a restart without persistence or a stale failover loses it. Raise any other error."""
        if not str(error).startswith(_NO_GROUP):
            raise error
        await self.create_group()

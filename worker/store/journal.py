"""The journal: every decision record, newest last, and what became of each push."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import msgspec
from redis.asyncio import Redis

from worker.store.keys import Keys, Partitions

_PAGE = 500
#: redis-py's annotations allow for shapes that this client's options exclude.
Entries = Any


class JournalStore:
    """Reads the journal for ``explain``."""

    def __init__(self, client: Redis, partitions: Partitions) -> None:
        """Bind; nothing is sent before the first call."""
        self._client, self._partitions = client, partitions

    async def of_message(self, appkey: str, msg_id: str, user: str) -> dict[str, Any] | None:
        """Return the record of one receiver of one message; None when it was never handed over or is forgotten."""
        keys = self._partitions.of(appkey, user)
        entry_id = await self._client.hget(keys.message(appkey, msg_id), user)
        if not entry_id:
            return None
        entries: Entries = await self._client.xrange(keys.journal, min=entry_id, max=entry_id, count=1)
        return await self._with_delivery(_record(entries[0][1])) if entries else None

    async def of_user(self, appkey: str, user: str) -> AsyncIterator[dict[str, Any]]:
        """Yield the records of one receiver, newest first. Walks the journal: its length is bounded."""
        async for record in self._newest_first(self._partitions.of(appkey, user)):
            if (record["appkey"], record["user"]) == (appkey, user):
                yield await self._with_delivery(record)

    async def newest_first(self) -> AsyncIterator[dict[str, Any]]:
        """Yield every record, one partition after the other, without what became of its pushes."""
        for keys in self._partitions.all:
            async for record in self._newest_first(keys):
                yield record

    async def _newest_first(self, keys: Keys) -> AsyncIterator[dict[str, Any]]:
        newest = "+"
        while page := await self._page(keys, newest):
            for _, fields in page:
                yield _record(fields)
            newest = f"({page[-1][0].decode()}"

    async def _page(self, keys: Keys, newest: str) -> Entries:
        return await self._client.xrevrange(keys.journal, max=newest, count=_PAGE)

    async def _with_delivery(self, record: dict[str, Any]) -> dict[str, Any]:
        """Add the delivery state of each device, as long as the message's ledger remembers it."""
        keys = self._partitions.of(record["appkey"], record["user"])
        states: Mapping[Any, Any] = await self._client.hgetall(keys.message(record["appkey"], record["msg_id"]))
        for device in record["devices"]:
            state = states.get(f"{record['user']}\n{device['notifier']}\n{device['device_id']}".encode())
            if state:
                device["delivery"] = state.decode()
        return record


def _record(fields: Mapping[bytes, bytes]) -> dict[str, Any]:
    """Return the record with the badge that the hand-off counted."""
    record: dict[str, Any] = msgspec.json.decode(fields[b"record"])
    return record | {"badge": int(fields[b"badge"])}

"""The journal: every decision record, newest last, and what became of each push."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import msgspec
from redis.asyncio import Redis

from worker.store.keys import Keys

_PAGE = 500
#: redis-py's annotations allow for shapes that this client's options exclude.
Entries = Any


class JournalStore:
    """Reads the journal for ``explain``."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        """Bind to one partition."""
        self._client, self._keys = client, keys

    async def of_message(self, appkey: str, msg_id: str, user: str) -> dict[str, Any] | None:
        """Return the record of one receiver of one message; None when it was never handed over or is forgotten."""
        entry_id = await self._client.hget(self._keys.message(appkey, msg_id), user)
        if not entry_id:
            return None
        entries: Entries = await self._client.xrange(self._keys.journal, min=entry_id, max=entry_id, count=1)
        return await self._with_delivery(_record(entries[0][1])) if entries else None

    async def of_user(self, appkey: str, user: str) -> AsyncIterator[dict[str, Any]]:
        """Yield the records of one receiver, newest first. Walks the journal: its length is bounded."""
        async for record in self.newest_first():
            if (record["appkey"], record["user"]) == (appkey, user):
                yield await self._with_delivery(record)

    async def newest_first(self) -> AsyncIterator[dict[str, Any]]:
        """Yield every record, without what became of its pushes."""
        newest = "+"
        while page := await self._page(newest):
            for _, fields in page:
                yield _record(fields)
            newest = f"({page[-1][0].decode()}"

    async def _page(self, newest: str) -> Entries:
        return await self._client.xrevrange(self._keys.journal, max=newest, count=_PAGE)

    async def _with_delivery(self, record: dict[str, Any]) -> dict[str, Any]:
        """Add the delivery state of each device, as long as the message's ledger remembers it."""
        states: Mapping[Any, Any] = await self._client.hgetall(self._keys.message(record["appkey"], record["msg_id"]))
        for device in record["devices"]:
            state = states.get(f"{record['user']}\n{device['notifier']}\n{device['device_id']}".encode())
            if state:
                device["delivery"] = state.decode()
        return record


def _record(fields: Mapping[bytes, bytes]) -> dict[str, Any]:
    """Return the record with the badge that the hand-off counted."""
    record: dict[str, Any] = msgspec.json.decode(fields[b"record"])
    return record | {"badge": int(fields[b"badge"])}

"""One Redis Stream read with a consumer group: read, keep what is worked on, take over what dead workers left."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from worker.store.scripts import Argument, Scripts

GROUP = "push"
#: What Redis says when the group or its stream is gone; the last to a reader that waited, up to version 7.0.
_NO_GROUP = ("NOGROUP", "no such key", "UNBLOCKED")
#: A consumer that was not seen for so many leases, and holds nothing, has gone without a farewell.
GONE_LEASES = 10
#: A script holds up all of Redis, at about 2 µs a renewal.
_RENEWALS_PER_SCRIPT = 500


class Entry(NamedTuple):
    """One stream entry as it came. ``deliveries`` counts the workers it was given to, this one included.

    Where a name comes twice, all fields are numbered (``1:message``, ``2:message``), so that none hides another.
    """

    id: bytes
    fields: Mapping[bytes, bytes]
    deliveries: int = 1


def added_ms(entry_id: bytes) -> int:
    """Return when an entry was added: the time part of its id, milliseconds since 1970."""
    return int(entry_id.split(b"-", 1)[0])


class Stream:
    """A stream as one consumer sees it. ``reader`` must allow blocking longer than ``block_ms``."""

    def __init__(self, reader: Redis, scripts: Scripts, name: str, consumer: str, lease_ms: int) -> None:
        """Bind; nothing is sent before the first call. ``lease_ms`` of silence give entries to another consumer."""
        self._reader, self._scripts, self.name = reader, scripts, name
        self._consumer, self.lease_ms = consumer, lease_ms
        # redis-py's own reading makes a dictionary, in which the last of two fields of one name hides the first.
        reader.set_response_callback("XREADGROUP", _entries)

    async def create_group(self) -> None:
        """Create stream and group unless they exist. From the beginning: what was added before is not lost."""
        try:
            await self._reader.xgroup_create(self.name, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise

    async def read(self, count: int, block_ms: int | None) -> list[Entry]:
        """Return up to ``count`` new entries; wait up to ``block_ms`` for the first, or not at all."""
        try:
            entries: Any = await self._reader.xreadgroup(
                GROUP, self._consumer, {self.name: ">"}, count=count, block=block_ms
            )
        except ResponseError as error:
            await self._restore_group(error)
            return []
        return list(entries)

    async def reclaim(self, count: int) -> list[Entry]:
        """Return entries that another consumer read but did not settle within the lease."""
        rows = await self._run("reclaim", [self._consumer, self.lease_ms, count])
        return [Entry(entry_id, fields_of(flat), deliveries) for entry_id, flat, deliveries in rows or ()]

    async def unknown(self, held: Collection[bytes]) -> list[Entry]:
        """Return the entries that this consumer was given beside those it holds: of an answer that was lost."""
        rows = await self._run("unknown", [self._consumer, *held])
        return [Entry(entry_id, fields_of(flat), deliveries) for entry_id, flat, deliveries in rows or ()]

    async def renew(self, ids: Collection[bytes]) -> int:
        """Keep what is worked on from being taken over; return how many of ``ids`` are still ours."""
        held, kept = list(ids), 0
        for start in range(0, len(held), _RENEWALS_PER_SCRIPT):
            part = held[start : start + _RENEWALS_PER_SCRIPT]
            kept += int(await self._run("renew", [self._consumer, *part]) or 0)
        return kept

    async def leave(self) -> int:
        """Remove this consumer if it holds nothing, at its end; return how many consumers were removed."""
        return await self._remove(self._consumer)

    async def sweep(self) -> int:
        """Remove consumers that ended without a farewell and hold nothing any more; return how many."""
        return await self._remove("")

    async def _remove(self, leaver: str) -> int:
        return int(await self._run("leave", [leaver, self.lease_ms * GONE_LEASES]) or 0)

    async def _run(self, script: str, arguments: Sequence[Argument]) -> Any:
        try:
            return await self._scripts.run(script, [self.name], [GROUP, *arguments])
        except ResponseError as error:
            await self._restore_group(error)

    async def _restore_group(self, error: ResponseError) -> None:
        """Make the group again: a restart without persistence or a stale failover loses it. Raise any other error."""
        if not any(sign in str(error) for sign in _NO_GROUP):
            raise error
        await self.create_group()


def _entries(response: Any, **_options: Any) -> list[Entry]:
    """Return the entries of the one stream that was read; the answer is a list in RESP2, a map in RESP3."""
    streams = response.items() if isinstance(response, dict) else response or ()
    return [Entry(entry_id, fields_of(flat)) for _, entries in streams for entry_id, flat in entries]


def fields_of(flat: Sequence[bytes]) -> dict[bytes, bytes]:
    """Return the fields of an entry from the names and values that Redis lists."""
    fields = dict(zip(flat[::2], flat[1::2], strict=True))
    if len(fields) == len(flat) // 2:
        return fields
    names = (b"%d:%b" % pair for pair in enumerate(flat[::2], 1))
    return dict(zip(names, flat[1::2], strict=True))

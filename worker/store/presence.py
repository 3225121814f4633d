"""Presence and read marks: what users do elsewhere, applied in stream order."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, TypeVar

from policy.identifiers import bare_user
from worker.codec import PresenceEvent, ReadEvent
from worker.store.keys import Keys, Partitions
from worker.store.scripts import Argument, KeyTable, Scripts
from worker.store.stream import GROUP, added_ms

UserEvent = TypeVar("UserEvent", PresenceEvent, ReadEvent)
#: The acknowledging group of a script whose events are another partition's.
_NOBODY: Final = ""
#: Entry id -> the id it came with, where that is another one: of events that were put aside.
Origins = Mapping[bytes, bytes]
AS_IT_CAME: Origins = MappingProxyType({})
_Part = Callable[[Keys, str, Sequence[tuple[bytes, UserEvent]], Origins], Coroutine[Any, Any, int]]


class PresenceStore:
    """Applies the users' events of one partition; the users may be any partition's."""

    def __init__(
        self, scripts: Scripts, keys: Keys, partitions: Partitions, read_s: int, stream: str | None = None
    ) -> None:
        """``keys`` are the events', which are on the events stream if no other is named.

        A read mark is kept ``read_s`` seconds, as long as a push may wait.
        """
        self._scripts, self._keys, self._partitions, self._read_s = scripts, keys, partitions, read_s
        self._stream = stream or keys.events

    async def apply(self, events: Sequence[tuple[bytes, PresenceEvent]], origins: Origins = AS_IT_CAME) -> int:
        """Apply (entry id, event) pairs and acknowledge them; return how many were new.

        A lease cannot begin later than its entry was added: a gateway whose clock is ahead must not keep its users
        online for as long.
        """
        return await self._in_each_partition(events, origins, self._presence)

    async def mark_read(self, events: Sequence[tuple[bytes, ReadEvent]], origins: Origins = AS_IT_CAME) -> int:
        """Note what was read, and acknowledge the events; return how many were new."""
        return await self._in_each_partition(events, origins, self._read)

    async def _in_each_partition(
        self, events: Sequence[tuple[bytes, UserEvent]], origins: Origins, apply: "_Part[UserEvent]"
    ) -> int:
        """Apply the events of other partitions' users first: they are acknowledged only then, by another master."""
        parts: dict[Keys, list[tuple[bytes, UserEvent]]] = {}
        for entry_id, event in events:
            user = bare_user(event.user, event.appkey)
            parts.setdefault(self._partitions.of(event.appkey, user), []).append((entry_id, event))
        own = parts.pop(self._keys, [])
        await asyncio.gather(*(apply(keys, _NOBODY, part, origins) for keys, part in parts.items()))
        applied = await apply(self._keys, GROUP, own, origins) if own else 0
        foreign = [entry_id for part in parts.values() for entry_id, _ in part]
        return applied + await self._acknowledge(foreign)

    async def _acknowledge(self, ids: Sequence[bytes]) -> int:
        return int(await self._scripts.run("acknowledge", [self._stream], [GROUP, *ids])) if ids else 0

    def _place(self, keys: Keys) -> tuple[str, str]:
        """Return a partition's stream, and by which key it confirms what is acknowledged elsewhere."""
        return (self._stream, "") if keys == self._keys else (keys.events, keys.confirm)

    async def _presence(
        self, keys: Keys, group: str, events: Sequence[tuple[bytes, PresenceEvent]], origins: Origins
    ) -> int:
        stream, confirm = self._place(keys)
        users = [keys.user(event.appkey, bare_user(event.user, event.appkey)) for _, event in events]
        arguments: list[Argument] = [group]
        for entry_id, event in events:
            origin = origins.get(entry_id, entry_id)
            at_ms = min(event.timestamp, added_ms(origin))
            lease_end = at_ms + event.lease_s * 1000
            arguments += [entry_id, origin, event.state, event.resource, event.device_id or "", at_ms, lease_end]
        return int(await self._scripts.run("presence", [stream, *users], arguments, confirm))

    async def _read(self, keys: Keys, group: str, events: Sequence[tuple[bytes, ReadEvent]], origins: Origins) -> int:
        stream, confirm = self._place(keys)
        table = KeyTable(stream)
        arguments: list[Argument] = [group, self._read_s]
        for entry_id, event in events:
            marks = table.index(keys.read_marks(event.appkey, bare_user(event.user, event.appkey)))
            arguments += [entry_id, marks, event.mark, added_ms(origins.get(entry_id, entry_id))]
        return int(await self._scripts.run("read", table.keys, arguments, confirm))

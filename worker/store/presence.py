"""Presence and read marks: what users do elsewhere, applied in stream order."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final, TypeVar

from policy.identifiers import bare_user
from worker.codec import PresenceEvent, ReadEvent
from worker.store.keys import Keys, Partitions
from worker.store.scripts import Argument, KeyTable, Scripts
from worker.store.stream import GROUP, added_ms

UserEvent = TypeVar("UserEvent", PresenceEvent, ReadEvent)
_Part = Callable[[Keys, str, Sequence[tuple[bytes, UserEvent]]], Coroutine[Any, Any, int]]
#: The acknowledging group of a script whose events are another partition's.
_NOBODY: Final = ""


class PresenceStore:
    """Applies the users' events of one partition; the users may be any partition's."""

    def __init__(self, scripts: Scripts, keys: Keys, partitions: Partitions, read_s: int) -> None:
        """``keys`` are the events'; a read mark is kept ``read_s`` seconds, as long as a push may wait."""
        self._scripts, self._keys, self._partitions, self._read_s = scripts, keys, partitions, read_s

    async def apply(self, events: Sequence[tuple[bytes, PresenceEvent]]) -> int:
        """Apply (entry id, event) pairs and acknowledge them; return how many were new.

        A lease cannot begin later than its entry was added: a gateway whose clock is ahead must not keep its users
        online for as long.
        """
        return await self._in_each_partition(events, self._presence)

    async def mark_read(self, events: Sequence[tuple[bytes, ReadEvent]]) -> int:
        """Note what was read, and acknowledge the events; return how many were new."""
        return await self._in_each_partition(events, self._read)

    async def _in_each_partition(self, events: Sequence[tuple[bytes, UserEvent]], apply: "_Part[UserEvent]") -> int:
        """Apply the events of other partitions' users first: they are acknowledged only then."""
        parts: dict[Keys, list[tuple[bytes, UserEvent]]] = {}
        for entry_id, event in events:
            user = bare_user(event.user, event.appkey)
            parts.setdefault(self._partitions.of(event.appkey, user), []).append((entry_id, event))
        own = parts.pop(self._keys, [])
        await asyncio.gather(*(apply(keys, _NOBODY, part) for keys, part in parts.items()))
        applied = await apply(self._keys, GROUP, own) if own else 0
        foreign = [entry_id for part in parts.values() for entry_id, _ in part]
        return applied + await self._acknowledge(foreign)

    async def _acknowledge(self, ids: Sequence[bytes]) -> int:
        return int(await self._scripts.run("acknowledge", [self._keys.events], [GROUP, *ids])) if ids else 0

    async def _presence(self, keys: Keys, group: str, events: Sequence[tuple[bytes, PresenceEvent]]) -> int:
        users = [keys.user(event.appkey, bare_user(event.user, event.appkey)) for _, event in events]
        arguments: list[Argument] = [group]
        for entry_id, event in events:
            at_ms = min(event.timestamp, added_ms(entry_id))
            lease_end = at_ms + event.lease_s * 1000
            arguments += [entry_id, event.state, event.resource, event.device_id or "", at_ms, lease_end]
        return int(await self._scripts.run("presence", [keys.events, *users], arguments))

    async def _read(self, keys: Keys, group: str, events: Sequence[tuple[bytes, ReadEvent]]) -> int:
        table = KeyTable(keys.events)
        arguments: list[Argument] = [group, self._read_s]
        for entry_id, event in events:
            marks = table.index(keys.read_marks(event.appkey, bare_user(event.user, event.appkey)))
            arguments += [entry_id, marks, event.mark, added_ms(entry_id)]
        return int(await self._scripts.run("read", table.keys, arguments))

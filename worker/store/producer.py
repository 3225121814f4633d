"""The events stream from the producer's side: for gateways that speak HTTP and not Redis."""

import asyncio
from collections.abc import Sequence

import msgspec

from policy.identifiers import bare_user
from worker.codec import PresenceEvent
from worker.store.keys import Keys, Partitions
from worker.store.scripts import Argument, Scripts

_JSON = msgspec.json.Encoder()


class Producer:
    """Adds events to the streams of their partitions."""

    def __init__(self, scripts: Scripts, partitions: Partitions) -> None:
        """Bind; nothing is sent before the first call."""
        self._scripts, self._partitions = scripts, partitions

    async def add(self, events: Sequence[PresenceEvent]) -> None:
        """Add presence events in order, all or none of a partition."""
        parts: dict[Keys, list[Argument]] = {}
        for event in events:
            keys = self._partitions.of(event.appkey, bare_user(event.user, event.appkey))
            parts.setdefault(keys, ["presence"]).append(_JSON.encode(event))
        await asyncio.gather(*(self._scripts.run("append", [keys.events], part) for keys, part in parts.items()))

"""Who is online now, for those who ask over HTTP."""

import asyncio
from collections.abc import Sequence

from policy.receiver import Presence
from worker.store.keys import Keys, Partitions
from worker.store.readable import list_of
from worker.store.scripts import Scripts


class OnlineStore:
    """Reads connections."""

    def __init__(self, scripts: Scripts, partitions: Partitions) -> None:
        """Bind; nothing is sent before the first call."""
        self._scripts, self._partitions = scripts, partitions

    async def connections(self, appkey: str, users: Sequence[str], now_ms: int) -> list[list[Presence]]:
        """Return the live connections of each user, one script a partition."""
        places: dict[Keys, list[int]] = {}
        for place, user in enumerate(users):
            places.setdefault(self._partitions.of(appkey, user), []).append(place)
        found: list[list[Presence]] = [[] for _ in users]

        async def read(keys: Keys, its: Sequence[int]) -> None:
            texts = await self._scripts.run("field", [keys.user(appkey, users[place]) for place in its], ["p"])
            for place, text in zip(its, texts, strict=True):
                found[place] = [each for each in list_of(text, Presence) if each.is_live(now_ms)]

        await asyncio.gather(*(read(*part) for part in places.items()))
        return found

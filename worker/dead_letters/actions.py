"""Retry and drop, batch by batch: what a command that is killed has not reached stays as it was."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from worker.dead_letters.revivals import Kept, Worth
from worker.dead_letters.search import Search, batches
from worker.store.letter import Letter
from worker.store.revival import Revival, RevivalStore


@dataclass(slots=True)
class Result:
    """How many letters were found, and what became of them. ``vanished``: somebody else was faster."""

    retried: int = 0
    dropped: int = 0
    vanished: int = 0
    kept: Counter[Kept] = field(default_factory=Counter)

    @property
    def found(self) -> int:
        """All of them."""
        return self.retried + self.dropped + self.vanished + self.kept.total()


class Actions:
    """Ends letters, each in its own partition. ``is_dry`` only counts."""

    def __init__(self, stores: Sequence[RevivalStore], *, is_dry: bool) -> None:
        """``stores`` are those of all partitions."""
        self._stores, self._is_dry = stores, is_dry

    async def retry(self, search: Search, worth: Worth, *, drops_expired: bool) -> Result:
        """Send back what is worth it, oldest first; keep the rest, or drop of it what has expired."""
        result = Result()
        async for batch in batches(search.oldest_first()):
            expired: list[Letter] = []
            revivals: list[Revival] = []
            for letter in batch:
                revival = worth.revival_of(letter)
                if isinstance(revival, Revival):
                    revivals.append(revival)
                elif revival is Kept.EXPIRED and drops_expired:
                    expired.append(letter)
                else:
                    result.kept[revival] += 1
            await self._revive(revivals, result)
            await self._drop(expired, result)
        return result

    async def drop(self, search: Search) -> Result:
        """Delete for good."""
        result = Result()
        async for batch in batches(search.oldest_first()):
            await self._drop(batch, result)
        return result

    async def _revive(self, revivals: Sequence[Revival], result: Result) -> None:
        for store in self._stores:
            own = [revival for revival in revivals if revival.letter.keys == store.keys]
            flags = await store.revive(own) if own and not self._is_dry else [True] * len(own)
            result.retried += sum(flags)
            result.vanished += len(flags) - sum(flags)

    async def _drop(self, letters: Sequence[Letter], result: Result) -> None:
        for store in self._stores:
            own = [letter for letter in letters if letter.keys == store.keys]
            flags = await store.drop(own) if own and not self._is_dry else [True] * len(own)
            result.dropped += sum(flags)
            result.vanished += len(flags) - sum(flags)

"""How much waits in a stream, and whether it is this worker that does not see it."""

from collections.abc import Sequence
from dataclasses import dataclass

from worker.store.scripts import Scripts
from worker.store.stream import GROUP, Entry, Stream


@dataclass(frozen=True, slots=True)
class Backlog:
    """Entries that are not done, the age of the oldest, and whether some were given to no consumer yet."""

    entries: int
    oldest_ms: int
    has_unread: bool


class BacklogStore:
    """Looks at streams."""

    def __init__(self, scripts: Scripts) -> None:
        """``scripts`` run on a client of their own, whose connection tells where the server is now."""
        self._scripts = scripts

    async def of(self, streams: Sequence[str]) -> list[Backlog]:
        """Return what waits in each stream of one partition; one that does not exist is empty."""
        found = await self._scripts.run("backlog", streams, [GROUP]) if streams else []
        return [Backlog(int(entries), int(oldest_ms), bool(unread)) for entries, oldest_ms, unread in found]

    async def lengths(self, keys: Sequence[str]) -> list[int]:
        """Return how much stands under each key of one partition: streams and sorted sets."""
        return [int(length) for length in await self._scripts.run("lengths", keys, [])] if keys else []


class ObservedStream(Stream):
    """A stream that can be told, while a read waits, that the server holds something for it.

    A read that waits at the right server would have been given it at once, however many other consumers there are.
    """

    #: The number of the read that waits now.
    open_read: int | None = None
    #: How often in a row a read found nothing although it was told otherwise.
    contradictions = 0
    _number = 0
    _told: int | None = None

    async def read(self, count: int, block_ms: int | None) -> list[Entry]:
        """Read as ``Stream`` does."""
        number = self.open_read = self._number = self._number + 1
        try:
            entries = await super().read(count, block_ms)
        finally:
            self.open_read = None
        if entries:
            self.contradictions = 0
        elif number == self._told:
            self.contradictions += 1
        return entries

    def tell(self, number: int | None, *, has_unread: bool) -> None:
        """Tell the read of that number what a look found that was begun and ended while the read waited."""
        if not has_unread:
            self.contradictions = 0
        elif number is not None and number == self.open_read:
            self._told = number

"""Reads a stream of events: what a dead worker left first, and of what waits as much as is worked off together."""

from collections.abc import Iterable, Sequence
from functools import partial

from worker.clock import Clock
from worker.patience import Patience
from worker.store.stream import Entry, Stream

#: How long one read waits for the first event, and so how long a stop may take.
BLOCK_MS = 1000
#: Of a siding nothing is awaited: others have their turn.
SIDING_BLOCK_MS = 1
#: No more is read along when this is there: events of large groups are long, and take their time.
_ALONG_BYTES = 1_000_000


class EventReader:
    """What one ingest reads, and holds until it is done."""

    def __init__(self, stream: Stream, clock: Clock, patience: Patience, block_ms: int = BLOCK_MS) -> None:
        """``block_ms`` is how long one read waits for the first event. Nothing is sent before ``read``."""
        self._stream, self._clock, self._patience, self._block_ms = stream, clock, patience, block_ms
        #: Ids of what was read and is not done.
        self.held: list[bytes] = []
        self._next_reclaim_ms = 0

    async def read(self, count: int) -> list[Entry]:
        """Return what is next: ``count`` events or fewer.

        Raises:
            Closed: the worker stops while Redis is away.
        """
        entries = await self._patience.insist(lambda: self._next_entries(count))
        self.held = [entry.id for entry in entries]
        return entries

    async def read_along(self, entries: Sequence[Entry], most: int) -> list[Entry]:
        """Return what waits behind what was read, as much at a time, until there are as many as ``most`` together.

        Raises:
            Closed: as above.
        """
        along: list[Entry] = []
        count, size = len(entries), _size(entries)
        while (wanted := min(count, most - count - len(along))) > 0 and size < _ALONG_BYTES:
            more = await self._patience.insist(partial(self._stream.read, wanted, None))
            self.held += [entry.id for entry in more]
            along += more
            size += _size(more)
            if len(more) < wanted:
                break
        return along

    async def _next_entries(self, count: int) -> list[Entry]:
        now_ms = self._clock()
        if now_ms >= self._next_reclaim_ms and self._patience.may_take_over(self._stream.lease_ms):
            if reclaimed := await self._stream.reclaim(count):
                return reclaimed
            await self._stream.sweep()
            self._next_reclaim_ms = now_ms + self._stream.lease_ms // 4
        return await self._stream.read(count, self._block_ms)


def _size(entries: Iterable[Entry]) -> int:
    """Return bytes."""
    return sum(len(value) for entry in entries for value in entry.fields.values())

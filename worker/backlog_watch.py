"""Measures what waits in each stream and beside it, and notices a worker that reads where nothing arrives."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import NamedTuple

import structlog

from worker.health import Health
from worker.metrics import BACKLOG, BACKLOG_AGE, STALLS
from worker.patience import Closed
from worker.store.backlog import Backlog, BacklogStore, ObservedStream

_EVERY_S = 3.0
#: Many partitions are looked at less often, so that a look costs next to nothing.
_PER_STREAM_S = 0.01
#: One may be chance: the look can overtake the read on its way to the server, and another consumer the read.
_CONTRADICTIONS = 2
_log = structlog.get_logger(__name__)


class Labels(NamedTuple):
    """What waits, as metrics call it: ``events``, ``siding``, ``outbox``, ``late`` or ``retry``, and whose it is."""

    stage: str
    app: str = ""
    provider: str = ""
    notifier: str = ""


Watched = tuple[ObservedStream, Labels]
#: A sorted set of pushes that wait beside the streams.
Shelf = tuple[str, Labels]


class BacklogWatch:
    """Looks at all streams every three seconds or more, through a connection made for the look.

    A connection of long standing may lead to a server that is not the one any more, with everything in order there:
    an address that moved, a master cut off from its replicas. Only a fresh one shows what producers see.
    """

    name = "backlog"

    def __init__(
        self,
        watched: Callable[[], Sequence[Sequence[Watched]]],
        shelves: Callable[[], Sequence[Sequence[Shelf]]],
        store: BacklogStore,
        refresh: Callable[[], Awaitable[None]],
        reconnect: Callable[[], Awaitable[None]],
        health: Health,
    ) -> None:
        """``watched`` and ``shelves`` of each partition are asked for each time: channels come and go.

        ``refresh`` drops the look's own connection, ``reconnect`` those of all parts.
        """
        self._watched, self._shelves, self._store = watched, shelves, store
        self._refresh, self._reconnect, self._health = refresh, reconnect, health
        self._patience = health.patience(self.name)
        self._reconnected = float("-inf")
        self._shown = set[Labels]()

    async def run(self) -> None:
        """Look until told to stop."""
        try:
            while not self._health.closing.is_set():
                await self.look()
                await self._pause()
        except Closed:
            return

    async def look(self) -> None:
        """Look once at each stream."""
        await self._patience.insist(self._refresh)
        watched = self._watched()
        found = [pair for part in watched for pair in await self._look_at(part)]
        show(found)
        self._show_only({labels for labels, _ in found} | await self._look_at_shelves())
        silent = [stream for part in watched for stream, _ in part if stream.contradictions >= _CONTRADICTIONS]
        self._health.findings = {f"reads of {stream.name}": "find nothing although entries wait" for stream in silent}
        # A reconnection that did not help is no reason for one every few seconds.
        if silent and self._health.clock() - self._reconnected >= self._health.stall_s:
            await self._connect_anew(silent)

    async def _look_at(self, part: Sequence[Watched]) -> list[tuple[Labels, Backlog]]:
        waiting = [stream.open_read for stream, _ in part]
        found = await self._patience.insist(lambda: self._store.of([stream.name for stream, _ in part]))
        for (stream, _), read, backlog in zip(part, waiting, found, strict=True):
            stream.tell(read, has_unread=backlog.has_unread)
        return [(labels, backlog) for (_, labels), backlog in zip(part, found, strict=True)]

    async def _look_at_shelves(self) -> set[Labels]:
        totals: Counter[Labels] = Counter()
        for shelves in self._shelves():
            keys = [key for key, _ in shelves]
            lengths = await self._patience.insist(partial(self._store.lengths, keys))
            for (_, labels), length in zip(shelves, lengths, strict=True):
                totals[labels] += length
        for labels, total in totals.items():
            BACKLOG.labels(*labels).set(total)
        return set(totals)

    def _show_only(self, labels: set[Labels]) -> None:
        """Show no more of channels that are gone."""
        for gone in self._shown - labels:
            BACKLOG.remove(*gone)
            BACKLOG_AGE.remove(*gone)
        self._shown = labels

    async def _connect_anew(self, silent: Sequence[ObservedStream]) -> None:
        self._reconnected = self._health.clock()
        names = [stream.name for stream in silent]
        _log.error("reads find nothing although entries wait, connecting anew", streams=names)
        for stream in silent:
            stream.contradictions = 0
            STALLS.labels(f"reads of {stream.name}").inc()
        await self._reconnect()

    async def _pause(self) -> None:
        try:
            pause_s = max(_EVERY_S, _PER_STREAM_S * sum(len(part) for part in self._watched()))
            await asyncio.wait_for(self._health.closing.wait(), pause_s)
        except TimeoutError:
            return


def show(found: Sequence[tuple[Labels, Backlog]]) -> None:
    """Set the gauges: streams of the same labels together, the oldest of all."""
    for labels in {labels for labels, _ in found}:
        backlogs = [backlog for each, backlog in found if each == labels]
        BACKLOG.labels(*labels).set(sum(backlog.entries for backlog in backlogs))
        BACKLOG_AGE.labels(*labels).set(max(backlog.oldest_ms for backlog in backlogs) / 1000)

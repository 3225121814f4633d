"""Keeps a flood of one app from holding up the others: its events wait in a siding, each app's in order."""

import asyncio
from collections.abc import Callable, Collection, Sequence

import msgspec

from worker.codec import EVENT_KINDS, Fault, decode
from worker.ingest import Ingest
from worker.patience import Closed, Patience
from worker.store.sidings import SidingStore
from worker.store.stream import Entry

#: Events that nobody has read, from which on it is a flood: about a second's work of one process.
FLOOD = 5_000
_IDLE_S = 1.0
#: Sorting a flood is ten times as quick as working it off, and lets the other apps through: it goes first.
_SORTING_S = 0.05
#: What is left in the sidings is in other workers' hands.
_OTHERS_S = 0.1


class _Head(msgspec.Struct):
    appkey: str


class Sidings:
    """Sorts what was read. All of an app goes the same way, so that its messages and presence keep their order."""

    def __init__(self, store: SidingStore, apps: Collection[str], batch: int) -> None:
        """``apps`` may be put aside. ``batch`` is how much is read at a time: a read of less has emptied the stream."""
        self._store, self._apps, self._batch = store, apps, batch
        #: Apps whose siding holds something, as far as is known here.
        self._open: set[str] = set()
        self._diversions = 0
        self.is_flood = False

    async def refresh(self) -> set[str]:
        """Look which sidings hold anything; return their apps."""
        before = self._diversions
        found = await self._store.open()
        # What was put aside since may not be among them.
        self._open = found if before == self._diversions else found | self._open
        return self._open

    async def divert(self, entries: Sequence[Entry], *, may_be_flood: bool = True) -> list[Entry]:
        """Put aside what is part of a flood or comes behind one; return the rest.

        ``may_be_flood``: whether to look for one; else only what comes behind an app's siding is put aside.
        """
        apps = await self._diverted_apps(entries) if may_be_flood else self._open
        if not apps:
            return list(entries)
        # What another worker had before stands in front of all that was put aside.
        chosen = [(app, entry) for entry in entries if entry.deliveries == 1 and (app := _app_of(entry)) in apps]
        if not chosen:
            return list(entries)
        flags = await self._store.divert(chosen)
        self._open = self._open | {app for app, _ in chosen}
        self._diversions += 1
        gone = {entry.id for (_, entry), is_gone in zip(chosen, flags, strict=True) if is_gone}
        return [entry for entry in entries if entry.id not in gone]

    async def _diverted_apps(self, entries: Sequence[Entry]) -> Collection[str]:
        is_full = len(entries) >= self._batch and len(self._apps) > 1
        self.is_flood = is_full and await self._store.unread() > FLOOD
        return self._apps if self.is_flood else self._open


class SidingDrain:
    """Processes the sidings of one partition, a batch of each in turn: the smaller floods are over the sooner."""

    def __init__(self, sidings: Sidings, ingest_of: Callable[[str], Ingest], patience: Patience) -> None:
        """``ingest_of`` makes the reader of an app's siding, which shares the ``patience``: it is part of this part."""
        self.name, self._patience, self._closing = patience.name, patience, patience.closing
        self._sidings, self._ingest_of, self._ingests = sidings, ingest_of, dict[str, Ingest]()

    async def run(self) -> None:
        """Process until told to stop."""
        try:
            while not self._closing.is_set():
                await self._go_round()
            for ingest in self._ingests.values():
                await ingest.leave()
        except Closed:
            return

    async def _go_round(self) -> None:
        self._patience.pulse.beat()  # also while the sorting goes first
        if self._sidings.is_flood:
            await self._pause(_SORTING_S)
            return
        apps = await self._patience.insist(self._sidings.refresh)
        processed = [await self._ingest(appkey).take_turn() for appkey in sorted(apps)]
        if not any(processed):
            await self._pause(_OTHERS_S if processed else _IDLE_S)

    def _ingest(self, appkey: str) -> Ingest:
        if appkey not in self._ingests:
            self._ingests[appkey] = self._ingest_of(appkey)
        return self._ingests[appkey]

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._closing.wait(), seconds)
        except TimeoutError:
            return


def _app_of(entry: Entry) -> str:
    """Return the app key of an event, or "" of what is none: an event is an entry of one field."""
    name, value = next(iter(entry.fields.items()), (b"", b""))
    if len(entry.fields) != 1 or name.decode("utf-8", "replace") not in EVENT_KINDS:
        return ""
    head = decode(value, _Head)
    return "" if isinstance(head, Fault) else head.appkey

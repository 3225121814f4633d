"""Reads what waits, decides it as a worker would now, and counts."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from itertools import islice

from policy.event import MessageEvent
from worker.clock import Clock
from worker.codec import Event, Fault, decode_entry
from worker.console import Console
from worker.decider import Decider, Portion, batches
from worker.preview.tally import Tally
from worker.store.hand_off import HandOff
from worker.store.keys import Keys, Partitions
from worker.store.stream import Entry, added_ms
from worker.store.waiting import WaitingStore

#: Told after each page how many entries it had.
Progress = Callable[[int], None]


class Preview:
    """Previews all partitions, or one app of them."""

    def __init__(
        self,
        stores: Sequence[WaitingStore],
        decider: Decider,
        partitions: Partitions,
        consoles: Mapping[str, Console],
        clock: Clock,
        max_event_bytes: int,
    ) -> None:
        """``stores`` are those of the partitions, in order."""
        self._stores, self._decider, self._partitions = stores, decider, partitions
        self._clock, self._max_event_bytes = clock, max_event_bytes
        self.tally = Tally(consoles)
        #: Entries looked at.
        self.looked_at = 0

    async def waiting(self) -> int:
        """Return how many entries wait on the events streams."""
        return sum([sum(await store.of(await store.event_streams())) for store in self._stores])

    async def run(self, app: str | None, limit: int | None, progress: Progress) -> None:
        """Look at the oldest ``limit`` entries of each stream in turn, or at all; count what is of ``app``, or all."""
        async for page in self._pages():
            chosen = page if limit is None else list(islice(page, limit - self.looked_at))
            self.looked_at += len(chosen)
            await self._count(chosen, app)
            progress(len(chosen))
            if self.looked_at == limit:
                return

    async def _pages(self) -> AsyncIterator[list[Entry]]:
        for store in self._stores:
            for stream in await store.event_streams():
                async for page in store.events(stream):
                    yield page

    async def _count(self, page: Sequence[Entry], app: str | None) -> None:
        decoded = [(entry, decode_entry(entry.fields, self._max_event_bytes)) for entry in page]
        messages: list[tuple[bytes, MessageEvent]] = []
        for entry, event in decoded:
            if app is None or (not isinstance(event, Fault) and event.appkey == app):
                self.tally.add_event(event, self._clock() - _happened_ms(entry, event))
                if isinstance(event, MessageEvent):
                    messages.append((entry.id, event))
        for batch in batches(messages):
            await self._decide(batch)

    async def _decide(self, batch: Sequence[Portion]) -> None:
        hand_offs = list((await self._decider.decide(batch)).hand_offs)
        events = [portion.group.event for portion in batch]
        times = {(event.appkey, event.msg_id): event.timestamp for event in events}
        for hand_off, is_known in zip(hand_offs, await self._known(hand_offs), strict=True):
            decision = hand_off.decision
            self.tally.add(hand_off, times[decision.appkey, decision.msg_id], is_known=is_known)

    async def _known(self, hand_offs: Sequence[HandOff]) -> list[bool]:
        """Tell which receivers had their message before: it would change nothing."""
        places: dict[Keys, list[int]] = {}
        for place, hand_off in enumerate(hand_offs):
            decision = hand_off.decision
            places.setdefault(self._partitions.of(decision.appkey, decision.user), []).append(place)
        known = [False] * len(hand_offs)
        for keys, part in places.items():
            decisions = [hand_offs[place].decision for place in part]
            names = [(decision.appkey, decision.msg_id, decision.user) for decision in decisions]
            for place, flag in zip(part, await self._stores[keys.number].known(names), strict=True):
                known[place] = flag
        return known


def _happened_ms(entry: Entry, event: Event | Fault) -> int:
    """Return when a message was accepted, and of all else when it was added."""
    if isinstance(event, MessageEvent):
        return event.timestamp
    return added_ms(entry.id)

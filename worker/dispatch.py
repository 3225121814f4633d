"""Gather, decide, hand over: the three steps from events to outboxes."""

from collections.abc import Sequence

from policy.event import MessageEvent
from worker.decider import Decider, batches
from worker.metrics import DECISIONS, REPEATS
from worker.store.hand_off import HandOff, HandOffStore


class Dispatcher:
    """Turns events into decisions and hands them over. It keeps nothing between calls."""

    def __init__(self, decider: Decider, hand_offs: HandOffStore) -> None:
        """Bind to the store of the events' stream."""
        self._decider, self._hand_offs = decider, hand_offs

    async def dispatch(self, events: Sequence[tuple[bytes, MessageEvent]]) -> None:
        """Dispatch (entry id, event) pairs. An error leaves whole events unacknowledged; repeating is harmless."""
        for batch in batches(events):
            decided = await self._decider.decide(batch)
            ids = [portion.entry_id for portion in batch if portion.entry_id]
            _count(decided, await self._hand_offs.write(decided, ids))


def _count(hand_offs: Sequence[HandOff], fresh: Sequence[bool]) -> None:
    for hand_off, is_fresh in zip(hand_offs, fresh, strict=True):
        if is_fresh:
            DECISIONS.labels(hand_off.decision.appkey, hand_off.decision.reason.value).inc()
        else:
            REPEATS.inc()

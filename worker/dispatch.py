"""Gather, decide, hand over: the three steps from events to outboxes."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from policy.decision import Reason
from policy.event import MessageEvent
from worker.codec import Fault
from worker.decider import Decider, batches
from worker.metrics import DECISIONS, REPEATS
from worker.store.hand_off import HandOff, HandOffStore

#: Label of the apps that are not configured. No app key is without #.
UNKNOWN_APP = "unknown"


class Dispatcher:
    """Turns events into decisions and hands them over. It keeps nothing between calls."""

    def __init__(self, decider: Decider, hand_offs: HandOffStore) -> None:
        """Bind to the store of the events' stream."""
        self._decider, self._hand_offs = decider, hand_offs

    async def dispatch(self, events: Sequence[tuple[bytes, MessageEvent]]) -> dict[bytes, Fault]:
        """Dispatch (entry id, event) pairs; return the entries that some receiver's state keeps from being done.

        Those are not acknowledged, though all other receivers are served. An error leaves whole events
        unacknowledged. Repeating is harmless.
        """
        faults: dict[bytes, Fault] = {}
        for batch in batches(events):
            decided = await self._decider.decide(batch)
            faults |= decided.faults
            ids = [portion.entry_id for portion in batch if portion.is_last and portion.entry_id not in faults]
            reasons: list[tuple[str, Reason]] = []
            self._count(reasons, await self._hand_offs.write(_noted(decided.hand_offs, reasons), ids))
        return faults

    def _count(self, reasons: Sequence[tuple[str, Reason]], fresh: Sequence[bool]) -> None:
        REPEATS.inc(fresh.count(False))
        counts = Counter(reason for reason, is_fresh in zip(reasons, fresh, strict=True) if is_fresh)
        for (appkey, reason), count in counts.items():
            # Events may name any app: each new label would be kept for the life of the process.
            app = appkey if self._decider.knows(appkey) else UNKNOWN_APP
            DECISIONS.labels(app, reason.value).inc(count)


def _noted(hand_offs: Iterable[HandOff], reasons: list[tuple[str, Reason]]) -> Iterator[HandOff]:
    """Pass on what is taken, and note its app key and reason."""
    for hand_off in hand_offs:
        reasons.append((hand_off.decision.appkey, hand_off.decision.reason))
        yield hand_off

"""Late pushes of one partition: they wait beside the outboxes, and go out while these are short."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from worker.store.keys import Keys
from worker.store.scripts import Argument, Scripts
from worker.store.stream import GROUP

#: Pushes moved by one script call: it holds up all of Redis, at about 10 µs a push.
_MOVED_AT_MOST = 500
#: What waits in an outbox unread keeps its lanes busy from one look at the late pushes to the next.
_UNREAD_AT_MOST = 1_000


@dataclass(frozen=True, slots=True)
class FoldingTimes:
    """How long messages are folded together before what came of them leaves, in milliseconds."""

    #: Folding ends when no late message has come for so long: in a flood they come by the batch, many times a second.
    calm_ms: int = 2_000
    #: Late messages that never stop, as from an IM server whose clock is behind, must not hold others back for ever.
    longest_ms: int = 60_000
    #: As long as more of the flood is known to wait, what leaves would leave again. A million events take a slow core
    #: half an hour; workers that never catch up must not hold the others back for ever.
    longest_in_flood_ms: int = 1_800_000


class LateChannel(NamedTuple):
    """A channel whose late pushes may wait. An event is late after ``after_s``; ``rate_per_s`` may be without limit."""

    appkey: str
    notifier: str
    after_s: int
    rate_per_s: float | None

    @property
    def unread_at_most(self) -> int:
        """How many late pushes a live one may find in front of it: no more than the channel takes in a second."""
        return min(_UNREAD_AT_MOST, max(1, int(self.rate_per_s))) if self.rate_per_s else _UNREAD_AT_MOST


class LateStore:
    """Looks after the late pushes of all channels."""

    def __init__(
        self,
        scripts: Scripts,
        keys: Keys,
        channels: Callable[[], Sequence[LateChannel]],
        times: FoldingTimes | None = None,
    ) -> None:
        """Bind to one partition. ``channels`` are asked for each time: they come and go."""
        self._scripts, self._keys, self._channels = scripts, keys, channels
        self._times = times or FoldingTimes()

    async def waiting(self) -> list[LateChannel]:
        """Return the channels of which late pushes wait."""
        channels = self._channels()
        shelves = [key for channel in channels for key in self._shelves(channel)]
        if not shelves:
            return []
        lengths = await self._scripts.run("lengths", shelves, [])
        pairs = zip(channels, lengths[::2], lengths[1::2], strict=True)
        return [channel for channel, ready, folding in pairs if ready or folding]

    async def bring(self, channel: LateChannel) -> int:
        """Bring pushes that are ready to the outbox, as far as it is short; return how many."""
        keys, names, times = self._keys, (channel.appkey, channel.notifier), self._times
        stores = [*self._shelves(channel), keys.late(*names), keys.outbox(*names)]
        arguments: list[Argument] = [GROUP, channel.unread_at_most, _MOVED_AT_MOST, channel.after_s * 1000]
        arguments += [times.calm_ms, times.longest_ms, times.longest_in_flood_ms]
        return int(await self._scripts.run("late", [*stores, keys.events, keys.siding(channel.appkey)], arguments))

    def _shelves(self, channel: LateChannel) -> list[str]:
        names = (channel.appkey, channel.notifier)
        return [self._keys.late_ready(*names), self._keys.late_folding(*names)]

"""The way to one vendor, for the lanes of all partitions: so many pushes at a time, none while its breaker is open."""

import asyncio
from collections.abc import Callable

import msgspec
import structlog

from policy.breaker import Breaker, BreakerState, Era
from policy.sign import Sign
from policy.transition import Transition
from worker.clock import Clock
from worker.metrics import PAUSED

#: Who waits looks up as often, to be told that the worker ends.
_LOOK_UP_S = 1.0
_log = structlog.get_logger(__name__)


class Outcome(msgspec.Struct, frozen=True):
    """What became of one request: what it says about the channel, and the delay that the vendor named, in seconds."""

    sign: Sign
    retry_after_s: float | None = None
    #: Whom a throttled push was for.
    device: str | None = None


#: Most outcomes: what one object stands for is told by its identity.
GOOD, UNKNOWN = Outcome(Sign.GOOD), Outcome(Sign.UNKNOWN)


class Gate:
    """Counts the slots taken. Lanes that read at the same moment may together take a few more than there are."""

    def __init__(
        self, app: str, notifier: str, slots: int, breaker: Breaker, clock: Clock, jitter: Callable[[], float]
    ) -> None:
        """``slots`` is how many pushes may be in flight; ``clock`` must not go back."""
        self._app, self._notifier, self._slots = app, notifier, slots
        self._breaker, self._clock, self._jitter = breaker, clock, jitter
        #: Pushes read and not settled; those of them whose request is under way.
        self._taken = self._started = 0
        self._changed = asyncio.Event()
        PAUSED.labels(app, notifier).set(0)

    @property
    def free(self) -> int:
        """How many more pushes may be read."""
        waiting = self._taken - self._started
        return max(0, min(self._slots - self._taken, self._breaker.permits(self._clock()) - waiting))

    def is_short_of(self, wanted: int) -> bool:
        """Return whether it lacks room for so many, though its vendor may be sent to: some will soon be free.

        Three quarters of all slots are room for any number: the last ones may be held by stragglers.
        """
        room = min(wanted, self._slots * 3 // 4)
        return self._slots - self._taken < room and self._breaker.permits(self._clock()) >= self._slots

    @property
    def is_closed(self) -> bool:
        """Whether everything goes through: a closed breaker's request can be begun at any time."""
        return self._breaker.is_closed

    def take(self, count: int) -> None:
        """Note that so many pushes were read."""
        self._taken += count

    def give(self, count: int) -> None:
        """Note that so many pushes are settled."""
        self._taken -= count
        self._changed.set()

    def start(self, count: int) -> Era | None:
        """Begin a request with so many pushes; return what ``end`` needs, or None: not now."""
        era = self._breaker.start(self._clock(), count)
        if era is not None:
            self._started += count
        return era

    def end(self, era: Era, count: int, outcome: Outcome) -> None:
        """Note what became of a request; call it once for each that was begun."""
        self._started -= count
        now_ms = self._clock()
        if outcome is GOOD and self._breaker.note_good(era, now_ms):  # nearly always
            self._changed.set()
            return
        change = self._breaker.observe(
            era,
            outcome.sign,
            now_ms,
            jitter=self._jitter(),
            units=count,
            retry_after_s=outcome.retry_after_s,
            device=outcome.device,
        )
        # Half-open and open again, after each pause, is no news.
        if change and BreakerState.CLOSED.value in {change.before, change.after}:
            self._say(change)
        self._changed.set()

    def renew(self) -> None:
        """Forget what the channel's old credential met: it has a new one."""
        if self._breaker.reset():
            PAUSED.labels(self._app, self._notifier).set(0)
            _log.info("channel has a new credential, it is tried anew", app=self._app, notifier=self._notifier)
        self._changed.set()

    def close(self) -> None:
        """Show no more metrics: the channel is gone."""
        PAUSED.remove(self._app, self._notifier)

    @property
    def pause_ms(self) -> int:
        """For how long nothing can be sent, as far as that is known."""
        now_ms = self._clock()
        return max(0, (self._breaker.wake_at(now_ms) or now_ms) - now_ms)

    async def wait_free(self) -> int:
        """Wait for free slots, a second at most; return how many there are."""
        if not self.free:
            self._changed.clear()
            pause_s = self.pause_ms / 1000 or _LOOK_UP_S
            try:
                await asyncio.wait_for(self._changed.wait(), min(pause_s, _LOOK_UP_S))
            except TimeoutError:
                return self.free
        return self.free

    def _say(self, change: Transition) -> None:
        is_paused = change.after != BreakerState.CLOSED.value
        PAUSED.labels(self._app, self._notifier).set(is_paused)
        names = {"app": self._app, "notifier": self._notifier, "why": change.why}
        if is_paused:
            pause_s = round(self.pause_ms / 1000, 1)
            _log.error("channel paused, its pushes wait", **names, was=change.before, pause_s=pause_s)
        else:
            _log.info("channel works again", **names)

"""Signs of life of one part of the engine: when it last got on, and what it holds since when."""

from collections.abc import Callable, Iterable


class Pulse:
    """Beats when its part gets on; a part stands still when nothing beats, or when something it holds has no end.

    Every part beats at least as often as a read blocks, unless what it waits for is excused: Redis trouble, a pause.
    All times are seconds of the monotonic clock. For the event loop's thread only.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """``clock`` is ``time.monotonic`` outside of tests."""
        self._clock = clock
        self._beat = self._excused = clock()
        self._held: dict[bytes, float] = {}
        #: Whether the part has ever got on: its consumer group exists then.
        self.is_started = False
        #: Whether the part may stand still now, for a reason that others answer for.
        self.may_wait: Callable[[], bool] = lambda: False
        #: Why the part is being started again; gone with the next beat.
        self.fault = ""

    def beat(self) -> None:
        """Note that the part got on: a call was answered, or it waits for a reason of its own."""
        self._beat, self.is_started, self.fault = self._clock(), True, ""

    def look(self) -> None:
        """Excuse a part that may wait, but not what it holds; called with every turn of the loop."""
        if self.may_wait():
            self._beat = self._clock()

    def excuse(self) -> None:
        """Count from now: what kept the part, and all it holds, is no fault of its own."""
        self._excused = self._clock()

    def take(self, entry_ids: Iterable[bytes]) -> None:
        """Note what the part must bring to an end."""
        self._held.update(dict.fromkeys(entry_ids, self._clock()))

    def let_go(self, entry_ids: Iterable[bytes]) -> None:
        """Note that these came to their end."""
        for entry_id in entry_ids:
            self._held.pop(entry_id, None)

    @property
    def held(self) -> int:
        """How much the part has yet to bring to its end."""
        return len(self._held)

    @property
    def still_since(self) -> float:
        """Return since when the part, or the oldest of what it holds, has not got on."""
        # What is taken first stands first.
        return max(self._excused, min(self._beat, next(iter(self._held.values()), self._beat)))

    @property
    def still_s(self) -> float:
        """Return ``still_since`` as seconds before now."""
        return self._clock() - self.still_since

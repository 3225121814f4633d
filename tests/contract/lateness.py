"""How late a deadline is kept: by a thread that waits for the same moment, not by the clock alone.

A busy machine wakes a process late, with all of its threads. What an event loop is late beyond that is its own doing.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

#: uvloop keeps time in whole milliseconds: its timers may ring by so much before their time.
LOOP_CLOCK_S = 0.001


class Alarm:
    """Notes when a moment has come for this process."""

    def __init__(self, after_s: float) -> None:
        """Begin to wait."""
        self._rang: float | None = None
        self._timer = threading.Timer(after_s, self._ring)
        self._timer.daemon = True
        self._timer.start()

    def _ring(self) -> None:
        self._rang = time.monotonic()

    def late_s(self) -> float:
        """Return how long ago the moment came; 0 if it has not."""
        now, rang = time.monotonic(), self._rang
        return 0.0 if rang is None else now - rang

    def off(self) -> None:
        """Wait no longer."""
        self._timer.cancel()


@contextmanager
def alarm(after_s: float) -> Iterator[Alarm]:
    """Give an alarm that is off at the end."""
    found = Alarm(after_s)
    try:
        yield found
    finally:
        found.off()

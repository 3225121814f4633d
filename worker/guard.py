"""The stall guard's second half: a plain thread that ends the process when the event loop does not turn any more."""

import sys
import threading
import traceback
from collections.abc import Callable

from worker.health import TICK_S, Health

_FRAMES = 3


class Guard:
    """Counts checks without a tick of the loop.

    Checks, not time: a process that was stopped as a whole, or a machine that slept, has not stalled. A call that
    holds Python's own lock stops this thread too; then /healthz does not answer, and who probes it must act.
    """

    def __init__(self, health: Health, loop_thread: int | None, end: Callable[..., None]) -> None:
        """``loop_thread`` is the thread whose place is told; ``end`` takes a line and its details."""
        self._health, self._loop_thread, self._end = health, loop_thread, end
        self._seen, self._missed = health.ticks, 0
        self._stopped = threading.Event()

    def start(self) -> None:
        """Check in a thread of its own, about once a second."""
        threading.Thread(target=self._run, name="stall guard", daemon=True).start()

    def stop(self) -> None:
        """Check no more: a worker that stops has its own deadline."""
        self._stopped.set()

    def check(self) -> None:
        """Compare with the check before."""
        ticks = self._health.ticks
        self._missed = self._missed + 1 if ticks == self._seen else 0
        self._seen = ticks
        still_s = self._missed * TICK_S
        if still_s >= self._health.stall_s:
            self._end("event loop stands still", still_s=round(still_s), at=place_of(self._loop_thread))

    def _run(self) -> None:
        while not self._stopped.wait(TICK_S):
            self.check()


def place_of(thread: int | None) -> str:
    """Return where a thread is: its innermost frames, the innermost first; no values, so nothing confidential."""
    frame = sys._current_frames().get(thread or 0)  # noqa: SLF001 - the documented way to another thread's stack
    frames = traceback.extract_stack(frame)[: -_FRAMES - 1 : -1] if frame else []
    return " < ".join(f"{each.filename}:{each.lineno} {each.name}" for each in frames)

"""How a worker process is doing: written on its event loop, read by any thread."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from worker.notice_board import NoticeBoard
from worker.patience import Patience
from worker.pulse import Pulse

#: The loop turns every second; one that is later than this is said to be late.
TICK_S, LATE_S = 1.0, 5.0
_OK = "ok"
#: A process of many partitions has thousands of parts, which tend to share their troubles.
_REASONS_AT_MOST = 10


@dataclass(frozen=True, slots=True)
class Report:
    """What was known at the last tick: each part's condition, and what keeps the process from being ready."""

    parts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    reasons: tuple[str, ...] = ("starting",)


class Health:
    """The pulses of a process and its notice board; ``closing`` is set when the worker is told to stop."""

    def __init__(self, stall_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        """``stall_s`` is how long a part may stand still."""
        self.closing = asyncio.Event()
        self.stall_s = stall_s
        self.board = NoticeBoard(clock)
        #: Grows with every turn of the loop; read by the guard.
        self.ticks = 0
        #: Set by the thread that tells the worker to stop.
        self.is_draining = False
        #: What keeps the process from being ready besides its parts' pulses, by whom it was found.
        self.findings: dict[str, str] = {}
        self.clock = clock
        self._pulses: dict[str, Pulse] = {}
        self._ticked, self._report = clock(), Report()

    def pulse(self, part: str) -> Pulse:
        """Return the pulse of a part, the same for the same name."""
        return self._pulses.setdefault(part, Pulse(self.clock))

    def forget(self, part: str) -> None:
        """Drop the pulse of a part that is there no more."""
        self._pulses.pop(part, None)

    def patience(self, part: str, closing: asyncio.Event | None = None) -> Patience:
        """Return what a part waits with; ``closing`` is of its own if it may end before the worker does."""
        return Patience(part, self.pulse(part), self.board, closing or self.closing)

    def tick(self) -> None:
        """Note that the loop turns, and how the parts are; call on the loop."""
        for pulse in self._pulses.values():
            pulse.look()
        parts = {part: self._condition(pulse) for part, pulse in self._pulses.items()}
        found = {"redis": self.board.trouble, **parts, **self.findings}
        reasons = tuple(f"{what}: {state}" for what, state in found.items() if state not in {"", _OK})
        self._report = Report(parts, reasons)
        self._ticked = self.clock()
        self.ticks += 1

    @property
    def is_alive(self) -> bool:
        """Whether the loop turns; from any thread."""
        return self._late_s < self.stall_s

    def readiness(self) -> Report:
        """Return the last report, and what this thread knows besides; from any thread."""
        report, late_s = self._report, self._late_s
        reasons = ["draining"] if self.is_draining else []
        if late_s > LATE_S:
            reasons.append(f"loop: stands still for {late_s:.0f} s")
        reasons += report.reasons[:_REASONS_AT_MOST]
        if more := len(report.reasons[_REASONS_AT_MOST:]):
            reasons.append(f"and {more} more")
        return Report(report.parts, tuple(reasons))

    @property
    def _late_s(self) -> float:
        return self.clock() - self._ticked

    def _condition(self, pulse: Pulse) -> str:
        if pulse.fault:
            return pulse.fault
        # A part that ends has nothing more to do; one that is told to is not judged.
        if pulse.still_s >= self.stall_s and not self.closing.is_set():
            return f"stalled for {pulse.still_s:.0f} s"
        return _OK if pulse.is_started else "starting"

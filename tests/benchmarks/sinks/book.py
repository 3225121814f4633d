"""What arrived, counted from nginx's log: every push once, none twice, none that was not sent."""

import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.benchmarks.sinks.configuration import FLUSH_MS
from tests.benchmarks.turn import Push

#: Wherever they are written: in the path, in a body, in a list of a thousand.
_TOKEN, _MESSAGE = re.compile(rb"\b[0-9a-f]{64}\b"), re.compile(rb"m\d{5}x\d{7}")
_PATIENCE_S = 3.0
#: nginx's clock stands still within a millisecond.
_TICK_S = 0.001


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What a turn came to at the vendors."""

    requests: int
    lost: int
    #: Arrived beyond the first time.
    repeated: int
    #: Never sent in this turn.
    foreign: int

    @property
    def is_exact(self) -> bool:
        """Whether each push arrived exactly once and nothing else did."""
        return not (self.lost or self.repeated or self.foreign)


class Sent(Protocol):
    """What was sent: a turn, for one."""

    def pushes(self) -> Iterator[Push]:
        """Yield what must arrive."""
        ...


class Book:
    """nginx's log of the pushes since it was last emptied."""

    def __init__(self, path: Path) -> None:
        """``path`` is the log, which nginx appends to."""
        self._path = path

    def empty(self) -> None:
        """Forget what arrived; call when nothing is on its way."""
        time.sleep(2 * FLUSH_MS / 1000)
        with self._path.open("r+b") as log:
            log.truncate()

    def arrivals(self, sent: Sent) -> Arrivals:
        """Compare what arrived since ``empty`` with what was sent; waits for what nginx has not written yet."""
        expected, ends_at = Counter(sent.pushes()), time.monotonic() + _PATIENCE_S
        while Counter(self._pushes()).total() < expected.total() and time.monotonic() < ends_at:
            time.sleep(FLUSH_MS / 1000)
        time.sleep(2 * FLUSH_MS / 1000)  # what comes too often comes late
        return compared(expected, Counter(self._pushes()), self._path.read_bytes().count(b"\n"))

    def times(self) -> dict[Push, float]:
        """Return when each push came for the first time, as ``came_at``; call after ``arrivals``."""
        times: dict[Push, float] = {}
        for line in self._path.read_bytes().splitlines():
            at = came_at(line)
            times.update((push, min(at, times.get(push, at))) for push in pushes_of(line))
        return times

    def _pushes(self) -> Iterator[Push]:
        for line in self._path.read_bytes().splitlines():
            yield from pushes_of(line)


def pushes_of(line: bytes) -> Iterator[Push]:
    """Yield the pushes of one request: each token it names, with the message it names."""
    message = _MESSAGE.search(line)
    msg_id = message[0].decode() if message else ""
    return (Push(token.decode(), msg_id) for token in dict.fromkeys(_TOKEN.findall(line)))


def came_at(line: bytes) -> float:
    """Return when a request began to be read, seconds since 1970, rounded up to a millisecond.

    The line is written after the answer. It begins with the time then and the time since nginx opened the stream, both
    from the same reading of its clock and cut to milliseconds, so that their difference is that of the beginning.
    """
    ended, took, _ = line.split(b" ", 2)
    return round(float(ended) - float(took), 3) + _TICK_S


def compared(expected: "Counter[Push]", found: "Counter[Push]", requests: int) -> Arrivals:
    """Return how what was found differs from what was expected once each."""
    lost = (expected - found).total()
    foreign = sum(count for push, count in found.items() if push not in expected)
    return Arrivals(requests, lost, (found - expected).total() - foreign, foreign)

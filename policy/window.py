"""Counts of the last so many seconds, in constant memory."""

from collections import deque
from dataclasses import dataclass
from typing import Final

#: What leaves the window leaves it a tenth at a time.
PARTS: Final = 10
_LONG_AGO: Final = float("-inf")


@dataclass(slots=True)
class Counts:
    """How many there were, and how many of them were bad."""

    all: int = 0
    bad: int = 0

    def add(self, *, is_bad: bool) -> None:
        """Count one more."""
        self.all += 1
        self.bad += is_bad

    def are_bad(self, share: float, least: int) -> bool:
        """Whether there are at least so many, and the bad ones make up this share of them."""
        return self.all >= least and self.bad >= share * self.all


class Window:
    """Counts what comes, and forgets what is older than its span. A time that goes back counts as the latest."""

    def __init__(self, span_s: float) -> None:
        """Count nothing yet."""
        self._part_ms = max(1, int(span_s * 1000) // PARTS)
        #: (number of the part, its counts), oldest first.
        self._parts: deque[tuple[int, Counts]] = deque()
        #: The counts of the latest part, and when it is over.
        self._latest, self._ends_ms = Counts(), _LONG_AGO

    def add(self, now_ms: int, *, is_bad: bool, count: int = 1) -> None:
        """Count so many more."""
        if now_ms >= self._ends_ms:
            self._begin(now_ms // self._part_ms)
        counts = self._latest
        counts.all += count
        counts.bad += count if is_bad else 0

    def counts(self, now_ms: int) -> Counts:
        """Return the counts of the span that ends now."""
        self._forget_before(now_ms // self._part_ms)
        counted = [counts for _, counts in self._parts]
        return Counts(sum(counts.all for counts in counted), sum(counts.bad for counts in counted))

    def clear(self) -> None:
        """Forget everything."""
        self._parts.clear()
        self._ends_ms = _LONG_AGO

    def _begin(self, part: int) -> None:
        self._forget_before(part)
        self._latest, self._ends_ms = Counts(), (part + 1) * self._part_ms
        self._parts.append((part, self._latest))

    def _forget_before(self, part: int) -> None:
        while self._parts and self._parts[0][0] <= part - PARTS:
            self._parts.popleft()
        if not self._parts:
            self._ends_ms = _LONG_AGO

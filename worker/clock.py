"""The wall clock, as the one function that everything else is given."""

import time
from collections.abc import Callable

#: Milliseconds since 1970.
Clock = Callable[[], int]


def steady_clock() -> int:
    """Return milliseconds that never go back, since some moment."""
    return time.monotonic_ns() // 1_000_000


def wall_clock() -> int:
    """Return milliseconds since 1970."""
    return time.time_ns() // 1_000_000

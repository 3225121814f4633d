"""A clock that a test turns, and what is logged meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from structlog.testing import capture_logs


class Hand:
    """Seconds since some origin, as ``time.monotonic`` gives them; the test moves it."""

    def __init__(self) -> None:
        """Start at a time that is no round number."""
        self.now = 1234.5

    def __call__(self) -> float:
        """Return the time."""
        return self.now

    def moves(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


@contextmanager
def logged() -> Iterator[list[Any]]:
    """Give the lines that are logged in the block."""
    with capture_logs() as lines:
        yield lines

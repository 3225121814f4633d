"""The demo's moment: everything in the sample is said relative to it."""

from typing import Final

#: 2026-09-21 14:13:20 UTC in milliseconds: 22:13 in Shanghai, 16:13 in Berlin.
BASE_MS: Final = 1_790_000_000_000
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS


def hours(count: float) -> int:
    """Return the moment so many hours after the base (before it, when negative), in milliseconds."""
    return BASE_MS + int(count * HOUR_MS)

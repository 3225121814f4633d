"""Limits of time: a busy machine may exceed one, but not each time; what does not keep a limit exceeds it each time."""

from collections.abc import Awaitable, Callable

TRIES = 5


def least(measure: Callable[[], float], limit: float, tries: int = TRIES) -> float:
    """Return the least that was measured: of one try if it keeps the limit, else of more, so many at most."""
    found = measure()
    for _ in range(tries - 1):
        if found <= limit:
            break
        found = min(found, measure())
    return found


async def least_awaited(measure: Callable[[], Awaitable[float]], limit: float, tries: int = TRIES) -> float:
    """Return the least that was measured, as ``least`` does."""
    found = await measure()
    for _ in range(tries - 1):
        if found <= limit:
            break
        found = min(found, await measure())
    return found

"""A producer that keeps to its timetable whatever the worker does: who waits for a slow worker, does not see it.

Events that are due while Redis does not answer go out together as soon as it does, and count from when they were due.
https://www.scylladb.com/2021/04/22/on-coordinated-omission/
"""

import time
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate, islice, takewhile
from random import Random

from tests.benchmarks.rig import Rig, events_of
from tests.benchmarks.turn import Turn
from worker.store.stream import added_ms


def timetable(rate_per_s: float, seconds: float, seed: int) -> list[float]:
    """Return when events are due, in seconds from the start: so many a second on average, independent of each other."""
    chance = Random(seed)  # noqa: S311 - dice, not secrets
    return list(takewhile(lambda at: at < seconds, accumulate(_gaps(chance, rate_per_s))))


def play(rig: Rig, turn: Turn, due: list[float]) -> list[float]:
    """Add the events of a turn, each when it is due (seconds since 1970); return when Redis took each, cut to ms."""
    events, ids, place = events_of(turn), list[bytes](), 0
    while place < len(due):
        time.sleep(max(0.0, due[place] - time.time()))
        ripe = bisect_right(due, time.time(), place)
        ids += rig.add(islice(events, ripe - place))
        place = ripe
    return [added_ms(entry_id) / 1000 for entry_id in ids]


def _gaps(chance: Random, rate_per_s: float) -> Iterator[float]:
    while True:
        yield chance.expovariate(rate_per_s)

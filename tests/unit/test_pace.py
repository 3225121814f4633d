import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.pace import BURST_S, FIRST_SHARE, Pace
from tests.contract.lateness import LOOP_CLOCK_S


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def sent(pace: Pace, clock: Clock, seconds: float, step: float) -> int:
    """Send as fast as the pace allows for a while; return how many went out."""
    end, count = clock.now + seconds, 0
    while clock.now < end:
        while pace.reserve(1, 0.0) is not None:
            count += 1
        clock.now += step
    return count


def test_little_traffic_never_waits() -> None:
    """A burst within a second's allowance of the first share goes out at once."""
    pace = Pace(10_000, ramp_s=60, clock=Clock())
    assert [pace.reserve(1, 0.0) for _ in range(int(10_000 * FIRST_SHARE * BURST_S))] == [0.0] * 500


def test_the_rate_is_kept() -> None:
    """Over a minute no more goes out than the quota and one burst."""
    clock = Clock()
    count = sent(Pace(100, clock=clock), clock, seconds=60, step=0.05)
    assert 60 * 100 - 10 <= count <= (60 + BURST_S) * 100 + 1


def test_a_ramp_begins_slowly_and_ends_at_the_full_rate() -> None:
    """The first seconds carry far less than the quota, the seconds after the ramp all of it."""
    clock = Clock()
    pace = Pace(1000, ramp_s=60, clock=clock)
    first = sent(pace, clock, seconds=6, step=0.05)
    sent(pace, clock, seconds=54, step=0.05)
    full = sent(pace, clock, seconds=6, step=0.05)
    assert first < 0.15 * 6 * 1000
    assert full == pytest.approx(6 * 1000, rel=0.02)


def test_a_long_pause_begins_a_new_ramp() -> None:
    """After a night of silence the morning begins gently."""
    clock = Clock()
    pace = Pace(1000, ramp_s=60, clock=clock)
    sent(pace, clock, seconds=70, step=0.05)
    clock.now += 3600
    assert sent(pace, clock, seconds=2, step=0.05) < 0.15 * 2 * 1000


@given(st.lists(st.tuples(st.integers(1, 1000), st.floats(0, 2)), max_size=60))
def test_what_is_granted_never_exceeds_the_quota(requests: list[tuple[int, float]]) -> None:
    """Whatever is asked when, units begun up to any moment stay within the rate, one burst and one request."""
    clock = Clock()
    pace, began, granted = Pace(500, clock=clock), clock.now, 0
    for units, pause in requests:
        clock.now += pause
        delay = pace.reserve(units, 10.0)
        if delay is not None:
            assert granted <= 500 * (clock.now + delay - began + BURST_S) + 1e-6
            granted += units


def test_a_wait_beyond_the_deadline_takes_nothing() -> None:
    """Who cannot be served in time leaves the allowance to others."""
    clock = Clock()
    pace = Pace(10, clock=clock)
    assert pace.reserve(100, 0.0) == 0.0
    assert pace.reserve(1, 5.0) is None
    clock.now += 9.5
    assert pace.reserve(1, 0.0) == 0.0


def test_waiting_sleeps_as_long_as_reserved() -> None:
    """The coroutine says how long, and returns when the reservation begins."""

    async def scenario() -> float:
        # Its clock stands still: a machine that is late would leave less to wait for.
        pace, begun = Pace(1000, clock=Clock()), time.perf_counter()
        assert await pace.wait(1100, 1.0) == 0.0
        async with asyncio.timeout(30):
            assert await pace.wait(1, 1.0) == pytest.approx(0.1)
        return time.perf_counter() - begun

    assert asyncio.run(scenario()) > 0.1 - LOOP_CLOCK_S

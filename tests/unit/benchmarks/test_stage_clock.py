"""Promises about the clock of the stages."""

import asyncio
import time

import pytest

from tests.benchmarks.stages.boundaries import BOUNDARIES, owner_of
from tests.benchmarks.stages.cells import Time, Toll, times, toll
from tests.benchmarks.stages.clock import CELLS, LOOP, StageClock

_STAGES = ("outer", "inner", LOOP)
_BUSY_S = 0.02


def _clock() -> tuple[StageClock, "memoryview[int]"]:
    cells = memoryview(bytearray(len(_STAGES) * CELLS * 8)).cast("q")
    return StageClock(_STAGES, cells), cells


def _busy() -> None:
    end = time.thread_time() + _BUSY_S
    while time.thread_time() < end:
        pass


def test_the_innermost_stage_has_the_time() -> None:
    """A function within another's stage is not counted twice, and what comes behind it is the outer one's again."""
    clock, cells = _clock()
    inner = clock.timed(_busy, "inner")

    def outer() -> None:
        _busy()
        inner()
        _busy()

    clock.timed(outer, "outer")()
    found = times(cells, _STAGES)
    assert [found[stage][1:] for stage in _STAGES] == [(1, 1), (1, 0), (0, 1)]
    assert found["inner"].cpu_s >= _BUSY_S
    assert found["outer"].cpu_s >= 2 * _BUSY_S


def test_a_coroutine_is_counted_while_it_runs_and_not_while_it_waits() -> None:
    """Time that the loop spends on others meanwhile is not the coroutine's; each step is one."""
    clock, cells = _clock()

    async def waiting() -> str:
        asyncio.get_running_loop().call_soon(_busy)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return "done"

    async def main() -> str:
        return await asyncio.create_task(clock.timed(waiting, "outer")())

    assert asyncio.run(main()) == "done"
    found = times(cells, _STAGES)
    assert found["outer"].steps == 3
    assert found["outer"].cpu_s < _BUSY_S <= found[LOOP].cpu_s


def test_an_exception_passes_and_ends_its_step() -> None:
    """What a timed function or coroutine raises, or is thrown into it, is seen outside, and time goes on outside."""
    clock, cells = _clock()

    async def failing() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await asyncio.sleep(1)
        raise LookupError

    with pytest.raises(LookupError):
        asyncio.run(clock.timed(failing, "outer")())
    with pytest.raises(ZeroDivisionError):
        clock.timed(lambda: 1 / 0, "inner")()
    steps = times(cells, _STAGES)
    assert steps["inner"].within == steps["outer"].within == 0
    assert steps[LOOP].within == steps["outer"].steps + steps["inner"].steps


def test_the_clocks_own_time_is_left_out_of_a_stage() -> None:
    """Each step costs its own stage and the one around it."""
    assert Toll(2e-6, 3e-6).without(Time(1.0, 1000, 10_000)) == pytest.approx(1.0 - 0.002 - 0.03)
    measured = toll()
    assert 0 < measured.own_s < 1e-3
    assert 0 < measured.outer_s < 1e-3


@pytest.mark.parametrize("name", [name for names in BOUNDARIES.values() for name in names])
def test_every_boundary_exists(name: str) -> None:
    """A function that was renamed leaves the table, instead of its stage's time going to another stage."""
    owner, attribute = owner_of(name)
    assert callable(getattr(owner, attribute))

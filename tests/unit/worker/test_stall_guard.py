"""What counts as standing still, what is done about it, and what is not held against a part."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import pytest
from prometheus_client import REGISTRY
from redis.exceptions import TimeoutError as RedisTimeoutError

from tests.unit.worker.clocks import Hand, logged
from worker.guard import Guard, place_of
from worker.health import Health
from worker.notice_board import Wait
from worker.part import Part
from worker.pulse import Pulse
from worker.stall_watch import StallWatch

STALL_S = 60.0


class Endings:
    """Takes the place of the end of the process."""

    def __init__(self) -> None:
        """Nothing has ended."""
        self.said: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, event: str, **details: Any) -> None:
        """Note what was said."""
        self.said.append((event, details))


class Work:
    """A part whose runs the test writes, one after the other; the last one for every further run."""

    name = "lane x"

    def __init__(self, *runs: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Count how often it is started."""
        self._runs, self.started = runs, 0

    async def run(self) -> None:
        """Run the next."""
        run = self._runs[min(self.started, len(self._runs) - 1)]
        self.started += 1
        await run()


async def never() -> None:
    """Wait for ever, as a lost wake-up does."""
    await asyncio.Event().wait()


async def turns(count: int = 10) -> None:
    """Let every task get on."""
    for _ in range(count):
        await asyncio.sleep(0)


def test_a_part_that_beats_is_fine() -> None:
    """However long it lives."""
    clock = Hand()
    pulse = Pulse(clock)
    for _ in range(100):
        clock.moves(59)
        assert pulse.still_s < STALL_S
        pulse.beat()


def test_what_is_held_too_long_is_a_stall_although_the_part_beats() -> None:
    """A lane that reads on, while one of its sends has no end, does not get on."""
    clock = Hand()
    pulse = Pulse(clock)
    pulse.take([b"1-0", b"2-0"])
    clock.moves(40)
    pulse.take([b"3-0"])
    pulse.let_go([b"2-0"])
    clock.moves(30)
    pulse.beat()
    assert pulse.still_s == 70
    pulse.let_go([b"1-0"])
    assert pulse.still_s == 30


def test_trouble_is_not_held_against_a_part() -> None:
    """While Redis is away nothing can be settled; time counts from the last attempt on."""
    clock = Hand()
    pulse = Pulse(clock)
    pulse.take([b"1-0"])
    for _ in range(100):
        clock.moves(5)
        pulse.excuse()
    clock.moves(7)
    assert pulse.still_s == 7


class Stage:
    """One part under the watch, and a hand-moved clock."""

    def __init__(self, work: Work) -> None:
        """Start nothing yet."""
        self.clock, self.ends, self.renewals = Hand(), Endings(), 0
        self.health = Health(STALL_S, self.clock)
        self.work, self.part = work, Part(work, self.health)
        self.watch = StallWatch(self.health, [self.part], self._renew, self.ends)

    async def _renew(self) -> None:
        self.renewals += 1

    async def look_after(self, seconds: float) -> None:
        """Let time pass, then let the watch look, then the part get on."""
        self.clock.moves(seconds)
        await self.watch.look()
        await turns()

    async def play(self, act: Callable[["Stage"], Coroutine[Any, Any, None]]) -> None:
        """Run the act while the part is kept running."""
        keeping = asyncio.create_task(self.part.keep_running())
        await turns()
        await act(self)
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


def test_a_part_that_stands_still_is_started_again_with_fresh_connections() -> None:
    """One line that names the part and the place where it waits, a count, and a second start."""

    async def act(stage: Stage) -> None:
        await stage.look_after(STALL_S - 1)
        assert stage.work.started == 1
        await stage.look_after(1)
        assert (stage.work.started, stage.renewals) == (2, 1)
        await stage.look_after(STALL_S - 1)
        assert stage.work.started == 2

    before = stalls()
    with logged() as lines:
        stage = Stage(Work(never))
        asyncio.run(stage.play(act))
    (line,) = lines
    assert (line["event"], line["part"]) == ("part stands still, starting it again", "lane x")
    assert line["still_s"] == 60
    assert line["at"].endswith(" wait")
    assert stalls() - before == 1
    assert stage.ends.said == []


def test_trouble_renews_the_connections_once() -> None:
    """What one call met, the connections that lie idle may hold, too: they go when trouble begins, each time once."""

    async def act(stage: Stage) -> None:
        for number in range(1, 3):
            wait = Wait("lane x")
            for _ in range(3):
                stage.health.board.met(wait, RedisTimeoutError("no answer"))
                await stage.watch.look()
                assert stage.renewals == number
            stage.health.board.served(wait)
            await stage.watch.look()
            assert stage.renewals == number

    with logged():
        asyncio.run(Stage(Work(never)).play(act))


def stalls() -> float:
    """Return how often the part was found standing still."""
    return REGISTRY.get_sample_value("offline_push_stalls_total", {"part": "lane x"}) or 0.0


def test_a_part_that_a_fresh_start_does_not_help_ends_the_process() -> None:
    """Nothing is lost by an end, everything waits without one."""

    async def act(stage: Stage) -> None:
        await stage.look_after(STALL_S)
        assert stage.ends.said == []
        await stage.look_after(STALL_S)

    stage = Stage(Work(never))
    with logged():
        asyncio.run(stage.play(act))
    ((event, details),) = stage.ends.said
    assert event == "part does not get on although it was started again"
    assert details["part"] == "lane x"


def test_a_part_that_got_on_in_between_is_started_again_each_time() -> None:
    """Only a start that did not help at all is the last."""

    async def act(stage: Stage) -> None:
        for number in range(1, 5):
            await stage.look_after(STALL_S)
            assert stage.work.started == number + 1
            stage.clock.moves(1)
            stage.part.pulse.beat()

    stage = Stage(Work(never))
    with logged():
        asyncio.run(stage.play(act))
    assert stage.ends.said == []


def test_parts_that_stand_still_together_are_few_lines() -> None:
    """A hundred of them have one cause."""

    async def act() -> None:
        clock = Hand()
        health = Health(STALL_S, clock)
        parts = []
        for number in range(100):
            work = Work(never)
            work.name = f"lane {number}"
            parts.append(Part(work, health))
        stage = Stage(Work(never))
        clock.moves(STALL_S)
        await StallWatch(health, parts, stage._renew, stage.ends).look()

    with logged() as lines:
        asyncio.run(act())
    assert len(lines) == 6
    assert lines[-1]["parts"] == 95


def test_a_part_that_may_wait_is_excused_but_not_what_it_holds() -> None:
    """A lane whose channel's slots are taken by another partition's lane waits for as long as that takes."""
    clock, taken = Hand(), [True]
    health = Health(STALL_S, clock)
    pulse = health.pulse("lane x")
    pulse.may_wait = lambda: taken[0]
    for _ in range(5):
        clock.moves(59)
        health.tick()
        assert pulse.still_s == 0
    pulse.take([b"1-0"])
    clock.moves(59)
    health.tick()
    assert pulse.still_s == 59
    pulse.let_go([b"1-0"])
    assert pulse.still_s == 0
    taken[0] = False
    clock.moves(59)
    health.tick()
    assert pulse.still_s == 59


def test_what_is_held_over_the_fresh_start_counts() -> None:
    """A send that hangs is not healed by a reader that starts again."""

    async def act(stage: Stage) -> None:
        stage.part.pulse.take([b"1-0"])
        for _ in range(2):
            for _ in range(6):
                stage.part.pulse.beat()
                await stage.look_after(STALL_S / 6)
        stage.part.pulse.beat()
        await stage.look_after(0)

    stage = Stage(Work(never))
    with logged():
        asyncio.run(stage.play(act))
    assert len(stage.ends.said) == 1


def test_a_part_that_refuses_to_be_cancelled_ends_the_process() -> None:
    """It cannot be started again, so the process is."""

    async def stubborn() -> None:
        with suppress(asyncio.CancelledError):
            await never()
        await never()

    async def act(stage: Stage) -> None:
        await stage.look_after(STALL_S)
        assert stage.work.started == 1
        await stage.look_after(STALL_S)

    stage = Stage(Work(stubborn, never))
    with logged():
        asyncio.run(stage.play(act))
    assert len(stage.ends.said) == 1


@pytest.mark.parametrize("fault", [ValueError("x"), None], ids=["failed", "ended by itself"])
def test_a_part_that_fails_is_started_again_and_says_so(
    fault: Exception | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until it gets on the process is not ready, with the reason."""
    monkeypatch.setattr("worker.part._AGAIN_S", 0)

    async def fail() -> None:
        if fault:
            raise fault

    async def act(stage: Stage) -> None:
        stage.health.tick()
        expected = "failed: ValueError" if fault else "failed: ended by itself"
        assert stage.health.readiness().parts == {"lane x": expected}
        assert stage.work.started == 2
        stage.part.pulse.beat()
        stage.health.tick()
        assert stage.health.readiness().reasons == ()

    with logged() as lines:
        asyncio.run(Stage(Work(fail, never)).play(act))
    assert [line["event"] for line in lines] == ["a part of the engine failed, starting it again"]


def test_a_part_that_ends_when_told_to_is_done() -> None:
    """The engine waits for nothing else."""

    async def end() -> None:
        return

    async def until_told() -> None:
        health = Health(STALL_S)
        health.closing.set()
        await asyncio.wait_for(Part(Work(end), health).keep_running(), 5)

    asyncio.run(until_told())


def test_the_loop_is_given_the_time_of_a_stall() -> None:
    """Sixty checks in a row without a tick end the process; a tick in between starts the count again."""
    health, ends = Health(STALL_S, Hand()), Endings()
    guard = Guard(health, None, ends)
    for _ in range(59):
        guard.check()
    health.tick()
    for _ in range(60):
        guard.check()
    assert ends.said == []
    guard.check()
    ((event, details),) = ends.said
    assert (event, details["still_s"]) == ("event loop stands still", 60)


def test_a_machine_that_slept_has_not_stalled() -> None:
    """Checks count, not time: after an hour during which nothing ran the loop has all its time."""
    clock, ends = Hand(), Endings()
    health = Health(STALL_S, clock)
    guard = Guard(health, None, ends)
    guard.check()
    clock.moves(3600)
    guard.check()
    assert ends.said == []


def test_the_place_of_a_thread_is_files_lines_and_functions() -> None:
    """The line that ends the process says what the loop was doing."""
    place = place_of(threading.get_ident())
    assert "test_stall_guard.py:" in place
    assert place.count(" < ") == 2
    assert place_of(None) == ""

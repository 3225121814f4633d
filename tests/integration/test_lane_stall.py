"""A lane that stands still on a real server: what a fresh start heals, and what it must not do."""

import asyncio
from typing import Any, Literal

from tests.integration.deployment import now_ms
from tests.integration.lane_stage import LEASE_MS, OUTBOX, STALL_S, Play, Stage, job_of
from tests.ports import own_port
from tests.unit.worker.clocks import logged
from worker.cancellation import end
from worker.store.stream import GROUP


def said(lines: list[Any]) -> list[str]:
    """Return what operators see."""
    return [line["event"] for line in lines if line["log_level"] != "debug"]


class Deaf(asyncio.Event):
    """An event that nobody is woken by, whether it is waited for already or later."""

    async def wait(self) -> Literal[True]:
        """Wait for ever."""
        return await asyncio.Event().wait()


def test_a_settler_that_hangs_is_healed_and_nothing_is_sent_twice(play: Play) -> None:
    """What was sent before is settled by the fresh start; its lane is not blamed, and goes on."""

    async def act(stage: Stage) -> None:
        stage.push("first")
        await stage.settled()
        stage.settler._changed = Deaf()
        stage.push("second")
        await stage.eventually(lambda: stage.part.pulse.held < len(stage.lane.held))
        stage.settler._changed = asyncio.Event()
        await stage.look_after(STALL_S - 1)
        assert stage.database.xlen(OUTBOX) == 1
        await stage.look_after(1)
        stage.push("third")
        await stage.settled()

    with logged() as lines:
        stage = play(act)
    assert stage.vendor.sent == ["first", "second", "third"]
    told = [(line["event"], line["part"]) for line in lines if line["log_level"] != "debug"]
    assert told == [("part stands still, starting it again", stage.settler.name)]
    assert stage.ended == []


def test_a_settler_that_ends_begins_again_with_what_it_had(play: Play) -> None:
    """It is missed at once, not when its lanes have stood still for a minute."""

    async def act(stage: Stage) -> None:
        stage.vendor.answers.clear()
        stage.push("first")
        await stage.eventually(lambda: stage.vendor.sent == ["first"])
        (running,) = [task for task in asyncio.all_tasks() if task.get_name() == stage.settler.name]
        stage.vendor.answers.set()
        await end(running)
        await stage.settled()

    with logged() as lines:
        assert play(act).vendor.sent == ["first"]
    assert said(lines) == []


def test_a_settler_without_work_is_no_stall(play: Play) -> None:
    """Nothing is settled for hours where nothing is sent."""

    async def act(stage: Stage) -> None:
        for _ in range(3):
            await stage.look_after(STALL_S)
        stage.push("first")
        await stage.settled()

    with logged() as lines:
        stage = play(act)
    assert said(lines) == []
    assert stage.ended == []


def test_a_lane_that_is_told_to_stop_sees_its_last_push_settled(play: Play) -> None:
    """What is in flight then is answered, settled, and only then the lane ends."""

    async def act(stage: Stage) -> None:
        stage.vendor.answers.clear()
        stage.push("last")
        await stage.eventually(lambda: stage.vendor.sent == ["last"])
        stage.health.closing.set()
        stage.vendor.answers.set()

    stage = play(act)
    assert stage.lane.held == {}
    assert stage.database.xlen(OUTBOX) == 0


def test_a_send_without_an_end_is_not_sent_again(play: Play) -> None:
    """A fresh start leaves it alone, though its lease has long run out; what has an end goes on being sent."""

    async def act(stage: Stage) -> None:
        stage.vendor.answers.clear()
        stage.push("hangs")
        await stage.eventually(lambda: stage.vendor.sent == ["hangs"])
        await stage.look_after(STALL_S)
        assert stage.part.pulse.still_s == 0
        # Its lease is kept by the fresh start, again and again.
        for _ in range(3):
            await stage.eventually(lambda: idle_ms(stage) > LEASE_MS / 6)
            await stage.eventually(lambda: idle_ms(stage) < LEASE_MS / 6)
        assert stage.vendor.sent == ["hangs"]
        assert stage.ended == []
        await stage.look_after(STALL_S)
        assert stage.ended == ["part does not get on although it was started again"]
        stage.vendor.answers.set()
        await stage.settled()

    with logged():
        assert play(act).vendor.sent == ["hangs"]


def idle_ms(stage: Stage) -> int:
    """Return how long ago the push was read, or its lease renewed."""
    pending: Any = stage.database.xpending_range(OUTBOX, GROUP, "-", "+", 1)
    return int(pending[0]["time_since_delivered"])


def test_what_was_not_begun_is_begun_after_a_fresh_start(play: Play) -> None:
    """A push that its workers may have died of waits to be alone; a fresh start in that moment does not forget it."""

    async def act(stage: Stage) -> None:
        stage.vendor.answers.clear()
        stage.push("hangs")
        await stage.eventually(lambda: stage.vendor.sent == ["hangs"])
        hand_to_the_dead(stage, "suspect")
        await stage.eventually(lambda: stage.part.pulse.held == 2)
        stage.clock.moves(STALL_S)
        before = stage.part._task
        await stage.look()
        await stage.eventually(lambda: stage.part._task is not before)
        stage.vendor.answers.set()
        await stage.settled()

    with logged():
        stage = play(act)
    assert stage.vendor.sent == ["hangs", "suspect"]
    assert stage.ended == []


def hand_to_the_dead(stage: Stage, token: str) -> None:
    """Add a push that was given to workers three times, and that none of them settled."""
    pipe = stage.database.pipeline(transaction=True)
    entry_id = f"{now_ms() + 1000}-0"
    pipe.xadd(OUTBOX, {"job": job_of(token), "badge": "1"}, id=entry_id)
    pipe.xreadgroup(GROUP, "dead", {OUTBOX: ">"})
    pipe.xclaim(OUTBOX, GROUP, "dead", 0, [entry_id], idle=60_000, retrycount=3)
    pipe.execute()


def test_a_fresh_start_in_the_moment_of_an_answer(play: Play) -> None:
    """A lane that is started again while it settles is not waited for in vain, and settles what it has sent."""

    async def act(stage: Stage) -> None:
        stage.vendor.answers.clear()
        stage.push("first")
        await stage.eventually(lambda: stage.vendor.sent == ["first"])
        stage.part.revive()
        stage.vendor.answers.set()
        stage.push("second")
        await stage.settled()

    with logged():
        assert play(act).vendor.sent == ["first", "second"]


def test_slots_that_are_all_taken_are_no_stall(play: Play) -> None:
    """A lane that waits for slow answers gets on with each of them, and reads nothing meanwhile."""

    async def act(stage: Stage) -> None:
        stage.vendor.answers.clear()
        stage.push("a", "b", "c", "d")
        await stage.eventually(lambda: len(stage.vendor.sent) == 2)
        stage.clock.moves(STALL_S - 1)
        await stage.look()
        stage.vendor.answers.set()
        await stage.settled()
        stage.clock.moves(STALL_S - 1)
        await stage.look()

    with logged() as lines:
        play(act)
    assert said(lines) == []


def test_an_outage_is_no_stall(play: Play) -> None:
    """While Redis takes no writes, sends that were answered wait to be settled, for as long as it takes."""

    async def act(stage: Stage) -> None:
        stage.vendor.answers.clear()
        stage.push("a")
        await stage.eventually(lambda: len(stage.vendor.sent) == 1)
        # Of a master that is not there: it stays a read-only replica with its data.
        stage.database.replicaof("127.0.0.1", str(own_port()))
        try:
            stage.vendor.answers.set()
            await stage.eventually(lambda: "ReadOnlyError" in stage.health.board.trouble)
            for _ in range(3):
                await stage.outage(STALL_S - 1)
        finally:
            stage.database.replicaof("NO", "ONE")
        await stage.settled()
        await stage.eventually(lambda: not stage.health.board.trouble)

    with logged() as lines:
        stage = play(act)
    assert stage.vendor.sent == ["a"]
    # A read that waited may be told why it waits no more, and be cut off.
    troubles = [line for line in lines if line["log_level"] == "warning"]
    assert "ReadOnlyError" in {line["error"] for line in troubles}
    assert {line["event"] for line in troubles} <= {"redis trouble, waiting", "redis trouble goes on"}
    assert len(troubles) < 15
    assert "error" not in {line["log_level"] for line in lines}

"""Redis trouble is said once for the whole process, and its end is."""

import asyncio
from typing import Any

import pytest
from prometheus_client import REGISTRY
from redis.exceptions import BusyLoadingError, ReadOnlyError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError

from tests.unit.worker.clocks import Hand, logged
from worker.health import Health
from worker.notice_board import NoticeBoard, Wait, kind_of
from worker.patience import Closed

REFUSED = RedisConnectionError("Error 111 connecting to localhost:6379. Connection refused.")
LOADING, READONLY = BusyLoadingError("LOADING"), ReadOnlyError("READONLY")


def events(lines: list[Any]) -> list[str]:
    """Return the lines' words."""
    return [line["event"] for line in lines]


def test_the_first_to_meet_trouble_says_so_for_all() -> None:
    """Three parts wait for the same: one line when it begins, one when the last is served, with who waited how long."""
    clock = Hand()
    board, waits = NoticeBoard(clock), [Wait("ingest"), Wait("lane a"), Wait("lane b")]
    with logged() as lines:
        for _ in range(4):
            for wait in waits:
                board.met(wait, REFUSED)
            clock.moves(2)
        for wait in waits:
            assert events(lines) == ["redis trouble, waiting"]
            board.served(wait)
    assert lines == [
        {"event": "redis trouble, waiting", "log_level": "warning", "who": "ingest", **kind_and_detail()},
        {
            "event": "redis is back",
            "log_level": "info",
            "lasted_s": 8.0,
            "who": ["ingest", "lane a", "lane b"],
            "error": "ConnectionError",
        },
    ]
    assert board.trouble == ""


def kind_and_detail() -> dict[str, str]:
    """Return how a refused connection is described."""
    return {"error": "ConnectionError", "detail": "Error 111 connecting to localhost:6379. Connection refused."}


def test_each_kind_of_trouble_is_said_once_in_an_incident() -> None:
    """A restart goes through several: refused, loading, read-only; none is repeated when it comes again."""
    clock, wait = Hand(), Wait("ingest")
    board = NoticeBoard(clock)
    with logged() as lines:
        for error in (REFUSED, REFUSED, LOADING, REFUSED, READONLY, LOADING):
            board.met(wait, error)
            clock.moves(1)
    assert [line["error"] for line in lines] == ["ConnectionError", "BusyLoadingError", "ReadOnlyError"]


def test_a_long_trouble_is_brought_back_to_mind_every_minute() -> None:
    """Ten minutes cost one line at the start and one each minute."""
    clock, wait = Hand(), Wait("ingest")
    board = NoticeBoard(clock)
    with logged() as lines:
        for _ in range(300):
            clock.moves(2)
            board.met(wait, REFUSED)
    assert events(lines) == ["redis trouble, waiting", *["redis trouble goes on"] * 9]
    assert [line["lasted_s"] for line in lines[1:3]] == [60.0, 120.0]
    assert board.trouble == "waiting for 598 s: ConnectionError"


def test_trouble_that_comes_and_goes_is_no_flood() -> None:
    """A server at the edge of its memory refuses and takes by turns: two lines in ten seconds, not two each time."""
    clock = Hand()
    board = NoticeBoard(clock)
    with logged() as lines:
        for _ in range(1000):
            wait = Wait("ingest")
            board.met(wait, REFUSED)
            clock.moves(0.05)
            board.served(wait)
    assert events(lines) == ["redis trouble, waiting", "redis is back"] * 5


def test_trouble_that_was_passed_over_in_silence_and_lasts_is_said_after_all() -> None:
    """The second outage within ten seconds is said once those have passed."""
    clock = Hand()
    board, first, second = NoticeBoard(clock), Wait("ingest"), Wait("ingest")
    with logged() as lines:
        board.met(first, REFUSED)
        board.served(first)
        for _ in range(11):
            clock.moves(1)
            board.met(second, REFUSED)
        board.served(second)
    assert events(lines) == ["redis trouble, waiting", "redis is back"] * 2
    assert lines[-1]["lasted_s"] == 10.0


def test_a_hundred_channels_are_counted_not_listed() -> None:
    """The line that says who waited stays one line."""
    board = NoticeBoard(Hand())
    waits = [Wait(f"lane {number}") for number in range(100)]
    with logged() as lines:
        for wait in waits:
            board.met(wait, REFUSED)
        for wait in waits:
            board.served(wait)
    assert (len(lines[-1]["who"]), lines[-1]["and_others"]) == (5, 95)


def test_calm_is_counted_from_the_end_of_the_trouble() -> None:
    """While somebody waits, and for as long as asked afterwards, silence of others says nothing."""
    clock = Hand()
    board, wait = NoticeBoard(clock), Wait("ingest")
    assert board.is_calm(60)
    board.met(wait, REFUSED)
    clock.moves(100)
    assert not board.is_calm(0)
    board.served(wait)
    clock.moves(5)
    assert [board.is_calm(seconds) for seconds in (5, 6)] == [True, False]


def test_a_detail_is_one_line() -> None:
    """Whatever a server says, it stays one short line."""
    with logged() as lines:
        NoticeBoard(Hand()).met(Wait("ingest"), RedisConnectionError("first\nsecond" + "x" * 500))
    assert "\n" not in lines[0]["detail"]
    assert len(lines[0]["detail"]) == 200


def test_trouble_is_counted_in_seconds() -> None:
    """The metric grows while the trouble lasts, once however many wait."""
    clock = Hand()
    board, waits, before = NoticeBoard(clock), [Wait("a"), Wait("b")], seconds()
    for _ in range(3):
        for wait in waits:
            board.met(wait, REFUSED)
        clock.moves(2)
    assert seconds() - before == 4.0
    for wait in waits:
        board.served(wait)
    assert seconds() - before == 6.0


def seconds() -> float:
    """Return the metric."""
    return REGISTRY.get_sample_value("offline_push_redis_trouble_seconds_total") or 0.0


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (REFUSED, "ConnectionError"),
        (ResponseError("MISCONF Redis is configured to save"), "ResponseError MISCONF"),
        (READONLY, "ReadOnlyError"),
    ],
)
def test_conditions_of_one_class_are_told_apart(error: Exception, kind: str) -> None:
    """redis-py has no class for each condition of a server."""
    assert kind_of(error) == kind


def test_a_stop_ends_the_wait_without_a_word() -> None:
    """A worker told to stop while Redis is away does not say that Redis is back."""

    async def refuse() -> None:
        raise REFUSED

    async def stop_while_waiting() -> None:
        health = Health(60.0)
        health.closing.set()
        with pytest.raises(Closed):
            await health.patience("ingest").insist(refuse)
        assert health.board.trouble == ""

    with logged() as lines:
        asyncio.run(stop_while_waiting())
    assert events(lines) == ["redis trouble, waiting"]


def test_patience_has_no_end() -> None:
    """After hours of outage a call waits as it did before: the growing pause stays within its bound."""

    async def wait_after_hours() -> None:
        patience = Health(60.0).patience("ingest")
        async with asyncio.timeout(0.01):
            await patience._sit_out(Wait("ingest", attempts=20_000), REFUSED)

    with logged(), pytest.raises(TimeoutError):
        asyncio.run(wait_after_hours())

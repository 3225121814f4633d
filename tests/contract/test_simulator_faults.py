"""Scripted faults of answers and streams, each as a raw HTTP/2 client meets it, on both kinds of event loop."""

import asyncio
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import uvloop
from h2.errors import ErrorCodes
from h2.settings import Settings

from tests.contract.scripted import FrameClient, Scripted, scripted
from tests.integration.eventually import eventually

ACCEPTED, LOST = ("accepted", False), ("accepted", True)
TOKEN, ID = "ab12", "0a1b2c3d-0000-4000-8000-000000000001"
LOOPS = [asyncio.new_event_loop, uvloop.new_event_loop]


@pytest.fixture(scope="module", params=LOOPS, ids=["asyncio", "uvloop"])
def running(request: pytest.FixtureRequest) -> Iterator[Scripted]:
    """Run one fake APNs for the module."""
    with scripted(request.param) as found:
        yield found


@pytest.fixture
def apple(running: Scripted) -> Scripted:
    """Forget what came before."""
    running.control("POST", "/_sim/reset")
    return running


@pytest.fixture
def client(apple: Scripted) -> Iterator[FrameClient]:
    """Open a connection with many streams."""
    with apple.connect() as found:
        yield found


class TestReply:
    """Answers in the vendor's place."""

    def test_status_headers_and_body(self, apple: Scripted, client: FrameClient) -> None:
        """The script's status, headers and text arrive, and the vendor never saw the push."""
        apple.rule("reply", status=502, body="<html>", headers={"content-type": "text/html"})
        answer = apple.push(client, TOKEN, ID)
        assert (answer.status, bytes(answer.body), answer.headers["content-type"]) == (502, b"<html>", "text/html")
        assert "apns-id" not in answer.headers
        assert apple.ledger(TOKEN) == []

    def test_json_echo_and_frames(self, apple: Scripted, client: FrameClient) -> None:
        """An object is sent as JSON, over as many DATA frames as asked for, with the request's header."""
        apple.rule("reply", status=429, body={"reason": "TooManyRequests"}, echo=["apns-id"], data_frames=2)
        answer = apple.push(client, TOKEN, ID)
        assert bytes(answer.body) == b'{"reason": "TooManyRequests"}'
        assert answer.frames == ["HEADERS", "DATA", "DATA"]
        assert (answer.headers["apns-id"], answer.headers["content-type"]) == (ID, "application/json")

    def test_without_a_body(self, apple: Scripted, client: FrameClient) -> None:
        """A 503 may have no body at all."""
        apple.rule("reply", status=503)
        assert apple.push(client, TOKEN).frames == ["HEADERS"]

    def test_retry_after(self, apple: Scripted, client: FrameClient) -> None:
        """Retry-After comes as a number, as an HTTP-date in the future, or not."""
        apple.rule("reply", status=429, retry_after_s=7)
        assert apple.push(client, TOKEN).headers["retry-after"] == "7"
        apple.rule("reply", status=429, retry_after_s=7, as_date=True)
        before = time.time()
        date = parsedate_to_datetime(apple.push(client, TOKEN).headers["retry-after"])
        assert before + 5 < date.timestamp() < time.time() + 9
        apple.rule("reply", status=429)
        assert "retry-after" not in apple.push(client, TOKEN).headers


class TestTime:
    """Late answers and missing ones."""

    def test_delay(self, apple: Scripted, client: FrameClient) -> None:
        """A delayed push is in the ledger at once, lets others pass, and is answered in the end."""
        apple.rule("delay", {"token": TOKEN}, seconds=1.0)
        slow, quick = apple.start(client, TOKEN), apple.start(client, "cd")
        client.wait(client.answers[quick].has_ended)
        assert apple.ledger(TOKEN) == [ACCEPTED]
        client.wait(client.answers[slow].has_ended)
        assert client.answered[-2:] == [quick, slow]
        assert [client.answers[stream].status for stream in (quick, slow)] == [200, 200]

    def test_a_client_that_gives_up(self, apple: Scripted, client: FrameClient) -> None:
        """An answer that comes after the client reset its stream is marked as lost."""
        apple.rule("delay", {"token": TOKEN}, seconds=2.0)
        slow = apple.start(client, TOKEN)
        client.settle()
        assert apple.ledger(TOKEN) == [ACCEPTED]
        client.h2.reset_stream(slow, ErrorCodes.CANCEL)
        client.settle()
        eventually(lambda: apple.ledger(TOKEN) == [LOST])

    @pytest.mark.parametrize(("after", "entries"), [(False, []), (True, [LOST])])
    def test_black_hole(self, apple: Scripted, client: FrameClient, after: bool, entries: list[Any]) -> None:
        """A push in a black hole is never answered; the ledger says whether the vendor had it."""
        apple.rule("black_hole", {"token": TOKEN}, after_processing=after)
        swallowed = apple.start(client, TOKEN)
        assert apple.push(client, "cd").status == 200
        client.settle()
        assert not client.answers[swallowed].is_over
        assert apple.ledger(TOKEN) == entries

    def test_a_client_that_gives_up_while_the_answer_is_on_its_way(self, apple: Scripted, client: FrameClient) -> None:
        """An answer that was given, but not read when the client reset its stream, counts as lost."""
        apple.rule("trickle", interval_s=0.05)
        stream = apple.start(client, TOKEN)
        client.flush()
        eventually(lambda: apple.ledger(TOKEN) == [ACCEPTED])
        client.h2.reset_stream(stream, ErrorCodes.CANCEL)
        client.settle()
        assert apple.ledger(TOKEN) == [LOST]
        assert apple.statistics()["answers_lost"] == 1

    def test_trickle(self, apple: Scripted, client: FrameClient) -> None:
        """The answer comes whole, one byte in each read, and so does what follows it."""
        apple.rule("trickle", times=1, interval_s=0)
        client.reads.clear()
        first, second = apple.start(client, "bad!"), apple.start(client, TOKEN)
        client.wait(client.answers[second].has_ended)
        assert (client.answers[first].status, client.answers[second].status) == (400, 200)
        assert b"BadDeviceToken" in client.answers[first].body
        assert client.reads.count(1) > 60


class TestStreams:
    """Errors of one stream."""

    @pytest.mark.parametrize(("after", "entries"), [(False, []), (True, [LOST])])
    @pytest.mark.parametrize("code", ["INTERNAL_ERROR", "CANCEL", 11])
    def test_reset(
        self, apple: Scripted, client: FrameClient, code: str | int, after: bool, entries: list[Any]
    ) -> None:
        """RST_STREAM has the code asked for; the connection lives; the ledger says whether the vendor had it."""
        apple.rule("reset_stream", {"token": TOKEN}, code=code, after_processing=after)
        expected = code if isinstance(code, int) else ErrorCodes[code]
        assert apple.push(client, TOKEN).reset == expected
        assert apple.push(client, "cd").status == 200
        assert apple.ledger(TOKEN) == entries

    def test_refuse(self, apple: Scripted, client: FrameClient) -> None:
        """A refused stream was not processed, is counted, and may be sent again."""
        apple.rule("refuse_stream", times=1)
        assert apple.push(client, TOKEN, ID).reset == ErrorCodes.REFUSED_STREAM
        assert apple.push(client, TOKEN, ID).status == 200
        assert apple.ledger(TOKEN) == [ACCEPTED]
        assert apple.statistics()["streams"]["refused"] == 1

    def test_settings(self, apple: Scripted, client: FrameClient) -> None:
        """A lowered limit is announced before the answer and enforced at once; it can be raised again."""
        apple.rule("settings", times=1, streams=2)
        apple.push(client, TOKEN)
        assert client.log[-2] == ("limit", 2)
        # Our own h2 would keep to the limit.
        client.h2.remote_settings = Settings(client=False)
        apple.rule("black_hole", {"token_prefix": "ee"})
        streams = [apple.start(client, f"ee{number}") for number in range(3)]
        client.wait(client.answers[streams[2]].has_ended)
        assert client.answers[streams[2]].reset == ErrorCodes.REFUSED_STREAM
        client.h2.reset_stream(streams[0], ErrorCodes.CANCEL)
        apple.rule("settings", times=1, streams=500)
        apple.push(client, TOKEN)
        assert client.log[-2] == ("limit", 500)

    @pytest.mark.parametrize("late", [False, True])
    def test_late_settings(self, apple: Scripted, late: bool) -> None:
        """The first limit rises before the first answer, or after it."""
        if late:
            apple.rule("late_settings")
        with FrameClient(apple.simulator.endpoints["apns"], apple.context) as client:
            stream = apple.start(client, TOKEN)
            client.wait(lambda: {("limit", 1000), ("answer", stream)} <= set(client.log))
        last = [("answer", stream), ("limit", 1000)] if late else [("limit", 1000), ("answer", stream)]
        assert client.log == [("limit", 1), *last]

    def test_no_ping_ack(self, apple: Scripted, client: FrameClient) -> None:
        """PINGs stay unanswered from then on, while pushes are answered."""
        apple.rule("no_ping_ack", times=1)
        apple.push(client, TOKEN)
        client.h2.ping(b"anybody?")
        assert apple.push(client, TOKEN).status == 200
        assert client._pongs == 0

import asyncio
import time
from functools import partial
from importlib.metadata import version
from pathlib import Path

import pytest

from providers.transport import Ambiguous, Answer, Http, NotSent, Transport
from tests.contract.lateness import LOOP_CLOCK_S, alarm
from tests.contract.stranger import Stranger, Strangers, does
from tests.contract.wire import Run, Way, arrived, closed, post, wire
from tests.promptness import least_awaited

#: Each code of RST_STREAM with its words, ours and pyreqwest's.
STREAM_ERRORS = {
    1: ("PROTOCOL_ERROR", "unspecific protocol error detected"),
    2: ("INTERNAL_ERROR", "unexpected internal error encountered"),
    8: ("CANCEL", "stream no longer needed"),
    11: ("ENHANCE_YOUR_CALM", "detected excessive load generating behavior"),
    13: ("HTTP_1_1_REQUIRED", "endpoint requires HTTP/1.1"),
}


def test_the_pin() -> None:
    """The classification reads this version's texts; another version has to pass this file first."""
    assert version("pyreqwest") == "0.15.1"


def test_a_request_arrives_as_given(node: Stranger, run: Run, way: Way) -> None:
    """Path, headers and body arrive unchanged, and status, headers and body come back."""

    async def scenario() -> None:
        async with way.open(node.origin, ca_file=node.ca_file) as transport:
            script = does("say", status=429, body="{}!", headers={"Retry-After": "7", "apns-id": "x", "other": "y"})
            answer = await post(transport, script)
            assert answer == Answer(429, {"retry-after": "7", "apns-id": "x"}, b"{}!")
            (seen,) = node.seen()
            assert seen["path"] == f"/3/device/{script}"
            assert seen["body"] == '{"aps":{}}'
            assert seen["headers"][":method"] == "POST"
            assert seen["headers"]["apns-id"] == "0a1b"
            assert "accept-encoding" not in seen["headers"]

    run(scenario())


def test_redirects_are_answers(node: Stranger, run: Run, way: Way) -> None:
    """A redirect is handed over, not followed: the path holds the token."""

    async def scenario() -> None:
        async with way.open(node.origin, ca_file=node.ca_file) as transport:
            answer = await post(transport, does("say", status=301, headers={"location": "/elsewhere"}))
            assert isinstance(answer, Answer)
            assert answer.status == 301
            assert len(node.seen()) == 1

    run(scenario())


def test_a_cut_answer_keeps_its_status(node: Stranger, run: Run, way: Way) -> None:
    """When the body breaks off, the status is still the vendor's word."""

    async def scenario() -> None:
        async with way.open(node.origin, ca_file=node.ca_file) as transport:
            assert await post(transport, does("truncate", status=410)) == Answer(410, {}, b"")

    run(scenario())


@pytest.mark.parametrize("code", STREAM_ERRORS)
def test_a_reset_stream_is_ambiguous(node: Stranger, run: Run, way: Way, code: int) -> None:
    """A stream reset with any code but REFUSED may have been processed; it is seen once and costs no connection."""

    async def scenario() -> None:
        async with way.open(node.origin, ca_file=node.ca_file) as transport:
            assert isinstance(await post(transport, "ok"), Answer)
            outcome = await post(transport, does("reset", code=code))
            assert isinstance(outcome, Ambiguous)
            ours, theirs = STREAM_ERRORS[code]
            words = way.says(f"the server reset the stream: {ours}", f"stream error received: {theirs}")
            assert outcome.cause.endswith(words)
            assert isinstance(await post(transport, "ok"), Answer)
            assert (len(node.seen()), node.connections()) == (3, 1)

    run(scenario())


def test_a_refused_stream_was_not_sent(node: Stranger, run: Run, way: Way) -> None:
    """REFUSED_STREAM proves that nothing was processed (RFC 9113 8.7)."""

    async def scenario() -> None:
        async with way.open(node.origin, ca_file=node.ca_file) as transport:
            outcome = await post(transport, does("reset", code=7))
            assert isinstance(outcome, NotSent)
            words = way.says("the server refused the stream unread", "refused stream before processing any application")
            assert words in outcome.cause

    run(scenario())


def test_goaway_with_an_error_was_not_sent(node: Stranger, run: Run, way: Way) -> None:
    """A stream above GOAWAY's last one was not processed; the words the server adds stay out of the cause."""

    async def scenario() -> None:
        async with way.open(node.origin, ca_file=node.ca_file) as transport:
            assert isinstance(await post(transport, "ok"), Answer)
            outcome = await post(transport, does("goaway", code=11, reason='{"reason":"Whatever"}'))
            assert isinstance(outcome, NotSent)
            words = ("the server sent GOAWAY: ENHANCE_YOUR_CALM", "connection error received: detected excessive load")
            assert way.says(*words) in outcome.cause
            assert "Whatever" not in outcome.cause
            assert isinstance(await post(transport, "ok"), Answer)

    run(scenario())


def test_graceful_goaway_is_invisible(node: Stranger, run: Run, way: Way) -> None:
    """A stream disowned by a graceful GOAWAY is answered on the next connection."""

    async def scenario() -> None:
        async with way.open(node.origin, ca_file=node.ca_file) as transport:
            assert isinstance(await post(transport, "ok"), Answer)
            assert isinstance(await post(transport, does("goaway", code=0, reason="")), Answer)
            assert isinstance(await post(transport, "leave"), Answer)
            assert isinstance(await post(transport, "ok"), Answer)
            assert node.connections() == 3

    run(scenario())


def test_a_lost_connection_is_ambiguous(node: Stranger, run: Run, way: Way) -> None:
    """Requests that a lost connection carried may have been processed and are never sent again."""

    async def scenario() -> None:
        async with way.open(node.origin, ca_file=node.ca_file) as transport:
            assert isinstance(await post(transport, "ok"), Answer)
            outcomes = await asyncio.gather(*(post(transport, "silent") for _ in range(20)), post(transport, "destroy"))
            assert all(isinstance(outcome, Ambiguous) for outcome in outcomes)
            assert isinstance(await post(transport, "ok"), Answer)
            paths = [seen["path"] for seen in node.seen()]
            assert paths.count("/3/device/silent") <= 20

    run(scenario())


def test_an_idle_connection_that_was_closed_costs_nothing(node: Stranger, run: Run, way: Way) -> None:
    """After the server hung up on an idle connection the next request gets a new one."""

    async def scenario() -> None:
        async with way.open(node.origin, ca_file=node.ca_file) as transport:
            assert isinstance(await post(transport, "ok"), Answer)
            node.hang_up()
            # The close travels on the loopback device; a request that meets it half-way is Ambiguous by right.
            outcomes = [await post(transport, "ok") for _ in range(2)]
            assert isinstance(outcomes[-1], Answer)

    run(scenario())


def test_the_deadline_is_kept(node: Stranger, run: Run, way: Way) -> None:
    """A request that is never answered ends within 100 ms of its deadline as Ambiguous; others are not disturbed."""

    async def late(transport: Transport) -> float:
        started = time.perf_counter()
        with alarm(0.4) as passed:
            others = (post(transport, "ok", 20) for _ in range(50))
            outcomes = await asyncio.gather(post(transport, "silent", 0.4), *others)
            late_s = passed.late_s()
        assert time.perf_counter() - started > 0.4 - LOOP_CLOCK_S
        assert outcomes[0] == Ambiguous("operation timed out")
        assert all(isinstance(outcome, Answer) for outcome in outcomes[1:])
        return late_s

    async def scenario() -> None:
        async with way.open(node.origin, ca_file=node.ca_file) as transport:
            assert isinstance(await post(transport, "ok"), Answer)
            assert await least_awaited(partial(late, transport), 0.1) < 0.1
            assert node.connections() == 1

    run(scenario())


def test_a_cold_burst_shares_one_connection(strangers: Strangers, tmp_path: Path, run: Run, way: Way) -> None:
    """APNs allows one stream until the first valid token: a cold burst of 300 is answered, once each, on one line."""

    async def scenario(server: Stranger) -> None:
        async with way.open(server.origin, ca_file=server.ca_file, streams=400) as transport:
            outcomes = await asyncio.gather(*(post(transport, "ok", 20) for _ in range(300)))
            assert {type(outcome) for outcome in outcomes} == {Answer}
            assert (len(server.seen()), server.connections()) == (300, 1)

    with strangers.server(tmp_path, limit=1, later=1000) as server:
        run(scenario(server))


def test_a_full_connection_is_joined_by_another(node: Stranger, run: Run, way: Way) -> None:
    """When each connection carries as many requests as servers allow, the next request opens one more."""

    async def scenario() -> None:
        async with way.open(node.origin, ca_file=node.ca_file, streams=100) as transport:
            outcomes = await asyncio.gather(*(post(transport, "ok", 20) for _ in range(250)))
            assert {type(outcome) for outcome in outcomes} == {Answer}
            assert (len(node.seen()), node.connections()) == (250, 3)

    run(scenario())


def test_negotiation_begins_with_one_request(node: Stranger, run: Run, way: Way) -> None:
    """Under ALPN a cold burst would open a connection per request, so the first answer opens the gate."""

    async def scenario() -> None:
        async with way.open(node.origin, ca_file=node.ca_file, http=Http.NEGOTIATE) as transport:
            outcomes = await asyncio.gather(*(post(transport, "ok") for _ in range(60)))
            assert {type(outcome) for outcome in outcomes} == {Answer}
            assert node.connections() == 1

    run(scenario())


def test_an_old_client_is_drained(node: Stranger, run: Run, way: Way) -> None:
    """When its hour is over a client gets no new request, ends the ones it has, and is closed."""

    async def scenario() -> None:
        async with way.open(node.origin, ca_file=node.ca_file) as transport:
            assert isinstance(await post(transport, "ok"), Answer)
            old = transport._generation
            assert old is not None
            pending = asyncio.ensure_future(post(transport, "silent", 1.0))
            await arrived(node, "silent")
            old.ends_at = 0.0
            assert isinstance(await post(transport, "ok"), Answer)
            assert node.connections() == 2
            assert await pending == Ambiguous("operation timed out")
            await closed(node, left=1)

    run(scenario())


def test_waiting_for_a_slot_is_not_sent(node: Stranger, run: Run, way: Way) -> None:
    """A request whose deadline passes in our own queue never left; the slot is free again afterwards."""

    async def scenario() -> None:
        async with way.open(node.origin, ca_file=node.ca_file, max_in_flight=1) as transport:
            assert isinstance(await post(transport, "ok"), Answer)
            silent, late, patient = await asyncio.gather(
                post(transport, "silent", 1.0), post(transport, "ok", 0.1), post(transport, "ok")
            )
            assert isinstance(silent, Ambiguous)
            assert late == NotSent("deadline passed before a free slot")
            assert isinstance(patient, Answer)
            assert [seen["path"] for seen in node.seen()] == [f"/3/device/{name}" for name in ("ok", "silent", "ok")]

    run(scenario())


@pytest.mark.parametrize("way", ["direct", "proxy"], indirect=True)
def test_cancelling_frees_the_slot(node: Stranger, run: Run, way: Way) -> None:
    """A cancelled caller is let go at once and leaves no slot taken. What is begun without a task nobody can cancel."""

    async def scenario() -> None:
        async with way.open(node.origin, ca_file=node.ca_file, max_in_flight=1) as transport:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await post(transport, "silent")
            assert isinstance(await post(transport, "ok"), Answer)

    run(scenario())


def test_after_close_nothing_is_sent(node: Stranger, run: Run, way: Way) -> None:
    """A closed transport says NotSent; what was in flight is Ambiguous."""

    async def scenario() -> None:
        async with way.open(node.origin, ca_file=node.ca_file) as transport:
            assert isinstance(await post(transport, "ok"), Answer)
            pending = asyncio.ensure_future(post(transport, "silent"))
            await arrived(node, "silent")
        assert isinstance(await pending, Ambiguous)
        assert await post(transport, "ok") == NotSent("transport is closed")

    run(scenario())


@pytest.mark.parametrize("value", ["a\r\nx: y", "é", "\x00", "\x7f", "推"])
def test_header_values_are_visible_ascii(run: Run, value: str) -> None:
    """A value that HTTP cannot carry is refused by name, before anything is opened."""

    async def scenario() -> None:
        async with wire("https://127.0.0.1:1") as transport:
            outcome = await transport.post("/", [("apns-id", "ok"), ("apns-collapse-id", value)], b"", 1.0)
            assert outcome == NotSent("header apns-collapse-id is not visible ASCII")

    run(scenario())

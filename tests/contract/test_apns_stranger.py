import asyncio
import json
import logging
import sys
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

import aioapns
import pytest
from aioapns.common import APNS_RESPONSE_CODE

from providers.apns import MIX_UP, STREAMS, Apns
from providers.base import Provider
from providers.notification import Notification, PushType
from providers.pace import Pace
from providers.result import Accepted, Rejected, RejectionKind, Result, Retryable
from providers.transport import Transport
from tests.contract.stranger import Stranger, does
from tests.contract.wire import Run

ID = "0a1b2c3d-0000-4000-8000-000000000001"


def old_token() -> str:
    """Return the header of a key under which everything is sent here."""
    return "bearer old"


class Begun(Apns):
    """An adapter whose sends are begun without a task wherever they can be."""

    async def send(self, notification: Notification, deadline: float) -> Result:
        """Begin and wait to be told; send what cannot be begun."""
        told: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        is_begun = self.begin(notification, deadline, told.set_result)
        return await (told if is_begun else super().send(notification, deadline))


@pytest.fixture(params=[Apns, Begun], autouse=True)
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Await each send, or have it begun and told."""
    monkeypatch.setattr(sys.modules[__name__], "Apns", request.param)


@asynccontextmanager
async def apns(node: Stranger, authorization: Callable[[], str] | None = old_token) -> AsyncIterator[Provider]:
    """Open the adapter on the foreign server, and close it at the end."""
    provider = Apns(Transport(node.origin, ca_file=node.ca_file, streams=STREAMS), "com.example.app", authorization)
    try:
        yield provider
    finally:
        await provider.aclose()


def notification(token: str, **members: Any) -> Notification:
    """Return a short notification for a token that tells the server what to do."""
    return Notification(**{"token": token, "id": ID, "title": "Alice", "body": "hello", **members})


def answers(status: int, body: str | None = None, **headers: str) -> str:
    """Return the token that the server answers like this."""
    return does("say", status=status, headers=headers, **({} if body is None else {"body": body}))


def refuses(status: int, reason: str, **members: Any) -> str:
    """Return the token that is refused in Apple's form."""
    return answers(status, json.dumps({"reason": reason, **members}))


def test_an_alert_is_accepted(node: Stranger, run: Run) -> None:
    """Every documented header is sent once and as documented, and Apple's own id comes back."""

    async def scenario() -> None:
        async with apns(node) as provider:
            push = notification("ok", collapse_id="m1", expires_at=1_790_000_000, badge=2, data={"m": "1"})
            assert await provider.send(push, 5) == Accepted(ID)
        (seen,) = node.seen()
        assert seen["path"] == "/3/device/ok"
        assert {key: seen["headers"].get(key) for key in EXPECTED} == EXPECTED
        body = json.loads(seen["body"])
        assert body == {"m": "1", "aps": {"badge": 2, "alert": {"title": "Alice", "body": "hello"}}}

    run(scenario())


EXPECTED = {
    ":method": "POST",
    "authorization": "bearer old",
    "apns-topic": "com.example.app",
    "apns-push-type": "alert",
    "apns-priority": "10",
    "apns-id": ID,
    "apns-expiration": "1790000000",
    "apns-collapse-id": "m1",
    "content-type": "application/json",
}


@pytest.mark.parametrize(
    ("kind", "topic", "priority"),
    [(PushType.VOIP, "com.example.app.voip", "10"), (PushType.BACKGROUND, "com.example.app", "5")],
)
def test_other_kinds_have_their_own_headers(
    node: Stranger, run: Run, kind: PushType, topic: str, priority: str
) -> None:
    """Topic and priority follow the push type; what is not set is not sent; a certificate needs no token."""

    async def scenario() -> None:
        async with apns(node, None) as provider:
            assert await provider.send(notification("ok", push_type=kind), 5) == Accepted(ID)
        headers = node.seen()[0]["headers"]
        assert (headers["apns-topic"], headers["apns-priority"], headers["apns-push-type"]) == (topic, priority, kind)
        assert not {"authorization", "apns-expiration", "apns-collapse-id"} & set(headers)

    run(scenario())


VERDICTS: list[tuple[str, Result]] = [
    (answers(200), Accepted(ID)),
    # Apple echoes the id it was sent, so a 200's headers are not read.
    (answers(200, **{"apns-id": "other"}), Accepted(ID)),
    (refuses(400, "BadDeviceToken"), Rejected("BadDeviceToken", RejectionKind.TOKEN)),
    (refuses(400, "BadTopic"), Rejected("BadTopic", RejectionKind.CONFIGURATION)),
    (refuses(413, "PayloadTooLarge"), Rejected("PayloadTooLarge", RejectionKind.MESSAGE)),
    (refuses(403, "InvalidProviderToken"), Rejected("InvalidProviderToken", RejectionKind.CONFIGURATION)),
    (
        refuses(410, "Unregistered", timestamp=1_790_000_123),
        Rejected("Unregistered", RejectionKind.TOKEN, 1_790_000_123),
    ),
    (refuses(410, "ExpiredToken", timestamp="soon"), Rejected("ExpiredToken", RejectionKind.TOKEN)),
    (refuses(400, "BadPriority", timestamp=5), Rejected("BadPriority", RejectionKind.MESSAGE)),
    (refuses(429, "TooManyRequests"), Retryable("TooManyRequests", detail="status 429")),
    (refuses(503, "Shutdown"), Retryable("Shutdown", detail="status 503")),
    (refuses(403, "ExpiredProviderToken"), Retryable("ExpiredProviderToken", detail="status 403")),
    # A cut body hides the reason, so a 410 is not enough to retire a token.
    (does("truncate", status=410), Retryable("unexpected_answer", detail="status 410 without a documented reason")),
]

NONSENSE = [
    answers(503),
    answers(502, "<html>Bad Gateway</html>"),
    answers(400, "{}"),
    answers(400, '{"reason":null}'),
    answers(400, '{"reason":["BadDeviceToken"]}'),
    answers(400, '"BadDeviceToken"'),
    answers(400, '{"reason":"\xff\xfe"}'),
    answers(400, '{"x":' + "[" * 4000),
    answers(301),
    answers(204),
    refuses(418, "hello bob, 00ff is SECRET"),
]


@pytest.mark.parametrize(("token", "expected"), VERDICTS)
def test_documented_answers(node: Stranger, run: Run, token: str, expected: Result) -> None:
    """Each shape of answer becomes its Result, also when the body comes in two frames and without an apns-id."""

    async def scenario() -> None:
        async with apns(node) as provider:
            assert await provider.send(notification(token), 5) == expected
            assert len(node.seen()) == 1

    run(scenario())


@pytest.mark.parametrize("token", NONSENSE)
def test_undocumented_answers_are_retried(node: Stranger, run: Run, token: str) -> None:
    """What the documentation does not know is Retryable, and its words go nowhere."""

    async def scenario() -> None:
        async with apns(node) as provider:
            result = await provider.send(notification(token), 5)
            assert isinstance(result, Retryable)
            assert (result.cause, result.maybe_sent) == ("unexpected_answer", False)
            assert "SECRET" not in result.detail

    run(scenario())


def test_a_named_delay_is_passed_on(node: Stranger, run: Run) -> None:
    """Apple documents no Retry-After; when one comes in seconds it is kept, a date is not."""

    async def scenario() -> None:
        async with apns(node) as provider:
            for sent, kept in (("30", 30.0), ("Fri, 31 Dec 1999 23:59:59 GMT", None)):
                result = await provider.send(notification(answers(503, **{"retry-after": sent})), 5)
                assert isinstance(result, Retryable)
                assert result.retry_after == kept

    run(scenario())


def test_the_wire_s_words_become_results(node: Stranger, run: Run) -> None:
    """Never processed is not_sent; possibly processed is ambiguous and says so; a deadline is kept."""

    async def scenario() -> None:
        async with apns(node) as provider:
            refused = await provider.send(notification(does("reset", code=7)), 5)
            assert isinstance(refused, Retryable)
            assert (refused.cause, refused.maybe_sent) == ("not_sent", False)
            assert "refused the stream" in refused.detail
            reset = await provider.send(notification(does("reset", code=2)), 5)
            assert isinstance(reset, Retryable)
            assert (reset.cause, reset.maybe_sent) == ("ambiguous", True)
            silent = await provider.send(notification("silent"), 0.2)
            assert silent == Retryable("ambiguous", maybe_sent=True, detail="operation timed out")

    run(scenario())


def test_an_expired_provider_token_is_renewed_once(node: Stranger, run: Run) -> None:
    """When there is a newer token the push goes out again with it, under the same id, and is accepted."""

    async def scenario() -> None:
        tokens = iter(["bearer old", "bearer new"])
        async with apns(node, lambda: next(tokens)) as provider:
            assert await provider.send(notification(does("renew", fresh="bearer new")), 5) == Accepted(ID)
        first, second = node.seen()
        assert first["headers"]["apns-id"] == second["headers"]["apns-id"] == ID
        assert first["body"] == second["body"]

    run(scenario())


def test_it_is_renewed_no_more_than_once(node: Stranger, run: Run) -> None:
    """A vendor that calls every token expired is asked twice, not for ever."""

    async def scenario() -> None:
        numbers = iter(range(10))
        async with apns(node, lambda: f"bearer {next(numbers)}") as provider:
            result = await provider.send(notification(refuses(403, "ExpiredProviderToken")), 5)
        assert isinstance(result, Retryable)
        assert len(node.seen()) == 2

    run(scenario())


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"data": {"e": "x" * 4096}}, Rejected("PayloadTooLarge", RejectionKind.MESSAGE)),
        ({"token": ""}, Rejected("BadDeviceToken", RejectionKind.TOKEN)),
        ({"token": "../../secret"}, Rejected("BadDeviceToken", RejectionKind.TOKEN)),
        ({"token": "00ff\n"}, Rejected("BadDeviceToken", RejectionKind.TOKEN)),
        ({"collapse_id": "x" * 65}, Rejected("BadCollapseId", RejectionKind.MESSAGE)),
        ({"collapse_id": "é"}, Rejected("BadCollapseId", RejectionKind.MESSAGE)),
    ],
)
def test_what_apple_would_refuse_is_not_sent(
    node: Stranger, run: Run, members: dict[str, Any], expected: Result
) -> None:
    """A push that cannot pass is answered in Apple's words without costing Apple's patience."""

    async def scenario() -> None:
        async with apns(node) as provider:
            assert await provider.send(notification(**{"token": "ok", **members}), 5) == expected
        assert node.seen() == []

    run(scenario())


def test_many_at_once_on_one_connection(node: Stranger, run: Run) -> None:
    """200 refusals and 200 acceptances interleaved each find their own sender."""

    async def scenario() -> None:
        async with apns(node) as provider:
            ids = [str(uuid.UUID(int=number)) for number in range(200)]
            taken = [provider.send(notification("ok", id=name), 10) for name in ids]
            dead = [provider.send(notification(refuses(410, "Unregistered", timestamp=n)), 10) for n in range(200)]
            results = await asyncio.gather(*taken, *dead)
        assert results[:200] == [Accepted(name) for name in ids]
        assert results[200:] == [Rejected("Unregistered", RejectionKind.TOKEN, n) for n in range(200)]
        assert node.connections() == 1

    run(scenario())


def test_refusals_are_not_logged(node: Stranger, run: Run, caplog: pytest.LogCaptureFixture) -> None:
    """The library's own error line for each refusal stays silent: results are the caller's to report."""

    async def scenario() -> None:
        async with apns(node) as provider:
            await provider.send(notification(refuses(400, "BadDeviceToken")), 5)

    with caplog.at_level(logging.DEBUG):
        run(scenario())
    assert [record for record in caplog.records if record.name.startswith("aioapns")] == []


def test_the_library_is_as_we_know_it() -> None:
    """The facts of aioapns that the client relies on: the version, and the words shared with it."""
    assert version("aioapns") == "4.0"
    assert APNS_RESPONSE_CODE.SUCCESS == "200"
    assert {kind.value for kind in PushType} <= {kind.value for kind in aioapns.PushType}


@pytest.mark.parametrize("body", [None, "12"])
def test_an_answer_without_an_id_ends_the_send(body: str | None, node: Stranger, run: Run) -> None:
    """Answers without an apns-id, on which the library's own connections wait for ever, end at once here."""

    async def scenario() -> None:
        async with apns(node) as provider, asyncio.timeout(20):
            assert isinstance(await provider.send(notification(answers(503, body)), 30), Retryable)

    run(scenario())


def test_a_used_up_rate_sends_nothing(node: Stranger, run: Run) -> None:
    """What the channel's pace does not allow within the deadline was not sent, and may be sent later."""

    async def scenario() -> None:
        wire = Transport(node.origin, ca_file=node.ca_file)
        # By a clock that stands still: however long the sends take, no more are allowed meanwhile.
        provider = Apns(wire, "com.example.app", old_token, Pace(1, clock=lambda: 0.0))
        try:
            results = [await provider.send(notification("ok"), deadline) for deadline in (20, 20, 0.3)]
        finally:
            await provider.aclose()
        assert [type(result) for result in results] == [Accepted, Accepted, Retryable]
        assert (results[2], len(node.seen())) == (
            Retryable("paced", detail="the channel's rate is used up"),
            2,
        )

    run(scenario())


def test_a_mix_up_of_environments_is_the_channel_s_fault(node: Stranger, run: Run) -> None:
    """When Apple calls every token bad, tokens are kept; one token that is taken makes its word count again."""

    async def scenario() -> None:
        bad = refuses(400, "BadDeviceToken")
        async with apns(node) as provider:
            kinds = [await provider.send(notification(bad), 5) for _ in range(MIX_UP + 2)]
            await provider.send(notification("ok"), 5)
            kinds.append(await provider.send(notification(bad), 5))
        token, channel = (
            Rejected("BadDeviceToken", kind) for kind in (RejectionKind.TOKEN, RejectionKind.CONFIGURATION)
        )
        assert kinds == [token] * MIX_UP + [channel] * 2 + [token]

    run(scenario())

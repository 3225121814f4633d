"""What this project relies on in aioapns, and why it uses no more of it.

An upgrade that changes one of these facts fails here, by name, instead of in production.
"""

import asyncio
import inspect
import logging
from typing import Any

import pytest
from aioapns import APNs, NotificationRequest, PushType
from aioapns.common import APNS_RESPONSE_CODE, DynamicBoundedSemaphore, NotificationResult
from aioapns.connection import APNsBaseClientProtocol, JWTAuthorizationHeaderProvider

from providers.apns_wire import Outcome


class OneResult:
    """A pool that answers everything alike."""

    def __init__(self, status: str) -> None:
        self._status = status

    async def send_notification(self, request: NotificationRequest) -> NotificationResult:
        """Answer one request."""
        return NotificationResult(request.notification_id, self._status, "BadDeviceToken")


class Bare(APNs):
    """The client object without its constructor."""

    def __init__(self, status: str, err_func: Any = None) -> None:
        self.pool = OneResult(status)  # type: ignore[assignment]  # what the library calls of a pool, and no more
        self.err_func = err_func


def sent(client: APNs) -> NotificationResult:
    """Send one request."""
    found: NotificationResult = asyncio.run(client.send_notification(NotificationRequest("00ff", {}, "an-id")))
    return found


def test_the_client_is_a_pool_and_an_error_function() -> None:
    """send_notification awaits the pool once and returns its result: a level that ours does without."""
    result = sent(Bare(APNS_RESPONSE_CODE.SUCCESS))
    assert (result.notification_id, result.status, result.is_successful) == ("an-id", "200", True)


def test_a_refusal_calls_the_error_function() -> None:
    """Each refusal is handed to err_func, of which ours has no need."""
    heard: list[tuple[str, str | None]] = []

    async def hear(request: NotificationRequest, result: NotificationResult) -> None:
        heard.append((request.device_token, result.description))

    assert not sent(Bare("400", hear)).is_successful
    assert heard == [("00ff", "BadDeviceToken")]


def test_without_an_error_function_refusals_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The library logs each refusal as an error: the lines that our send_notification keeps out of the log."""
    with caplog.at_level(logging.ERROR):
        sent(Bare("400"))
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_the_results_have_slots_for_what_is_ours() -> None:
    """A result carries id, status, reason and time; ours adds the delay."""
    outcome = Outcome("an-id", "410", "Unregistered", 7, 30.0)
    assert isinstance(outcome, NotificationResult)
    assert (outcome.notification_id, outcome.status, outcome.description) == ("an-id", "410", "Unregistered")
    assert (outcome.timestamp, outcome.retry_after) == (7, 30.0)


def test_the_push_types_are_behind_apple_s() -> None:
    """Four of Apple's eleven types are missing, so the headers are written from our own."""
    known = {kind.value for kind in PushType}
    assert {"alert", "background", "voip"} <= known
    assert not {"location", "pushtotalk", "controls", "widgets"} & known


def test_its_connections_lack_what_a_connection_needs() -> None:
    """No credit is returned, no reset is handled, no limit is set on connecting: why only the vocabulary is used."""
    source = inspect.getsource(inspect.getmodule(APNsBaseClientProtocol) or APNsBaseClientProtocol)
    assert "acknowledge_received_data" not in source
    assert "StreamReset" not in source
    assert "set_alpn_protocols" not in source


def test_its_provider_tokens_differ_each_time() -> None:
    """Each connection signs for itself and by chance, which Apple answers with TooManyProviderTokenUpdates."""
    assert JWTAuthorizationHeaderProvider.TOKEN_TTL == 30 * 60
    source = inspect.getsource(JWTAuthorizationHeaderProvider)
    assert "deterministic" not in source


def test_a_raised_limit_loses_slots() -> None:
    """When the stream limit rises under load, released slots are lost: the connection stays slow for good."""

    async def scenario() -> int:
        slots = DynamicBoundedSemaphore(1)
        await slots.acquire()
        slots.bound = 1000
        slots.release()
        return slots._value

    assert asyncio.run(scenario()) < 1000

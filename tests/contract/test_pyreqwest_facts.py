"""What this project relies on in pyreqwest, besides the texts that ``test_transport.py`` holds still.

An upgrade that changes one of these facts fails here, by name, instead of in production.
"""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import (
    BuilderError,
    ClientClosedError,
    ConnectError,
    ConnectTimeoutError,
    DetailedPyreqwestError,
    PoolTimeoutError,
    PyreqwestError,
    RequestError,
)

from providers.wire_errors import NEVER_PROCESSED, classify
from providers.wire_outcome import Ambiguous, NotSent
from tests.contract.apple import TOPIC
from tests.contract.scripted import Fault, Scripted, scripted

TOKEN = "ab12"
PATH = f"/3/device/{TOKEN}"


@pytest.fixture(scope="module")
def running() -> Iterator[Scripted]:
    """Run one fake APNs for the module."""
    with scripted() as found:
        yield found


@pytest.fixture
def apple(running: Scripted) -> Scripted:
    """Forget what came before."""
    running.control("POST", "/_sim/reset")
    return running


def client(apple: Scripted) -> Client:
    """Return a client as the transport makes them."""
    builder = ClientBuilder().http2_prior_knowledge().no_proxy()
    return builder.add_root_certificate_pem(apple.simulator.ca_file.read_bytes()).build()


async def push(found: Client, apple: Scripted, token: str = TOKEN) -> int:
    """Send one push; return the status."""
    headers = [("apns-topic", TOPIC), *apple.bearer.items()]
    url = f"{apple.simulator.endpoints['apns']}/3/device/{token}"
    request = found.post(url).headers(headers).body_bytes(b'{"aps":{}}').timeout(timedelta(seconds=5))
    async with request.build_streamed() as response:
        return response.status


def broken(apple: Scripted, fault: Fault) -> tuple[PyreqwestError, int]:
    """Send one push that meets a fault; return the error, and how often the vendor saw it."""

    async def scenario() -> PyreqwestError:
        async with client(apple) as found:
            assert await push(found, apple, "00") == 200
            apple.rules({"when": {"token": TOKEN}, "do": fault})
            with pytest.raises(PyreqwestError) as caught:
                await push(found, apple)
            return caught.value

    error = asyncio.run(scenario())
    rows = apple.control("GET", "/_sim/attempts", params={"vendor": "apns", "token": TOKEN}).json()
    return error, sum(row["attempts"] for row in rows)


def test_a_refused_stream_is_sent_three_times(apple: Scripted) -> None:
    """The library repeats REFUSED_STREAM twice: safe, as nothing was processed, and not to be switched off."""
    error, seen = broken(apple, {"action": "refuse_stream"})
    assert (type(classify(error)), seen) == (NotSent, 3)


def test_a_graceful_goaway_is_sent_three_times(apple: Scripted) -> None:
    """The same holds for a stream above the last one of a GOAWAY without an error."""
    error, seen = broken(apple, {"action": "goaway", "after_processing": False})
    assert (type(classify(error)), seen) == (NotSent, 3)


@pytest.mark.parametrize("code", ["INTERNAL_ERROR", "ENHANCE_YOUR_CALM"])
def test_goaway_with_an_error_is_sent_once(apple: Scripted, code: str) -> None:
    """A GOAWAY with an error is handed over, and its text proves that nothing was processed."""
    error, seen = broken(apple, {"action": "goaway", "after_processing": False, "code": code})
    assert (type(classify(error)), seen) == (NotSent, 1)


@pytest.mark.parametrize(
    "fault",
    [
        {"action": "reset_stream", "code": "INTERNAL_ERROR"},
        {"action": "reset_stream", "code": "CANCEL"},
        {"action": "reset_connection", "by": "rst"},
        {"action": "reset_connection", "by": "fin"},
        {"action": "goaway", "end": "rst"},
    ],
    ids=str,
)
def test_nothing_that_may_have_been_processed_is_repeated(apple: Scripted, fault: Fault) -> None:
    """Every other end reaches the vendor once and is Ambiguous."""
    error, seen = broken(apple, fault)
    assert (type(classify(error)), seen) == (Ambiguous, 1)


def test_the_first_cause_holds_the_address(apple: Scripted) -> None:
    """The causes are a list of messages whose first names the URL, and with it the token: it stays out of results."""
    error, _ = broken(apple, {"action": "reset_stream"})
    assert isinstance(error, DetailedPyreqwestError)
    causes = [cause["message"] for cause in error.details["causes"] or []]
    assert TOKEN in causes[0]
    assert not [cause for cause in causes[1:] if TOKEN in cause]
    assert [cause for cause in causes[1:] if "stream error received" in cause]


def test_a_refused_port_and_a_lost_connection_share_a_class(apple: Scripted) -> None:
    """ConnectError says nothing about what was sent, so the classes are not asked."""
    lost, _ = broken(apple, {"action": "reset_connection"})

    async def scenario() -> PyreqwestError:
        async with client(apple) as found:
            with pytest.raises(PyreqwestError) as caught:
                await found.post("https://127.0.0.1:1/").build().send()
            return caught.value

    refused = asyncio.run(scenario())
    assert isinstance(refused, ConnectError)
    assert isinstance(classify(refused), NotSent)
    assert isinstance(classify(lost), Ambiguous)
    assert isinstance(lost, RequestError)


def test_a_closed_client_says_so(apple: Scripted) -> None:
    """A request on a closed client raises before anything is opened."""

    async def scenario() -> None:
        found = client(apple)
        await found.close()
        with pytest.raises(ClientClosedError):
            await push(found, apple)

    asyncio.run(scenario())


def test_every_failure_is_one_family() -> None:
    """One except clause catches all that a request can raise."""
    every = (BuilderError, ClientClosedError, ConnectError, ConnectTimeoutError, PoolTimeoutError, RequestError)
    assert [error for error in every if not issubclass(error, PyreqwestError)] == []


def test_the_proofs_are_few() -> None:
    """A new proof that nothing was processed needs a test here or in test_transport.py first."""
    assert NEVER_PROCESSED == (
        "client error (Connect)",
        "refused stream before processing",
        "connection error received:",
    )

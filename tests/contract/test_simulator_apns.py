"""The fake APNs on single requests: Apple's reasons, in Apple's order, and the ledger."""

import json
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from providers.simulator.apns_options import Options
from providers.simulator.apns_registry import Device, Registry
from tests.contract.apple import BODY, TOKEN, TOPIC, Apple, Headers, reason, running
from tests.contract.raw_h2 import Answer, RawH2


@pytest.fixture(scope="module")
def apple() -> Iterator[Apple]:
    """Run one fake APNs for the module."""
    with running() as found:
        yield found


@pytest.fixture
def client(apple: Apple) -> Iterator[RawH2]:
    """Open a connection."""
    with apple.connect() as found:
        yield found


def test_rules_come_in_apples_order(apple: Apple, client: RawH2) -> None:
    """A request that breaks every rule meets them one by one, in the documented order, as it is repaired."""
    key = apple.new_key("LIMITEDKEY", topics=frozenset({f"{TOPIC}.voip"}))
    device = "cd" * 32
    apple.registry.register(device, Device("BadDeviceToken"))
    request: dict[str, Any] = {
        ":method": "GET",
        ":path": "/4/device/x",
        "apns-id": "1",
        "apns-expiration": "soon",
        "apns-priority": "7",
        "apns-collapse-id": "x" * 65,
        "apns-push-type": "shout",
        "duplicate": [("apns-id", "2")],
        "body": b" " * 5121,
    }
    repairs: list[tuple[int, str, dict[str, Any]]] = [
        (405, "MethodNotAllowed", {":method": "POST"}),
        (404, "BadPath", {":path": "/3/device/"}),
        (400, "MissingDeviceToken", {":path": "/3/device/xyz"}),
        (400, "BadDeviceToken", {":path": f"/3/device/{device}"}),
        (400, "DuplicateHeaders", {"duplicate": []}),
        (400, "BadMessageId", {"apns-id": str(uuid4())}),
        (400, "BadExpirationDate", {"apns-expiration": "0"}),
        (400, "BadPriority", {"apns-priority": "10"}),
        (400, "BadCollapseId", {"apns-collapse-id": "x" * 64}),
        (400, "InvalidPushType", {"apns-push-type": "voip"}),
        (400, "MissingTopic", {"apns-topic": TOPIC}),
        (400, "BadTopic", {"apns-topic": "com.other.voip"}),
        (403, "MissingProviderToken", {"authorization": "bearer garbage"}),
        (403, "InvalidProviderToken", apple.bearer(3700, kid="LIMITEDKEY", key=key)),
        (403, "ExpiredProviderToken", apple.bearer(kid="LIMITEDKEY", key=key)),
        (400, "TopicDisallowed", {"apns-topic": f"{TOPIC}.voip"}),
        (413, "PayloadTooLarge", {"body": b""}),
        (400, "PayloadEmpty", {"body": BODY}),
    ]
    for status, expected, repair in repairs:
        assert reason(ask(client, request)) == (status, expected)
        request |= repair
    assert reason(ask(client, request)) == (400, "BadDeviceToken")
    apple.registry.set_token(device, "valid", None)
    assert ask(client, request).status == 200


def ask(client: RawH2, request: dict[str, Any]) -> Answer:
    """Send a request given as one table."""
    special = {":method", ":path", "duplicate", "body"}
    headers = [(name, value) for name, value in request.items() if name not in special]
    return client.ask(request[":path"], headers + request["duplicate"], request["body"], request[":method"])


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"apns-id": "not-a-uuid"}, "BadMessageId"),
        ({"apns-id": "B8A7F6E5-0000-4000-8000-000000000000"}, "BadMessageId"),
        ({"apns-expiration": "-1"}, "BadExpirationDate"),
        ({"apns-priority": "2"}, "BadPriority"),
        ({"apns-priority": "10", "apns-push-type": "background"}, "BadPriority"),
        ({"apns-collapse-id": "推" * 22}, "BadCollapseId"),
        ({"apns-push-type": "Alert"}, "InvalidPushType"),
        ({"apns-push-type": "voip"}, "BadTopic"),
        ({"apns-push-type": "liveactivity"}, "BadTopic"),
        ({"apns-topic": ""}, "MissingTopic"),
        ({"content-encoding": "gzip"}, "PayloadEmpty"),
    ],
)
def test_bad_headers_have_their_reasons(apple: Apple, client: RawH2, headers: Headers, expected: str) -> None:
    """Each malformed header is answered 400 with its own reason."""
    assert reason(apple.push(client, apple.bearer() | headers)) == (400, expected)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"apns-push-type": "background", "apns-priority": "5"},
        {"apns-push-type": "background"},
        {"apns-push-type": "voip", "apns-topic": f"{TOPIC}.voip"},
        {"apns-push-type": "mdm", "apns-priority": "1"},
        {"apns-collapse-id": "推" * 21, "apns-expiration": "1900000000"},
    ],
)
def test_good_headers_pass(apple: Apple, client: RawH2, headers: Headers) -> None:
    """What Apple documents as right is accepted."""
    assert apple.push(client, apple.bearer() | headers).status == 200


@pytest.mark.parametrize(
    "name", ["apns-id", "apns-topic", "apns-priority", "apns-expiration", "apns-push-type", "apns-collapse-id"]
)
def test_no_apns_header_may_come_twice(apple: Apple, client: RawH2, name: str) -> None:
    """A repeated apns- header is DuplicateHeaders, even with two equal values."""
    answer = client.ask(f"/3/device/{TOKEN}", [(name, "5"), (name, "5"), *apple.bearer().items()], BODY)
    assert reason(answer) == (400, "DuplicateHeaders")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/3/device", (400, "MissingDeviceToken")),
        ("/3/device/", (400, "MissingDeviceToken")),
        ("/3/device/abc", (400, "BadDeviceToken")),
        ("/3/device/" + "ab" * 101, (400, "BadDeviceToken")),
        ("/3/device/%61%62", (400, "BadDeviceToken")),
        ("/3/device/ab/cd", (404, "BadPath")),
        ("/2/device/abcd", (404, "BadPath")),
        ("/", (404, "BadPath")),
    ],
)
def test_bad_paths_have_their_reasons(client: RawH2, path: str, expected: tuple[int, str]) -> None:
    """The path decides between a missing token, a bad token, and a bad path."""
    assert reason(client.ask(path, [], BODY)) == expected


@pytest.mark.parametrize("token", ["ab", "AB" * 32, "ab" * 100])
def test_device_tokens_have_no_fixed_length(apple: Apple, client: RawH2, token: str) -> None:
    """Any even number of hexadecimal digits up to 200 may be a device token."""
    assert apple.push(client, apple.bearer(), token).status == 200


def test_success_has_no_body_and_echoes_the_id(apple: Apple, client: RawH2) -> None:
    """A success is one HEADERS frame that ends the stream and carries the id as it was sent."""
    apns_id = str(uuid4())
    answer = apple.push(client, apple.bearer() | {"apns-id": apns_id})
    assert (answer.status, answer.frames, answer.headers["apns-id"]) == (200, ["HEADERS"], apns_id)
    assert "apns-unique-id" not in answer.headers


def test_an_id_is_made_when_none_was_sent(apple: Apple, client: RawH2) -> None:
    """Two pushes without an id get two different ones, also when they are refused."""
    accepted, refused = apple.push(client, apple.bearer()), apple.push(client, {})
    assert accepted.headers["apns-id"] != refused.headers["apns-id"]


def test_errors_carry_the_id_and_json(apple: Apple, client: RawH2) -> None:
    """An error names the push it is about and says that its body is JSON."""
    apns_id = str(uuid4())
    answer = apple.push(client, {"apns-id": apns_id})
    assert (answer.frames, answer.headers["apns-id"]) == (["HEADERS", "DATA"], apns_id)
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(("state", "expected"), [("unregistered", "Unregistered"), ("expired", "ExpiredToken")])
def test_dead_tokens_are_gone_since_a_moment(apple: Apple, client: RawH2, state: str, expected: str) -> None:
    """A dead token is 410 with the time of its death, in either case of its digits, until it registers again."""
    apple.simulator.vendors["apns"].set_token("ef" * 32, state, 1_700_000_000_123)
    answer = apple.push(client, apple.bearer(), "EF" * 32)
    assert reason(answer) == (410, expected)
    assert json.loads(answer.body)["timestamp"] == 1_700_000_000_123
    apple.simulator.vendors["apns"].set_token("ef" * 32, "valid", None)
    assert apple.push(client, apple.bearer(), "ef" * 32).status == 200


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        (Device("TooManyRequests"), (429, "TooManyRequests")),
        (Device("DeviceTokenNotForTopic"), (400, "DeviceTokenNotForTopic")),
        (Device(topics=frozenset({"com.other"})), (400, "DeviceTokenNotForTopic")),
        (Device(environment="sandbox"), (400, "BadDeviceToken")),
    ],
)
def test_registered_devices_are_judged(apple: Apple, client: RawH2, device: Device, expected: tuple[int, str]) -> None:
    """A known device is held to its topics and environment, and to its fate; no 400 or 429 has a timestamp."""
    apple.registry.register("0123", device)
    answer = apple.push(client, apple.bearer(), "0123")
    assert reason(answer) == expected
    assert "timestamp" not in json.loads(answer.body)


def test_unknown_tokens_can_be_refused() -> None:
    """With strangers switched off, only registered tokens pass."""
    with running(registry=Registry(accept_unknown_tokens=False)) as apple, apple.connect() as client:
        assert reason(apple.push(client, apple.bearer())) == (400, "BadDeviceToken")
        apple.registry.set_token(TOKEN, "valid", None)
        assert apple.push(client, apple.bearer()).status == 200


@pytest.mark.parametrize(
    ("size", "push_type", "suffix", "status"),
    [(4096, "alert", "", 200), (4097, "alert", "", 413), (5120, "voip", ".voip", 200), (5121, "voip", ".voip", 413)],
)
def test_payload_sizes(apple: Apple, client: RawH2, size: int, push_type: str, suffix: str, status: int) -> None:
    """The largest payload is 4096 bytes, 5120 for VoIP, and not one more."""
    body = b'{"aps":{},"x":"' + b"x" * (size - 17) + b'"}'
    headers = {"apns-push-type": push_type, "apns-topic": TOPIC + suffix}
    assert len(body) == size
    assert apple.push(client, apple.bearer() | headers, body=body).status == status


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"{", b'"text"', b"\xff"])
def test_a_payload_is_a_json_object(apple: Apple, client: RawH2, body: bytes) -> None:
    """A body without any member is PayloadEmpty."""
    assert reason(apple.push(client, apple.bearer(), body=body)) == (400, "PayloadEmpty")


def test_the_ledger_tells_what_happened(apple: Apple, client: RawH2) -> None:
    """Every addressed push is one entry with all that is needed to count losses and duplicates."""
    apns_id, start = str(uuid4()), len(apple.simulator.ledger.entries())
    apple.push(client, apple.bearer() | {"apns-id": apns_id, "apns-collapse-id": "chat-1"})
    apple.push(client, {"apns-id": apns_id})
    client.ask("/3/device/", [], BODY)
    accepted, refused = apple.simulator.ledger.entries()[start:]
    assert (accepted.vendor, accepted.token, accepted.outcome) == ("apns", TOKEN, "accepted")
    assert (accepted.vendor_id, accepted.collapse_id) == (apns_id, "chat-1")
    assert accepted.payload == json.loads(BODY)
    assert abs(accepted.at - time.time()) < 60
    assert (refused.outcome, refused.vendor_id) == ("MissingProviderToken", apns_id)
    assert accepted.connection_id == refused.connection_id


def test_sandbox_names_each_push() -> None:
    """Only the sandbox answers with apns-unique-id, and a live spelling of a reason can be chosen."""
    options = Options(environment="sandbox", environment_key_reason="BadEnvironmentKeyInToken")
    with running(options) as apple, apple.connect() as client:
        key = apple.new_key("PRODUCTION", environment="production")
        answer = apple.push(client, apple.bearer(kid="PRODUCTION", key=key))
        assert reason(answer) == (403, "BadEnvironmentKeyInToken")
        assert apple.push(client, apple.bearer()).headers["apns-unique-id"]

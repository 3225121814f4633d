"""Presence over HTTP: events on the events stream, which a worker applies in their order."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.integration.api.push.client import Caller, user_caller
from tests.integration.api.push.stored import Stored
from tests.integration.configuration import APPKEY
from tests.integration.deployment import Deployment, fresh, now_ms
from tests.integration.eventually import eventually
from worker.api.presence import Event
from worker.codec import PresenceEvent, decode

PATH = "/presence"


def event(user: str, state: str = "online", **members: Any) -> dict[str, Any]:
    """Return an event of a connection."""
    return {"user": user, "resource": "web_1", "state": state, **members}


@pytest.fixture
def stream(stored: Stored) -> Any:
    """The events that were added from now on."""
    ids: Any = stored.client.xrevrange(stored.keys.events, count=1)
    last = ids[0][0].decode() if ids else "0"

    def added() -> list[dict[str, Any]]:
        entries: Any = stored.client.xrange(stored.keys.events, f"({last}")
        return [json.loads(fields[b"presence"]) for _, fields in entries]

    return added


def test_events_are_added_in_order(server: Caller, stream: Any) -> None:
    """As they were sent, with the app of the path, and the time of now where none was said."""
    before, bob, alice = now_ms(), fresh("bob"), fresh("alice")
    sent = [event(bob), event(alice, "kicked", timestamp=5, device_id="d", lease_s=7), event(bob, "offline")]
    assert server.done("POST", PATH, sent)["data"] == {"accepted": 3}
    first, second, third = stream()
    assert second == {**sent[1], "appkey": APPKEY}
    for added, said in ((first, sent[0]), (third, sent[2])):
        assert before <= added.pop("timestamp") <= now_ms()
        assert added == {**said, "appkey": APPKEY, "device_id": None, "lease_s": 400}


@pytest.mark.parametrize(
    ("body", "member"),
    [
        ([], "body"),
        ([event("bob")] * 101, "body"),
        (event("bob"), "body"),
        ([5], "0"),
        ([{"user": "bob", "state": "online"}], "0.resource"),
        ([event("bob", "away")], "0.state"),
        ([event("")], "0.user"),
        ([event("org#app_")], "user"),
        ([event("bob"), event("bob", timestamp="5")], "1.timestamp"),
        ([event("bob", timestamp=-1)], "0.timestamp"),
        ([event("bob", timestamp=10**14)], "0.timestamp"),
        ([event("bob", lease_s=0)], "0.lease_s"),
        ([event("bob", lease_s=30 * 86_400 + 1)], "0.lease_s"),
        ([event("bob", device_id=None)], "0.device_id"),
        ([event("bob", resource="a\nb")], "0.resource"),
        ([event("bob"), event("bob", appkey="org#other")], "appkey"),
    ],
)
def test_what_is_no_event(server: Caller, stream: Any, body: Any, member: str) -> None:
    """400 names the place, and not one of the events is added."""
    assert server.refused("POST", PATH, body).startswith(f"parameters is invalid : {member}")
    assert stream() == []


def test_it_needs_the_app(bob: Caller, stream: Any) -> None:
    """A user cannot say who is online, not even of themselves."""
    bob.refused("POST", PATH, [event(bob.user)], status=403)
    assert stream() == []


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=512)


@given(NAMES, NAMES, st.integers(0, 99_999_999_999_999), st.integers(1, 2_592_000))
def test_what_the_api_takes_the_worker_can_read(user: str, resource: str, timestamp: int, lease_s: int) -> None:
    """Whatever passes here is an event for the worker, too: none becomes a dead letter."""
    said = Event(user=user, resource=resource, state="online", timestamp=timestamp, lease_s=lease_s, device_id=resource)
    text = json.dumps({"appkey": APPKEY, **said.model_dump(exclude_unset=True)})
    assert isinstance(decode(text, PresenceEvent), PresenceEvent)


def test_a_worker_applies_them(server: Caller, deployment: Deployment) -> None:
    """From the request to what is then true of the user: online with a device, the badge gone, offline again."""
    bob = user_caller(server, fresh("bob"))
    deployment.client.hset(deployment.keys.user(APPKEY, bob.user), "b", 3)
    server.done("POST", PATH, [event(bob.user, device_id="d1")])
    assert eventually(lambda: bob.get("/resources")["data"]) == [{"res": "web_1", "device_uuid": "d1"}]
    assert bob.get("/offline_msg_count")["count"] == 0
    server.done("POST", PATH, [event(bob.user), event(bob.user, "offline")])
    assert eventually(lambda: bob.get("/status")["data"], lambda data: data == {bob.user: "offline"})

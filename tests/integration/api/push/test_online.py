"""Badge and presence, asked over HTTP, as they stand in Redis."""

import json
from typing import Any

import pytest

from tests.integration.api.push.client import Caller
from tests.integration.api.push.stored import Stored
from tests.integration.deployment import fresh, now_ms

HOUR_MS = 3_600_000


def connection(resource: str, ends_ms: int | None = None, **members: Any) -> dict[str, Any]:
    """Return a connection whose lease ends in an hour, or when it is said."""
    return {"resource": resource, "online_until": now_ms() + HOUR_MS if ends_ms is None else ends_ms, **members}


def test_a_user_of_whom_nothing_is_known(bob: Caller) -> None:
    """Is offline, with no connection and no message."""
    assert bob.get("/status")["data"] == {bob.user: "offline"}
    assert bob.get("/resources")["data"] == []
    answer = bob.get("/offline_msg_count")
    assert (answer["data"], answer["count"]) == ({bob.user: 0}, 0)


@pytest.mark.parametrize(("text", "count"), [("3", 3), ("0", 0), ("", 0), ("x", 0), ("-1", 0), ("9" * 30, 0)])
def test_the_badge(bob: Caller, stored: Stored, text: str, count: int) -> None:
    """The number that the phone shows; what is none counts as nothing."""
    stored.write(bob.user, {"b": text})
    answer = bob.get("/offline_msg_count")
    assert (answer["data"], answer["count"]) == ({bob.user: count}, count)


def test_connections(bob: Caller, stored: Stored) -> None:
    """Those whose lease has not ended are online, with the device where the gateway said it."""
    live = [connection("ios_1", device_id="uuid"), connection("web_1")]
    over = [connection("web_2", ends_ms=now_ms() - 1), connection("web_3", ends_ms=0, gone_until=now_ms() + HOUR_MS)]
    stored.write(bob.user, {"p": json.dumps([*live, *over, "garbage", {"resource": 5}])})
    assert bob.get("/status")["data"] == {bob.user: "online"}
    assert bob.get("/resources")["data"] == [{"res": "ios_1", "device_uuid": "uuid"}, {"res": "web_1"}]
    stored.write(bob.user, {"p": json.dumps(over)})
    assert bob.get("/status")["data"] == {bob.user: "offline"}
    assert bob.get("/resources")["data"] == []


def test_many_users(server: Caller, stored: Stored) -> None:
    """Up to a hundred are answered in the order and writing in which they were asked."""
    names = [fresh("Bob") for _ in range(100)]
    stored.write(names[7].lower(), {"p": json.dumps([connection("web_1")])})
    stored.client.set(stored.keys.user("org#app", names[8].lower()), "no hash")
    answer = server.done("POST", "/users/batch/status", {"usernames": names})
    assert answer["action"] == "get batch user status"
    assert answer["data"] == [{name: "online" if name == names[7] else "offline"} for name in names]


@pytest.mark.parametrize(
    ("body", "member"),
    [
        ({}, "usernames"),
        ({"usernames": []}, "usernames"),
        ({"usernames": ["x"] * 101}, "usernames"),
        ({"usernames": ["a", 5]}, "usernames.1"),
        ({"usernames": [""]}, "usernames.0"),
        ({"usernames": ["org#app_"]}, "usernames"),
        ({"usernames": "bob"}, "usernames"),
        (["bob"], "body"),
    ],
)
def test_what_cannot_be_asked(server: Caller, body: Any, member: str) -> None:
    """400 names the member."""
    assert server.refused("POST", "/users/batch/status", body).startswith(f"parameters is invalid : {member}")


def test_of_others_only_the_app_may_ask(server: Caller, bob: Caller) -> None:
    """A user sees their own presence and badge and nobody else's."""
    bob.refused("POST", "/users/batch/status", {"usernames": [bob.user]}, status=403)
    for path in ("status", "resources", "offline_msg_count"):
        bob.refused("GET", f"/users/alice/{path}", status=403)
        server.done("GET", f"/users/{bob.user}/{path}")

"""What the SDK makes of the API's refusals: its error types, and never a promise that hangs."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.compatibility.places import Place, running_place
from tests.compatibility.sdk import Client, Sdk
from tests.compatibility.server import Server, app_server
from tests.compatibility.test_conversations import about, listed
from tests.compatibility.test_silent_mode import duration, interval, remind
from tests.integration.deployment import fresh
from tests.integration.eventually import eventually
from worker.processes import Children

#: The SDK's error types.
NO_SERVER, REST, TOO_MANY, NO_PERMISSION = 500, 17, 50, 52
NOT_OPEN, DENIED = 505, 603
SETTING = ("setSilentModeForAll", remind("NONE"))

#: Wrong values that the SDK lets pass, and the member that the server must name.
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "type": (remind("BOGUS"), "type"),
    "type of another case": (remind("none"), "type"),
    "empty type": (remind(""), "type"),
    "negative duration": (duration(-5), "ignoreDuration"),
    "more than seven days": (duration(604_800_001), "ignoreDuration"),
    "half a millisecond": (duration(0.5), "ignoreDuration"),
    "hours": (interval((99, 1), (1, 1)), "ignoreInterval"),
    "hour 24": (interval((24, 1), (1, 1)), "ignoreInterval"),
    "minutes": (interval((1, 60), (1, 1)), "ignoreInterval"),
    "negative hours": (interval((-1, 1), (1, 1)), "ignoreInterval"),
    "parts of hours": (interval((1, 1), (1.5, 1)), "ignoreInterval"),  # type: ignore[arg-type]  # as a page may
}


def names(member: str, message: str) -> bool:
    """Return whether a message is Easemob's for a parameter that cannot be; the reason may follow."""
    return message.split(" (", maxsplit=1)[0] == f"parameters is invalid : {member}"


@pytest.mark.parametrize(("options", "member"), WRONG.values(), ids=WRONG)
def test_wrong_values_are_named(bob: Client, options: dict[str, Any], member: str) -> None:
    """The rejection's message names the member, for the app and for a conversation, and nothing is changed."""
    kind, message = bob.rejected("setSilentModeForAll", options)
    own_kind, own_message = bob.rejected("setSilentModeForConversation", about("7", options=options))
    assert kind == own_kind == REST
    assert names(member, message)
    assert names(member, own_message)
    assert bob.done("getSilentModeForAll").get("type", "ALL") == "ALL"
    assert bob.done("getSilentModeForConversation", about("7")) == {}


def test_a_duration_that_is_no_number(bob: Client, server: Server) -> None:
    """The SDK sends NaN as null: refused, not taken for 0, and the running duration stays."""
    ends = bob.done("setSilentModeForAll", duration(3_600_000))["ignoreDuration"]
    path = f"/users/{bob.user}/notification/user/{bob.user}"
    answer = server.as_user(bob.user).ask("PUT", path, {"ignoreDuration": None})
    assert answer.status_code == 400
    assert names("ignoreDuration", answer.json()["error_description"])
    assert bob.done("getSilentModeForAll")["ignoreDuration"] == ends


@pytest.mark.parametrize("token", ["garbage", "a.b.c", "YWMtgarbage", "%", "null"])
def test_a_token_that_is_none(bob: Client, token: str) -> None:
    """The SDK's general error, 17, with the whole answer as its message: one text of 401 alone is NO_PERMISSION."""
    kind, message = bob.on(token=token).rejected(*SETTING)
    assert kind == REST
    assert json.loads(message)["error_description"] == "Unable to authenticate due to corrupt access token"


def good_for_a_moment(bob: Client, server: Server, seconds: Iterator[int]) -> Client | None:
    """Return the user with a token that is good; the next one lives longer if it was over before anybody asked."""
    short = bob.on(token=server.user_token(bob.user, ttl_s=next(seconds)))
    return short if short.call("getSilentModeForAll").outcome == "resolved" else None


def test_a_token_that_has_expired(bob: Client, server: Server) -> None:
    """From one moment to the next; a page that reads the text can tell why."""
    short = eventually(partial(good_for_a_moment, bob, server, iter(range(1, 30))))
    assert short
    answer = eventually(lambda: short.call("getSilentModeForAll"), lambda answer: answer.outcome == "rejected")
    assert answer.value["type"] == REST
    assert json.loads(answer.value["message"])["error_description"].endswith("due to expired access token")


def test_a_token_that_was_revoked(bob: Client, server: Server) -> None:
    """The user's own token ends with a DELETE of it; the app's goes on."""
    own = server.as_user(bob.user)
    own.done("DELETE", "/token")
    assert bob.on(token=own.token).rejected(*SETTING)[0] == NO_PERMISSION
    bob.done(*SETTING)


def test_another_users_token(bob: Client, server: Server) -> None:
    """It reaches nothing of bob's, neither to read nor to write."""
    eve = bob.on(token=server.user_token(fresh("eve")))
    assert eve.rejected(*SETTING) == (DENIED, "permission denied")
    assert eve.rejected("getSilentModeForAll") == (DENIED, "permission denied")
    assert bob.done("getSilentModeForAll").get("type", "ALL") == "ALL"


def test_an_app_token_of_another_app(bob: Client, api: str) -> None:
    """An app's server reaches its own app only."""
    foreign = bob.on(token=app_server(api, "/org/plain").token)
    assert foreign.rejected(*SETTING)[0] == NO_PERMISSION


@pytest.mark.parametrize(
    ("method", "argument"),
    [
        SETTING,
        ("setSilentModeForConversation", about("7", options=remind("NONE"))),
        ("getSilentModeForConversations", listed(("7", "groupChat"))),
    ],
)
def test_an_app_without_the_advanced_features(bob: Client, api: str, method: str, argument: dict[str, Any]) -> None:
    """The SDK says that the service is not open."""
    plain = bob.on(appkey="org#plain", token=app_server(api, "/org/plain").user_token(bob.user))
    assert plain.rejected(method, argument)[0] == NOT_OPEN


def test_devices_without_the_advanced_features(bob: Client, api: str) -> None:
    """They are no advanced feature: tokens are bound all the same."""
    plain = bob.on(appkey="org#plain", token=app_server(api, "/org/plain").user_token(bob.user))
    given = {"deviceId": "web_1", "deviceToken": "ab61", "notifierName": "apns"}
    assert len(plain.done("uploadPushToken", given)["pushInfo"]) == 1


def test_an_app_that_nobody_has(bob: Client) -> None:
    """It is named, and the promise is rejected."""
    kind, message = bob.on(appkey="org#nowhere").rejected(*SETTING)
    assert kind == REST
    assert json.loads(message)["error_description"].startswith("Could not find application for org/nowhere")


@pytest.mark.parametrize("name", ["a b/c?d", "..", "%", "%zz", "#", "?", "\u0000"])
def test_ids_that_break_the_address(bob: Client, name: str) -> None:
    """The SDK does not encode ids: whatever becomes of such a one, the promise settles."""
    answer = bob.call("setSilentModeForConversation", about(name, options=remind("NONE")))
    assert answer.outcome == "resolved" or answer.value["type"] == REST
    assert bob.done("getSilentModeForAll").get("type", "ALL") == "ALL"


def test_too_long_a_body(bob: Client) -> None:
    """It is refused in JSON with CORS headers, so that the page learns of it."""
    assert bob.rejected("updateCurrentUserNick", "x" * 3_000_000)[0] == REST


def test_without_a_token(bob: Client) -> None:
    """The SDK itself refuses, without a request."""
    assert bob.on(token="").rejected(*SETTING)[0] == 700


@pytest.fixture
def place(session_children: Children, tmp_path: Path) -> Iterator[Place]:
    """An API that an SDK is able to overwhelm, with a Redis server of its own."""
    with running_place(session_children, tmp_path, rate_per_s=5) as running:
        yield running


def test_too_many_requests(sdk: Sdk, place: Place) -> None:
    """Beyond the app's rate the SDK says that the limit is reached, and within a second or two all is well again."""
    bob = Client(sdk, place.api, "bob", place.server().user_token("bob"))
    answers = bob.many(100, "getSilentModeForAll")
    refused = [answer.value["type"] for answer in answers if answer.outcome == "rejected"]
    assert set(refused) == {TOO_MANY}
    assert len(refused) < len(answers)
    eventually(lambda: bob.call("getSilentModeForAll").outcome, lambda outcome: outcome == "resolved")


def test_without_redis(sdk: Sdk, place: Place) -> None:
    """The SDK says that the server is busy, before its own patience of 15 s ends; afterwards all is well again."""
    bob = Client(sdk, place.api, "bob", place.server().user_token("bob"))
    bob.done(*SETTING)
    place.redis_server.kill()
    assert bob.rejected("getSilentModeForAll")[0] == NO_SERVER
    place.redis_server.start()
    eventually(lambda: bob.call(*SETTING).outcome, lambda outcome: outcome == "resolved", 30)

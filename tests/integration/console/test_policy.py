"""The policy over HTTP, and the advanced features with what they delete."""

import json
import time
from typing import Any

import pytest
import redis

from tests.integration.api.callers import bearer, token
from tests.integration.configuration import APPKEY
from tests.integration.console.console import Console
from tests.integration.deployment import Deployment, fresh
from tests.integration.eventually import eventually
from tests.promptness import least
from worker.store.keys import Keys

KEYS = Keys()
#: What workers promise; they look twice as often.
HONOURED_S = 1.0
ON, OFF = {"enabled": True}, {"enabled": False, "confirm": APPKEY}


@pytest.fixture(autouse=True)
def _as_it_was(deployment: Deployment, console: Console) -> Any:
    """Leave the app as it was found: nothing set, nothing under way, advanced features on."""
    yield
    eventually(lambda: console.data("GET", "policy")["clearing"], lambda clearing: not clearing, 30)
    console.data("PUT", "advanced", ON)
    console.data("PUT", "policy", dict.fromkeys(console.data("GET", "policy")["set"]))
    assert deployment.worker.is_alive


def test_members_are_merged(console: Console) -> None:
    """A PUT changes what it names; null gives a member back to the file; the answer is the whole."""
    found = console.data("GET", "policy")
    assert (found["set"], found["advanced"], found["clearing"]) == ({}, True, False)
    before = found["policy"]
    assert (before["timezone"], before["multi_device"], before["group_limit"]) == ("Asia/Shanghai", "all-offline", 3000)
    late = {"after_s": 60, "policy": "fold"}
    console.data("PUT", "policy", {"timezone": "Europe/Berlin", "catch_up": late})
    found = console.data("PUT", "policy", {"group_limit": 10, "timezone": None})
    assert found["set"] == {"group_limit": 10, "catch_up": late}
    assert found["policy"] == before | {"group_limit": 10, "catch_up": late}
    assert console.data("GET", "policy") == found
    assert console.data("PUT", "policy", {}) == found


@pytest.mark.parametrize(
    ("body", "field"),
    [
        *[
            ({"timezone": zone}, "timezone")
            for zone in ("Mars/Olympus", "", "Asia", "../../etc/passwd", "/etc/passwd", "a\0b", "UTC+8", "x" * 9_999, 8)
        ],
        *[({"group_limit": limit}, "group_limit") for limit in ("10", 0, -1, 1.0, True, 10**9, 10**400)],
        *[({"max_age_s": seconds}, "max_age_s") for seconds in (0, 31_536_001, "60", False)],
        *[({"multi_device": word}, "multi_device") for word in ("all", "ALL-OFFLINE", "", 1)],
        ({"colour": "red"}, "colour"),
        ({"timezone": "Asia/Tokyo", "colour": "red"}, "colour"),
        ({"group_limit": 10, "locale": "fr"}, "locale"),
        ({"channels": []}, "channels"),
        ({"appkey": "org#other"}, "appkey"),
        ({"templates": {}}, "templates"),
        ({"uncertain_prefers": "loss"}, "uncertain_prefers"),
        ({"advanced": False}, "advanced"),
        ({"catch_up": {"after_s": 1}}, "catch_up.policy"),
        ({"catch_up": {"after_s": 0, "policy": "fold"}}, "catch_up.after_s"),
        ({"catch_up": {"after_s": 1, "policy": "fold", "colour": 1}}, "catch_up.colour"),
        ({"catch_up": "fold"}, "catch_up"),
        ([], "body"),
    ],
)
def test_what_is_no_policy(console: Console, body: Any, field: str) -> None:
    """400 with the member, and nothing is changed."""
    assert field in console.refused(400, "PUT", "policy", body)
    assert console.data("GET", "policy")["set"] == {}


@pytest.mark.parametrize("confirm", [None, "", "org#other", "yes", True])
def test_off_needs_the_app_key(console: Console, confirm: Any) -> None:
    """It deletes: nobody does so by mistake."""
    body = {"enabled": False} | ({} if confirm is None else {"confirm": confirm})
    assert "confirm" in console.refused(400, "PUT", "advanced", body)
    assert console.data("GET", "policy")["advanced"]


def test_off_deletes_and_on_begins_anew(deployment: Deployment, console: Console) -> None:
    """What users have set and the templates are gone within seconds, whatever is said meanwhile; names stay."""
    users = [fresh("bob") for _ in range(300)]
    silent = json.dumps({"type": "NONE", "nickname": "Bob", "style": 1})
    for user in users:
        deployment.client.hset(KEYS.user(APPKEY, user), mapping={"s": silent, "c:user:alice": '{"type":"NONE"}'})
    deployment.bind(users[0], "huawei")
    template = {"title_pattern": "a", "content_pattern": "b", "created": 1, "updated": 1}
    deployment.client.hset(KEYS.app(APPKEY), "t:mine", json.dumps(template))
    deployment.client.hincrby(KEYS.apps, APPKEY, 1)

    def reason() -> str:
        return str(deployment.decision(deployment.say(users[0]), users[0])["reason"])

    assert reason() == "remind_none"
    # Somebody else is about to delete: it does not end before what is refused meanwhile was asked for.
    deployment.client.set(KEYS.clearing(APPKEY), "another worker")
    try:
        found = console.data("PUT", "advanced", OFF)
        assert (found["advanced"], found["clearing"]) == (False, True)
        assert "still being deleted" in console.refused(409, "PUT", "advanced", ON)
        settings = console.client.get("/org/app/users/bob/notification/user/bob", headers=bearer(token("bob")))
        assert (settings.status_code, "service not open!" in settings.text) == (403, True)
        assert console.data("PUT", "advanced", OFF)["clearing"]
    finally:
        deployment.client.delete(KEYS.clearing(APPKEY))
    eventually(reason, lambda found: found == "pushed")
    eventually(lambda: console.data("GET", "policy")["clearing"], lambda clearing: not clearing, 30)
    assert {stored_settings(deployment.client, user) for user in users} == {'{"nickname":"Bob","style":1}'}
    assert not any(deployment.client.hexists(KEYS.user(APPKEY, user), "c:user:alice") for user in users)
    assert not deployment.client.hexists(KEYS.app(APPKEY), "t:mine")
    assert console.data("PUT", "advanced", ON)["advanced"]
    assert reason() == "pushed"


def test_the_features_are_honoured_within_a_second(deployment: Deployment, console: Console) -> None:
    """From a switch to the first message that is decided by it; others work too: once in a few tries."""
    user = fresh("bob")
    deployment.bind(user, "huawei")

    def took() -> float:
        deployment.client.hset(KEYS.user(APPKEY, user), "s", '{"type":"NONE"}')
        eventually(lambda: reason_of(deployment, user), lambda found: found == "remind_none")
        console.data("PUT", "advanced", OFF)
        began = time.monotonic()
        eventually(lambda: reason_of(deployment, user), lambda found: found == "pushed")
        seconds = time.monotonic() - began
        eventually(lambda: console.ask("PUT", "advanced", ON).status_code, lambda status: status == 200)
        return seconds

    assert least(took, HONOURED_S) < HONOURED_S


def reason_of(deployment: Deployment, user: str) -> str:
    """Say something to a user; return what was decided."""
    return str(deployment.decision(deployment.say(user), user)["reason"])


def stored_settings(client: redis.Redis, user: str) -> str:
    """Return a user's settings, their members in order."""
    text: Any = client.hget(KEYS.user(APPKEY, user), "s")
    return json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))


def test_deleting_outlives_the_worker(deployment: Deployment, console: Console) -> None:
    """A worker that is killed before it has begun, and one that left its claim behind: the next one does it."""
    user = fresh("bob")
    deployment.client.hset(KEYS.user(APPKEY, user), "s", '{"type":"NONE"}')
    deployment.worker.kill()
    console.data("PUT", "advanced", OFF)
    deployment.client.set(KEYS.clearing(APPKEY), "a worker that died", px=3_000)
    deployment.worker.started()
    eventually(lambda: deployment.client.hexists(KEYS.user(APPKEY, user), "s"), lambda is_there: not is_there, 30)
    eventually(lambda: console.data("GET", "policy")["clearing"], lambda clearing: not clearing, 30)

"""The older interface: one body for nickname, display style, a device's token, and the old forms of silence."""

from typing import Any

import pytest

from tests.integration.api.push.client import Caller
from tests.integration.api.push.stored import Stored
from tests.integration.deployment import fresh_token

NOTIFIER = "com.example.app"


def upload(token: str, device: str = "web_1", notifier: str = NOTIFIER) -> dict[str, str]:
    """Return the body that the SDK's uploadPushToken sends."""
    return {"device_id": device, "device_token": token, "notifier_name": notifier}


def changed(caller: Caller, body: Any) -> dict[str, Any]:
    """Change the user; the answer is what a GET then says."""
    (entity,) = caller.put("", body)["entities"]
    assert caller.get("")["entities"] == [entity]
    found: dict[str, Any] = entity
    return found


def test_a_user_of_whom_nothing_is_known(bob: Caller) -> None:
    """Has an entity like any other, the same each time, and nothing in it that was not set."""
    entity = changed(bob, {})
    assert (entity["username"], entity["type"], entity["activated"]) == (bob.user, "user", True)
    assert set(entity) == {"uuid", "type", "username", "activated"}


def test_a_nickname(bob: Caller, stored: Stored) -> None:
    """Up to 100 characters of any script; empty takes it back."""
    for name in ("Bob", "我" * 100, "😀"):
        assert changed(bob, {"nickname": name})["nickname"] == name
    assert stored.read(bob.user)["s"] == {"nickname": "😀"}
    assert "nickname" not in changed(bob, {"nickname": ""})


@pytest.mark.parametrize("style", [0, 1, "0", "1"])
def test_a_display_style(bob: Caller, style: int | str) -> None:
    """A number or a text comes back as a number."""
    shown = changed(bob, {"notification_display_style": style})["notification_display_style"]
    assert (shown, type(shown)) == (int(style), int)


def test_a_token(bob: Caller, stored: Stored) -> None:
    """An uploaded token is a binding; a repeat, as the SDK makes of its own accord, changes nothing."""
    token = fresh_token()
    for _ in range(4):
        entity = changed(bob, upload(token))
    assert entity["pushInfo"] == [{"device_Id": "web_1", **upload(token)}]
    assert (entity["device_token"], entity["notifier_name"]) == (token, NOTIFIER)
    (device,) = stored.read(bob.user)["d"]
    assert (device["device_id"], device["notifier"], device["token"]) == ("web_1", NOTIFIER, token)


def test_the_sdks_unbinding(bob: Caller) -> None:
    """UnbindPushToken names no notifier: it undoes all bindings of that device, and no other's."""
    for body in (upload("a" * 64), upload("b" * 64, notifier="1234567890"), upload("c" * 64, device="ios_1")):
        bob.put("", body)
    entity = changed(bob, upload("", notifier=""))
    assert [each["device_id"] for each in entity["pushInfo"]] == ["ios_1"]
    assert "pushInfo" not in changed(bob, upload("", device="ios_1"))


def test_all_at_once(bob: Caller) -> None:
    """One body may change all of it, and what it does not name stays."""
    bob.put("", {"notification_display_style": 1})
    entity = changed(bob, {"nickname": "Bob", "notification_ignore_7": True, "avatarurl": "x", **upload("a" * 64)})
    assert (entity["nickname"], entity["notification_display_style"]) == ("Bob", 1)
    assert entity["notification_ignore_7"] is True
    assert len(entity["pushInfo"]) == 1
    assert "avatarurl" not in entity


def test_the_old_do_not_disturb(bob: Caller) -> None:
    """Whole hours, as texts or numbers, are the interval of the newer interface, and the other way round."""
    quiet = {"notification_no_disturbing": True, "notification_no_disturbing_start": "22"}
    entity = changed(bob, {**quiet, "notification_no_disturbing_end": "8"})
    assert entity["notification_no_disturbing_start"] == "22"
    assert entity["notification_no_disturbing_end"] == "8"
    assert bob.get(f"/notification/user/{bob.user}")["data"] == {"ignoreInterval": "22:00-08:00"}
    assert "notification_no_disturbing" not in changed(bob, {"notification_no_disturbing": False})
    changed(bob, {**quiet, "notification_no_disturbing_start": 0, "notification_no_disturbing_end": 23})
    assert bob.get(f"/notification/user/{bob.user}")["data"] == {"ignoreInterval": "00:00-23:00"}
    bob.put(f"/notification/user/{bob.user}", {"ignoreInterval": "9:05-18:30"})
    entity = bob.get("")["entities"][0]
    assert entity["notification_no_disturbing"] is True
    assert "notification_no_disturbing_start" not in entity


@pytest.mark.parametrize("in_entities", [True, False])
def test_the_old_mute_of_groups(bob: Caller, in_entities: bool) -> None:
    """It is the type NONE of that group, in both places of the body; taking it back leaves other types alone."""

    def mute(group: str, is_muted: bool) -> dict[str, Any]:
        flags = {f"notification_ignore_{group}": is_muted}
        return changed(bob, {"entities": [flags]} if in_entities else flags)

    assert mute("7", True)["notification_ignore_7"] is True
    assert bob.get("/notification/chatgroup/7")["data"] == {"type": "NONE"}
    assert "notification_ignore_7" not in mute("7", False)
    assert bob.get("/notification/chatgroup/7")["data"] == {}
    bob.put("/notification/chatgroup/7", {"type": "AT"})
    mute("7", False)
    assert bob.get("/notification/chatgroup/7")["data"] == {"type": "AT"}


START, END = "notification_no_disturbing_start", "notification_no_disturbing_end"
QUIET: dict[str, Any] = {"notification_no_disturbing": True, START: 22, END: 8}
#: Body -> what the refusal names.
WRONG: dict[str, tuple[Any, str]] = {
    "a long nickname": ({"nickname": "x" * 101}, "nickname"),
    "no nickname": ({"nickname": None}, "nickname"),
    "a number for a nickname": ({"nickname": 5}, "nickname"),
    "half a character": ({"nickname": "\ud800"}, "nickname"),
    "a third style": ({"notification_display_style": 2}, "notification_display_style"),
    "a flag for a style": ({"notification_display_style": True}, "notification_display_style"),
    "a style with a point": ({"notification_display_style": 1.0}, "notification_display_style"),
    "a device alone": ({"device_id": "web_1"}, "device_token"),
    "no notifier": ({"device_id": "web_1", "device_token": "t"}, "notifier_name"),
    "no device": ({"device_token": "t", "notifier_name": "n"}, "device_id"),
    "an empty device": (upload("t", device=""), "device_id"),
    "control characters": (upload("t", device="a\nb"), "device_id"),
    "a long token": (upload("t" * 4097), "device_token"),
    "no token": ({**upload("t"), "device_token": None}, "device_token"),
    "an hour too many": ({**QUIET, START: "24"}, START),
    "minutes": ({**QUIET, START: "22:30"}, START),
    "a negative hour": ({**QUIET, END: -1}, END),
    "no end": ({"notification_no_disturbing": True, START: 22}, END),
    "off and on": ({**QUIET, START: 0, END: "0"}, START),
    "a text for a flag": ({**QUIET, "notification_no_disturbing": "true"}, "notification_no_disturbing"),
    "a group of no name": ({"notification_ignore_": True}, ""),
    "a group that is a number": ({"notification_ignore_7": 1}, ""),
    "too many groups": ({f"notification_ignore_{n}": True for n in range(101)}, ""),
    "no list": ({"entities": {}}, "entities"),
    "a fault inside": ({"entities": [{"nickname": 5}]}, "entities.0.nickname"),
    "no object": ([], "body"),
}


@pytest.mark.parametrize(("body", "member"), WRONG.values(), ids=list(WRONG))
def test_what_cannot_be_set(bob: Caller, body: Any, member: str) -> None:
    """400 names the member, and nothing is changed."""
    before = bob.get("")["entities"]
    assert bob.bad("", body).startswith(f"parameters is invalid : {member}")
    assert bob.get("")["entities"] == before


def test_a_fault_in_one_part_changes_none(bob: Caller) -> None:
    """What is wrong anywhere in a body is found before anything is written."""
    assert bob.bad("", {"nickname": "Bob", "device_id": "web_1"}).startswith("parameters is invalid : device_token")
    assert "nickname" not in bob.get("")["entities"][0]


def test_without_the_advanced_features(plain: Caller) -> None:
    """The old forms of silence are among them; nickname, style and token are not."""
    changed(plain, {"nickname": "Bob", "notification_display_style": 1, **upload("a" * 64)})
    for body in (QUIET, {"notification_ignore_7": True}, {"entities": [{"notification_ignore_7": False}]}):
        assert "service not open!" in plain.refused("PUT", f"/users/{plain.user}", body, status=403)


@pytest.mark.parametrize("garbage", ["", "{", "5", "[]", '{"style":[]}', "\xff"])
def test_what_others_left_there(bob: Caller, stored: Stored, garbage: str) -> None:
    """Whatever stands in a user's hash, the entity is answered."""
    stored.write(bob.user, {"s": garbage, "d": garbage, "c:group:7": garbage, "p": garbage, "b": garbage})
    assert set(bob.get("")["entities"][0]) == {"uuid", "type", "username", "activated"}


def test_a_key_of_another_type(bob: Caller, stored: Stored) -> None:
    """A key that is no hash reads as a user of whom nothing is known."""
    stored.client.set(stored.keys.user("org#app", bob.user), "x")
    assert set(bob.get("")["entities"][0]) == {"uuid", "type", "username", "activated"}
    assert bob.get(f"/notification/user/{bob.user}")["data"] == {}

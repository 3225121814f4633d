"""Bindings as the newer interface has them."""

from typing import Any

import pytest

from tests.integration.api.push.client import Caller
from tests.integration.api.push.stored import Stored

PATH = "/push/binding"


def binding(token: str, device: str = "ios_1", notifier: str = "com.example.app") -> dict[str, str]:
    """Return a body."""
    return {"device_id": device, "device_token": token, "notifier_name": notifier}


def test_bind_and_list(bob: Caller) -> None:
    """A PUT answers the bindings of its device, a GET those of all; a vivo notifier has a `#` in it."""
    assert bob.get(PATH)["entities"] == []
    first, second = binding("a"), binding("b", notifier="104510674#key")
    third = binding("c", device="android_1")
    assert bob.put(PATH, first)["entities"] == [first]
    assert bob.put(PATH, second)["entities"] == [first, second]
    answer = bob.put(PATH, third)
    assert answer["entities"] == [third]
    assert set(answer) == {"timestamp", "entities", "action", "duration"}
    assert bob.get(PATH)["entities"] == [first, second, third]


def test_unbind(bob: Caller) -> None:
    """No token unbinds the one, no notifier all of the device; what is not bound can be unbound."""
    for body in (binding("a"), binding("b", notifier="n"), binding("c", device="d")):
        bob.put(PATH, body)
    assert bob.put(PATH, binding(""))["entities"] == [binding("b", notifier="n")]
    assert bob.put(PATH, binding("", notifier=""))["entities"] == []
    assert bob.put(PATH, binding("", notifier=""))["entities"] == []
    assert bob.get(PATH)["entities"] == [binding("c", device="d")]


def test_a_token_of_two_users(server: Caller, bob: Caller) -> None:
    """A token stays with each user who has bound it: whoever logs out for good unbinds."""
    bob.put(PATH, binding("a"))
    server.done("PUT", f"/users/not-{bob.user}{PATH}", binding("a"))
    assert bob.get(PATH)["entities"] == [binding("a")]


@pytest.mark.parametrize(
    ("body", "member"),
    [
        ({}, "device_id"),
        ({"device_id": "d", "device_token": "t"}, "notifier_name"),
        (binding("t", device=""), "device_id"),
        (binding("t", device="x" * 513), "device_id"),
        (binding("t\x00"), "device_token"),
        ({**binding("t"), "notifier_name": 5}, "notifier_name"),
        ([], "body"),
    ],
)
def test_what_cannot_be_bound(bob: Caller, body: Any, member: str) -> None:
    """400 names the member, and never what was sent."""
    assert bob.bad(PATH, body).startswith(f"parameters is invalid : {member}")
    assert bob.get(PATH)["entities"] == []


def test_what_others_left_there(bob: Caller, stored: Stored) -> None:
    """Of bindings that cannot all be read the others are shown."""
    stored.write(bob.user, {"d": '[5,{"device_id":"a","notifier":"n"},{"device_id":5}]'})
    assert bob.get(PATH)["entities"] == [binding("", device="a", notifier="n")]

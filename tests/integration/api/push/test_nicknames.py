"""Push nicknames of many users at once."""

from typing import Any

import pytest

from tests.integration.api.push.client import Caller
from tests.integration.deployment import fresh

PATH = "/push/nickname"


def names(count: int, nickname: str = "Bob") -> list[dict[str, str]]:
    """Return a body of so many fresh users."""
    return [{"username": fresh("bob"), "push_nickname": nickname} for _ in range(count)]


@pytest.mark.parametrize("count", [1, 50])
def test_nicknames(server: Caller, count: int) -> None:
    """The answer repeats the list, and each user has the name."""
    body = names(count, "我" * 100)
    assert server.done("PUT", PATH, body)["entities"] == body
    for each in body:
        assert server.done("GET", f"/users/{each['username']}")["entities"][0]["nickname"] == "我" * 100


def test_an_empty_one_takes_it_back(server: Caller) -> None:
    """And of a user who is named twice the last one counts, in any case of the id."""
    (one,) = names(1)
    server.done("PUT", PATH, [one, {**one, "username": one["username"].upper(), "push_nickname": ""}])
    assert "nickname" not in server.done("GET", f"/users/{one['username']}")["entities"][0]


@pytest.mark.parametrize(
    ("body", "description"),
    [
        ([], "put user push nicknames illegal empty request body"),
        (names(51), "put user push nicknames exceeds the limit"),
        ([{"username": "carl", "push_nickname": "x" * 101}], "carl push nickname length exceeds the limit"),
        ([{"username": "carl"}], "parameters is invalid : 0.push_nickname"),
        ([{"username": "", "push_nickname": "x"}], "parameters is invalid : 0.username"),
        ([{"username": "org#app_", "push_nickname": "x"}], "parameters is invalid : username"),
        ([{"username": "carl", "push_nickname": None}], "parameters is invalid : 0.push_nickname"),
        ({"username": "carl", "push_nickname": "x"}, "parameters is invalid : body"),
    ],
)
def test_what_cannot_be_set(server: Caller, body: Any, description: str) -> None:
    """400 in Easemob's words, and none of the users is changed."""
    assert server.refused("PUT", PATH, body).startswith(description)
    assert "nickname" not in server.done("GET", "/users/carl")["entities"][0]


def test_it_needs_the_app(bob: Caller) -> None:
    """A user may not name others."""
    bob.refused("PUT", PATH, names(1), status=403)

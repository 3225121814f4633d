"""Push templates, of the app and of the receiver's choice."""

from typing import Any

import pytest

from tests.integration.api.push.client import Caller, app_caller
from tests.integration.api.push.conftest import FILE_TEMPLATE
from tests.integration.api.push.stored import Stored
from tests.integration.deployment import fresh, now_ms

PATH = "/notification/template"


def template(name: str, title: str = "Hello, {0}", content: str = "{$msg}") -> dict[str, str]:
    """Return a body."""
    return {"name": name, "title_pattern": title, "content_pattern": content}


def test_the_life_of_a_template(server: Caller) -> None:
    """Created, read, replaced, deleted: each answers the template, with the times of its creation and last change."""
    name = fresh("greeting")
    created = server.done("POST", PATH, template(name))["data"]
    assert abs(created["createAt"] - now_ms()) < 60_000
    assert created == {**template(name), "createAt": created["createAt"], "updateAt": created["createAt"]}
    assert server.done("GET", f"{PATH}/{name}")["data"] == created
    replaced = server.done("PUT", f"{PATH}/{name}", template(name, title="Bye"))["data"]
    assert (replaced["title_pattern"], replaced["createAt"]) == ("Bye", created["createAt"])
    assert replaced["updateAt"] >= created["updateAt"]
    assert server.done("DELETE", f"{PATH}/{name}")["data"] == replaced
    for method in ("GET", "DELETE", "PUT"):
        said = server.refused(method, f"{PATH}/{name}", template(name) if method == "PUT" else None)
        assert said == f"{name} template is not exist"


def test_creating_does_not_replace(server: Caller) -> None:
    """A second POST of a name is refused, and the first template stays."""
    name = fresh("greeting")
    server.done("POST", PATH, template(name))
    assert server.refused("POST", PATH, template(name, title="other")).startswith("parameters is invalid : name")
    assert server.done("GET", f"{PATH}/{name}")["data"]["title_pattern"] == "Hello, {0}"


def test_a_template_of_the_file(server: Caller) -> None:
    """It is read, covered by what is set here, comes to light again, and cannot be deleted."""
    path = f"{PATH}/{FILE_TEMPLATE}"
    in_file = server.done("GET", path)["data"]
    assert in_file == template(FILE_TEMPLATE, "from the file", "{$msg}")
    server.done("PUT", path, template(FILE_TEMPLATE, title="set"))
    assert server.done("GET", path)["data"]["title_pattern"] == "set"
    server.done("DELETE", path)
    assert server.done("GET", path)["data"] == in_file
    assert "configuration file" in server.refused("DELETE", path, status=409)


@pytest.mark.parametrize(
    ("body", "member"),
    [
        ({}, "title_pattern"),
        (template(""), "name"),
        (template("x" * 65), "name"),
        (template("a-b"), "name"),
        (template("模板"), "name"),
        (template("ok\n"), "name"),
        ({**template("x"), "name": 5}, "name"),
        (template("x", title="x" * 1025), "title_pattern"),
        (template("x", content="x" * 1025), "content_pattern"),
        ({"name": "x", "title_pattern": "t"}, "content_pattern"),
        ({**template("x"), "title_pattern": None}, "title_pattern"),
        ([], "body"),
    ],
)
def test_what_is_no_template(server: Caller, body: Any, member: str) -> None:
    """400 names the member, also of what would be replaced."""
    assert server.refused("POST", PATH, body).startswith(f"parameters is invalid : {member}")
    if member not in {"name", "body"}:
        assert server.refused("PUT", f"{PATH}/x", body).startswith(f"parameters is invalid : {member}")


@pytest.mark.parametrize("name", ["a-b", "x" * 65, "%E6%A8%A1"])
def test_a_name_that_none_can_have(server: Caller, name: str) -> None:
    """400 for reading, replacing and deleting."""
    for method in ("GET", "PUT", "DELETE"):
        said = server.refused(method, f"{PATH}/{name}", template("x") if method == "PUT" else None)
        assert said.startswith("parameters is invalid : name")


def test_a_receivers_choice(bob: Caller, stored: Stored) -> None:
    """Whatever the name, it is kept where the worker looks for it; empty takes it back."""
    assert bob.get(PATH)["data"] == {}
    assert bob.put(PATH, {"templateName": "nobodyHasIt"})["data"] == {"templateName": "nobodyHasIt"}
    assert bob.get(PATH)["data"] == {"templateName": "nobodyHasIt"}
    assert stored.read(bob.user)["s"] == {"template": "nobodyHasIt"}
    assert bob.put(PATH, {"templateName": ""})["data"] == {}
    assert bob.get(PATH)["data"] == {}


@pytest.mark.parametrize("body", [{}, {"templateName": None}, {"templateName": "a b"}, {"templateName": "x" * 65}])
def test_what_is_no_choice(bob: Caller, body: Any) -> None:
    """400 names the member."""
    assert bob.bad(PATH, body).startswith("parameters is invalid : templateName")


def test_whose_they_are(server: Caller, bob: Caller) -> None:
    """The app's are for app tokens only, a receiver's choice is for their own token only."""
    bob.refused("POST", PATH, template("x"), status=403)
    bob.refused("GET", f"{PATH}/{FILE_TEMPLATE}", status=403)
    server.refused("GET", f"/users/{bob.user}{PATH}", status=403)
    server.refused("PUT", f"/users/{bob.user}{PATH}", {"templateName": "x"}, status=403)


def test_without_the_advanced_features(plain: Caller) -> None:
    """Templates are among them."""
    server = app_caller(plain.client, plain.app)
    for method, body in (("GET", None), ("PUT", template("x")), ("DELETE", None)):
        assert "service not open!" in server.refused(method, f"{PATH}/x", body, status=403)
    assert "service not open!" in server.refused("POST", PATH, template("x"), status=403)
    for method, choice in (("GET", None), ("PUT", {"templateName": "x"})):
        assert "service not open!" in plain.refused(method, f"/users/{plain.user}{PATH}", choice, status=403)

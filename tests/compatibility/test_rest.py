"""Easemob's REST interface as its documentation has it: what app servers and other SDKs than the Web's rely on."""

import uuid
from typing import Any

import pytest

from tests.compatibility.server import Server
from tests.integration.deployment import fresh, fresh_token, now_ms

_ENVELOPE = {"path", "uri", "timestamp", "organization", "application", "action", "duration", "applicationName"}


@pytest.fixture
def user() -> str:
    """A user whom nobody has met."""
    return fresh("bob")


@pytest.fixture
def name() -> str:
    """A template's name that nobody has."""
    return fresh("tpl")


def refusal(server: Server, method: str, path: str, body: Any = None, status: int = 400) -> dict[str, Any]:
    """Send a request that must be refused; return the refusal."""
    answer = server.ask(method, path, body)
    said: dict[str, Any] = answer.json()
    assert answer.status_code == status, answer.text
    assert set(said) == {"error", "exception", "timestamp", "duration", "error_description"}
    return said


def entity(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the one entity of an answer."""
    (found,) = answer["entities"]
    return dict(found)


def test_the_envelope(server: Server, user: str) -> None:
    """Every answer names the app, the action, and how long it took; the app's uuid is always the same."""
    path = f"/users/{user}/notification/user/{user}"
    put, get = server.done("PUT", path, {"type": "AT"}), server.done("GET", path)
    for answer, action in ((put, "put"), (get, "get")):
        assert answer.keys() >= _ENVELOPE
        assert (answer["organization"], answer["applicationName"], answer["action"]) == ("org", "app", action)
        assert abs(answer["timestamp"] - now_ms()) < 60_000
    assert uuid.UUID(put["application"]) == uuid.UUID(get["application"])


def test_a_user_entity(server: Server, user: str) -> None:
    """A nickname is answered with the user's entity, and unset members are left out of the details."""
    found = entity(server.done("PUT", f"/users/{user}", {"nickname": "Bob"}))
    assert (found["type"], found["username"], found["nickname"]) == ("user", user, "Bob")
    assert found["uuid"] == str(uuid.UUID(found["uuid"]))
    absent = {"pushInfo", "notification_display_style", "notification_no_disturbing", "notifier_name", "device_token"}
    assert not absent & entity(server.done("GET", f"/users/{user}")).keys()


@pytest.mark.parametrize("sent", ["1", 1, "0", 0])
def test_a_display_style(server: Server, user: str, sent: str | int) -> None:
    """Taken as a number and as the text of the documentation's examples, answered as a number."""
    put = entity(server.done("PUT", f"/users/{user}", {"notification_display_style": sent}))
    get = entity(server.done("GET", f"/users/{user}"))
    assert put["notification_display_style"] == get["notification_display_style"] == int(sent)


def test_the_old_do_not_disturb(server: Server, user: str) -> None:
    """Whole hours as texts, on and off."""
    wanted = {"notification_no_disturbing_start": "22", "notification_no_disturbing_end": "8"}
    server.done("PUT", f"/users/{user}", {"notification_no_disturbing": True, **wanted})
    found = entity(server.done("GET", f"/users/{user}"))
    assert found["notification_no_disturbing"] is True
    assert {name: str(found[name]) for name in wanted} == wanted
    server.done("PUT", f"/users/{user}", {"notification_no_disturbing": False})
    assert not entity(server.done("GET", f"/users/{user}")).get("notification_no_disturbing")


def test_nicknames_of_many(server: Server) -> None:
    """Up to 50 at once; the answer is the list."""
    wanted = [{"username": fresh("bob"), "push_nickname": f"Bob {number}"} for number in range(50)]
    assert server.done("PUT", "/push/nickname", wanted)["entities"] == wanted
    assert entity(server.done("GET", f"/users/{wanted[7]['username']}"))["nickname"] == "Bob 7"


@pytest.mark.parametrize(
    ("number", "length", "text"),
    [
        (0, 1, "put user push nicknames illegal empty request body"),
        (51, 1, "put user push nicknames exceeds the limit"),
        (1, 101, "push nickname length exceeds the limit"),
    ],
)
def test_nicknames_that_cannot_be(server: Server, number: int, length: int, text: str) -> None:
    """Each fault has the documentation's words."""
    wanted = [{"username": fresh("bob"), "push_nickname": "x" * length} for _ in range(number)]
    assert text in refusal(server, "PUT", "/push/nickname", wanted)["error_description"]


def binding(device: str, token: str, notifier: str) -> dict[str, str]:
    """Return a binding."""
    return {"device_id": device, "device_token": token, "notifier_name": notifier}


def test_bindings(server: Server, user: str) -> None:
    """A PUT answers what is bound of its device, a GET that of all; empty members unbind."""
    path = f"/users/{user}/push/binding"
    one, two, pad = (
        binding(device, fresh_token(), notifier)
        for device, notifier in (("ios_1", "apns"), ("ios_1", "fcm"), ("pad_2", "apns"))
    )
    assert server.done("PUT", path, one)["entities"] == [one]
    assert sorted(server.done("PUT", path, two)["entities"], key=str) == sorted([one, two], key=str)
    assert server.done("PUT", path, pad)["entities"] == [pad]
    assert len(server.done("GET", path)["entities"]) == 3
    assert server.done("PUT", path, {**one, "device_token": ""})["entities"] == [two]
    assert server.done("PUT", path, binding("ios_1", "", ""))["entities"] == []
    assert server.done("GET", path)["entities"] == [pad]


def template(name: str, content: str = "{$msg}") -> dict[str, str]:
    """Return a template."""
    return {"name": name, "title_pattern": "Hello {0}", "content_pattern": content}


def test_a_template_lives(server: Server, name: str) -> None:
    """Created, read, changed, deleted; each answer is the template and when it was made and changed."""
    path, made = f"/notification/template/{name}", template(name)
    created = server.done("POST", "/notification/template", made)["data"]
    assert {key: created[key] for key in made} == made
    assert abs(created["createAt"] - now_ms()) < 60_000
    changed = server.done("PUT", path, {"title_pattern": "Hi", "content_pattern": "{0}"})["data"]
    assert (changed["title_pattern"], changed["createAt"]) == ("Hi", created["createAt"])
    assert changed["updateAt"] >= created["updateAt"]
    assert server.done("GET", path)["data"] == changed == server.done("DELETE", path)["data"]
    gone = refusal(server, "GET", path)
    assert (gone["exception"].rpartition(".")[2], gone["error_description"]) == (
        "EntityNotFoundException",
        f"{name} template is not exist",
    )


@pytest.mark.parametrize("wrong", ["", "x" * 65, "a b", "a-b", "模板"])
def test_a_templates_name(server: Server, wrong: str) -> None:
    """Letters and digits, up to 64."""
    said = refusal(server, "POST", "/notification/template", template(wrong))
    assert said["error_description"].startswith("parameters is invalid : name")


def test_a_receivers_template(server: Server, user: str) -> None:
    """The user's own choice, by the user's own token; whether there is such a template is not asked."""
    path, own = f"/users/{user}/notification/template", server.as_user(user)
    assert own.done("PUT", path, {"templateName": "nobodyHas"})["data"] == {"templateName": "nobodyHas"}
    assert own.done("GET", path)["data"] == {"templateName": "nobodyHas"}
    assert server.ask("PUT", path, {"templateName": "x"}).status_code in (401, 403)


def test_who_is_online(server: Server, user: str) -> None:
    """Nobody has met the user: offline, no device, no message waits."""
    assert server.done("GET", f"/users/{user}/offline_msg_count")["data"] == {user: 0}
    assert server.done("GET", f"/users/{user}/resources")["data"] == []
    assert server.done("GET", f"/users/{user}/status")["data"] == {user: "offline"}
    batch = server.done("POST", "/users/batch/status", {"usernames": [user, "nobody"]})["data"]
    assert batch == [{user: "offline"}, {"nobody": "offline"}]
    refusal(server, "POST", "/users/batch/status", {"usernames": [f"u{number}" for number in range(101)]})


def test_statistics(server: Server) -> None:
    """By day and platform, three counts each."""
    answer = server.done("GET", "/push/data/offline-push/begin/2026-11-24/end/2026-11-25?platform=ALL")
    assert answer["status"] == "OK"
    assert set(answer["data"]) == {"2026-11-24", "2026-11-25"}
    for platforms in answer["data"].values():
        assert {"APNS", "ANDROID", "HUAWEIPUSH"} <= platforms.keys()
        assert all(set(counts) == {"successCount", "failCount", "arriveCount"} for counts in platforms.values())


def test_refusals_have_easemobs_words(api: str, server: Server, user: str) -> None:
    """Unknown paths, apps and tokens, and JSON that is none."""
    path = f"/users/{user}/notification/user/{user}"
    assert refusal(server, "GET", "/nothing/here", status=404)["error_description"] == "url is invalid"
    nowhere = Server(api, server.token, "/org/nowhere")
    assert refusal(nowhere, "GET", path, status=404)["error_description"] == (
        f"Could not find application for org/nowhere from URI: org/nowhere{path}"
    )
    assert "Unable to authenticate" in refusal(Server(api), "GET", path, status=401)["error_description"]


def test_the_password_grant(api: str) -> None:
    """There are no passwords here: what `conn.open({user, pwd})` sends is refused in words, not with a fault."""
    grant = {"grant_type": "password", "username": "bob", "password": "x", "timestamp": now_ms()}
    assert 400 <= Server(api).ask("POST", "/token", grant).status_code < 500


@pytest.mark.parametrize("query", ["?resource=web_1", "?_v=1795643690166", "?anything=1&resource="])
def test_what_is_not_known_is_ignored(server: Server, user: str, query: str) -> None:
    """In the query, and in the body."""
    path = f"/users/{user}/notification/user/{user}"
    assert server.done("PUT", path + query, {"type": "AT", "anything": 1})["data"] == {"type": "AT"}
    assert server.done("GET", path + query)["data"] == {"type": "AT"}

"""What is set over HTTP holds for the next message: API, worker and vendors as processes."""

from typing import Any

import pytest

from tests.integration.api.push.client import Caller, user_caller
from tests.integration.configuration import APNS
from tests.integration.deployment import Deployment, fresh, fresh_token

TRANSLATED = {"meta": {"translations": [{"code": "en", "text": "Good day"}]}}


@pytest.fixture
def bob(server: Caller) -> Caller:
    """A user with a bound phone that shows texts."""
    user = user_caller(server, fresh("bob"))
    user.put("", {"notification_display_style": "1", "nickname": "Bob"})
    user.put("/push/binding", {"device_id": "ios_1", "device_token": fresh_token(), "notifier_name": APNS})
    return user


def token_of(caller: Caller) -> str:
    """Return the token of the user's one phone."""
    (binding,) = caller.get("/push/binding")["entities"]
    return str(binding["device_token"])


def reason(deployment: Deployment, to: Caller, **message: Any) -> str:
    """Send a message; return why it was or was not pushed."""
    return str(deployment.decision(deployment.say(to.user, **message), to.user)["reason"])


def group(number: str) -> dict[str, Any]:
    """Return the members of a group message."""
    return {"chat_type": "groupchat", "group_id": number}


def test_a_push_in_the_language_chosen(deployment: Deployment, bob: Caller) -> None:
    """The bound phone gets the translation, until the language is taken back."""
    for language, text in (("EN", "Good day"), ("", "你好")):
        bob.put("/notification/language", {"translationLanguage": language})
        msg_id = deployment.say(bob.user, text="你好", payload=TRANSLATED)
        deployment.settled(msg_id, bob.user)
        assert deployment.decision(msg_id, bob.user)["body"].endswith(text)
    assert len(deployment.vendors.pushes_to(token_of(bob))) == 2


#: Path and body of what silences, what takes it back, and the reason meanwhile.
SILENCES: dict[str, tuple[str, dict[str, Any], dict[str, Any], str]] = {
    "the app": ("/notification/user/{}", {"type": "NONE"}, {"type": "ALL"}, "remind_none"),
    "mentions": ("/notification/user/{}", {"type": "AT"}, {"type": "ALL"}, "not_mentioned"),
    "a while": ("/notification/user/{}", {"ignoreDuration": 60_000}, {"ignoreDuration": 0}, "dnd_duration"),
    "all day": ("/notification/user/{}", {"ignoreInterval": "8:0-8:0"}, {"ignoreInterval": "0:0-0:0"}, "dnd_interval"),
    "a sender": ("/notification/user/alice", {"type": "NONE"}, {"type": "DEFAULT"}, "remind_none"),
    "a sender for a while": (
        "/notification/user/Alice",
        {"ignoreDuration": 60_000},
        {"ignoreDuration": 0},
        "dnd_conversation",
    ),
}


@pytest.mark.parametrize(("path", "silence", "end", "expected"), SILENCES.values(), ids=list(SILENCES))
def test_silence_and_its_end(
    deployment: Deployment, bob: Caller, path: str, silence: dict[str, Any], end: dict[str, Any], expected: str
) -> None:
    """The next message is not pushed, and the first after the end is."""
    bob.put(path.format(bob.user), silence)
    assert reason(deployment, bob) == expected
    bob.put(path.format(bob.user), end)
    assert reason(deployment, bob) == "pushed"


def test_a_muted_group(deployment: Deployment, bob: Caller) -> None:
    """Muted in the old form or the new one, of all groups only that one stays silent."""
    for path, body in (
        ("", {"entities": [{"notification_ignore_77": True}]}),
        ("/notification/chatgroup/78", {"type": "NONE"}),
    ):
        bob.put(path, body)
    assert [reason(deployment, bob, **group(number)) for number in ("77", "78", "79")] == [
        "remind_none",
        "remind_none",
        "pushed",
    ]


def test_a_phone_that_is_unbound(deployment: Deployment, bob: Caller) -> None:
    """Gets nothing any more."""
    bob.put("", {"device_id": "ios_1", "device_token": "", "notifier_name": ""})
    assert reason(deployment, bob) == "no_binding"

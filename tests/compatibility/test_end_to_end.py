"""From the Web SDK to the phone: API, worker and vendors as processes, nothing between them but public routes."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.compatibility.phone import Phone, group, phone_of
from tests.compatibility.sdk import Client
from tests.compatibility.server import Server
from tests.compatibility.test_conversations import about
from tests.compatibility.test_silent_mode import duration, interval, remind
from tests.integration.deployment import Deployment, fresh

TRANSLATED = {"meta": {"translations": [{"code": "zh-Hans", "text": "你好"}, {"code": "fr", "text": "Bonjour"}]}}


@pytest.fixture
def phone(bob: Client, server: Server, deployment: Deployment) -> Phone:
    """Bob's phone."""
    return phone_of(bob, server, deployment)


def test_from_silence_to_a_push_in_the_language_chosen(phone: Phone) -> None:
    """The SDK sets do-not-disturb: no push. It ends it and chooses a language: the next message comes in it."""
    phone.client.done("setSilentModeForAll", duration(3_600_000))
    phone.meets("Hello", payload=TRANSLATED)
    assert phone.shown == []
    phone.client.done("setSilentModeForAll", duration(0))
    phone.client.done("setPushPerformLanguage", {"language": "fr"})
    phone.meets("Hello", payload=TRANSLATED)
    assert phone.texts == ["alice: Bonjour"]


def test_a_language_that_the_message_has_not(phone: Phone) -> None:
    """The original is pushed."""
    phone.client.done("setPushPerformLanguage", {"language": "de"})
    phone.meets("Hello", payload=TRANSLATED)
    assert phone.texts == ["alice: Hello"]


#: What silences the app, and what ends it.
SILENCES = {
    "type": (remind("NONE"), remind("ALL")),
    "duration": (duration(3_600_000), duration(0)),
    "only mentions": (remind("AT"), remind("ALL")),
}


@pytest.mark.parametrize(("silence", "end"), SILENCES.values(), ids=SILENCES)
def test_the_app_is_silent(phone: Phone, silence: dict[str, Any], end: dict[str, Any]) -> None:
    """From the next message on, until the next after the end."""
    phone.client.done("setSilentModeForAll", silence)
    phone.meets("silent")
    phone.client.done("setSilentModeForAll", end)
    phone.meets("loud")
    assert phone.texts == ["alice: loud"]


@pytest.mark.parametrize("off", ["0:0-0:0", "00:00-00:00", ""])
def test_silent_all_day_until_rest_ends_it(phone: Phone, server: Server, off: str) -> None:
    """Where start and end are the same it is all day, except at 0:0, which no Web SDK can send: that is never."""
    bob = phone.client
    bob.done("setSilentModeForAll", interval((5, 5), (5, 5)))
    phone.meets("silent")
    path = f"/users/{bob.user}/notification/user/{bob.user}"
    server.as_user(bob.user).done("PUT", path, {"ignoreInterval": off})
    phone.meets("loud")
    assert phone.texts == ["alice: loud"]


@pytest.mark.parametrize("silence", [remind("NONE"), duration(3_600_000)], ids=["type", "duration"])
def test_one_group_is_silent(phone: Phone, silence: dict[str, Any]) -> None:
    """That one alone; once it is cleared, or its duration is over, it is like the others."""
    phone.client.done("setSilentModeForConversation", about("77", options=silence))
    phone.meets("silent", **group("77"))
    phone.meets("another group", **group("78"))
    phone.client.done("setSilentModeForConversation", about("77", options=duration(0)))
    phone.client.done("clearRemindTypeForConversation", about("77"))
    phone.meets("loud", **group("77"))
    assert [text.split(": ")[1] for text in phone.texts] == ["another group", "loud"]


def test_one_person_is_silent(phone: Phone) -> None:
    """Messages of that person alone are."""
    phone.client.done("setSilentModeForConversation", about("alice", "singleChat", remind("NONE")))
    phone.meets("silent")
    phone.meets("loud", **{"from": "carl"})
    assert phone.texts == ["carl: loud"]


def test_a_conversation_speaks_for_itself(phone: Phone) -> None:
    """Its own type beats the app's: one group is heard though the rest is silent."""
    phone.client.done("setSilentModeForAll", remind("NONE"))
    phone.client.done("setSilentModeForConversation", about("77", options=remind("ALL")))
    phone.meets("silent", **group("78"))
    phone.meets("loud", **group("77"))
    assert len(phone.shown) == 1
    assert phone.shown[0]["g"] == "77"


def test_do_not_disturb_beats_every_type(phone: Phone) -> None:
    """A group that is set to ALL stays silent while the app is not to disturb."""
    phone.client.done("setSilentModeForAll", duration(3_600_000))
    phone.client.done("setSilentModeForConversation", about("77", options=remind("ALL")))
    phone.meets("silent", **group("77"))
    assert phone.shown == []


def test_an_interval_of_a_conversation_has_no_effect(phone: Phone) -> None:
    """It is taken and ignored."""
    phone.client.done("setSilentModeForConversation", about("77", options=interval((5, 5), (5, 5))))
    phone.meets("loud", **group("77"))
    assert len(phone.shown) == 1


def test_only_mentions_of_a_group(phone: Phone) -> None:
    """AT lets through what mentions the user, or everybody."""
    phone.client.done("setSilentModeForConversation", about("77", options=remind("AT")))
    for mentioned in ([], ["carl"], [phone.client.user], "ALL"):
        phone.meets(str(mentioned), payload={"ext": {"em_at_list": mentioned}}, **group("77"))
    assert len(phone.shown) == 2


def test_a_muted_group_of_the_old_kind(phone: Phone) -> None:
    """What `blockGroupMessages` mutes is silent."""
    phone.client.done("blockGroupMessages", {"groupId": "77"})
    phone.meets("silent", **group("77"))
    phone.meets("loud", **group("78"))
    assert [push["g"] for push in phone.shown] == ["78"]


def test_an_unbound_device(phone: Phone) -> None:
    """After `unbindPushToken` of the device nothing comes; after another upload, the next message does."""
    own = phone.client.on(resource="ios_1")
    own.done("unbindPushToken")
    phone.meets("silent")
    own.done("uploadPushToken", {"deviceId": "ios_1", "deviceToken": phone.token, "notifierName": "com.example.app"})
    phone.meets("loud")
    assert phone.texts == ["alice: loud"]


def test_a_nickname_is_on_the_push(phone: Phone, log_in: Callable[[str], Client]) -> None:
    """The sender's, as the sender's page has set it; Easemob writes it before a full-width colon."""
    sender = log_in(fresh("anna"))
    sender.done("updateCurrentUserNick", "Anna K.")
    phone.meets("Hello", **{"from": sender.user})
    assert phone.texts == ["Anna K.：Hello"]


def test_the_badge_is_what_the_server_reads(phone: Phone, server: Server) -> None:
    """The number on the phone is that of `offline_msg_count`; silent messages count too."""
    phone.client.done("setSilentModeForAll", remind("NONE"))
    phone.meets("silent")
    phone.client.done("setSilentModeForAll", remind("ALL"))
    phone.meets("loud")
    (push,) = phone.shown
    answer = server.done("GET", f"/users/{phone.client.user}/offline_msg_count")
    assert answer["data"] == {phone.client.user: 2}
    assert push["aps"]["badge"] == 2

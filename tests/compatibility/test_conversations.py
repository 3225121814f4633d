"""Settings of conversations from the Web SDK: single chats, groups, chat rooms; one, several, and the muted ones."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.compatibility.sdk import Client
from tests.compatibility.server import Server
from tests.compatibility.test_silent_mode import duration, interval, remind
from tests.integration.deployment import fresh, now_ms
from tests.integration.eventually import eventually

_HOUR_MS = 3_600_000
KINDS = ["singleChat", "groupChat", "chatRoom"]
Options = dict[str, Any]


def about(conversation: str, kind: str = "groupChat", options: Options | None = None) -> Options:
    """Return the SDK's argument that names a conversation."""
    return {"conversationId": conversation, "type": kind, **(options or {})}


def listed(*conversations: tuple[str, str]) -> Options:
    """Return the SDK's argument that names several; each is an id and a type."""
    return {"conversationList": [{"id": name, "type": kind} for name, kind in conversations]}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("remind_type", ["ALL", "AT", "NONE"])
def test_a_remind_type_is_read_back(bob: Client, kind: str, remind_type: str) -> None:
    """What is set of a conversation is answered and read back; the app's own setting stays."""
    name = fresh("c")
    assert bob.done("setSilentModeForConversation", about(name, kind, remind(remind_type))) == {"type": remind_type}
    assert bob.done("getSilentModeForConversation", about(name, kind)) == {"type": remind_type}
    assert bob.done("getSilentModeForAll").get("type", "ALL") == "ALL"


@pytest.mark.parametrize("kind", KINDS)
def test_a_duration_is_read_back(bob: Client, kind: str) -> None:
    """Milliseconds go in, a moment comes out."""
    before = now_ms()
    data = bob.done("setSilentModeForConversation", about("7", kind, duration(_HOUR_MS)))
    assert before + _HOUR_MS <= data["ignoreDuration"] <= now_ms() + _HOUR_MS
    assert bob.done("getSilentModeForConversation", about("7", kind)) == data


def test_an_interval_of_a_conversation_is_taken(bob: Client) -> None:
    """The product takes it, though it has no effect; the type beside it stays."""
    bob.done("setSilentModeForConversation", about("7", options=remind("AT")))
    assert bob.done("setSilentModeForConversation", about("7", options=interval((8, 30), (15, 45))))["type"] == "AT"


@pytest.mark.parametrize("kind", KINDS)
def test_a_cleared_conversation_inherits(bob: Client, kind: str) -> None:
    """Afterwards no type is left; the duration is."""
    ends = bob.done("setSilentModeForConversation", about("7", kind, duration(_HOUR_MS)))["ignoreDuration"]
    bob.done("setSilentModeForConversation", about("7", kind, remind("NONE")))
    bob.done("clearRemindTypeForConversation", about("7", kind))
    assert bob.done("getSilentModeForConversation", about("7", kind)) == {"ignoreDuration": ends}


def test_a_conversation_that_was_never_set(bob: Client) -> None:
    """It inherits: the answer holds nothing of its own."""
    assert bob.done("getSilentModeForConversation", about("7")) == {}
    bob.done("clearRemindTypeForConversation", about("7"))
    assert bob.done("getSilentModeForConversation", about("7")) == {}


def test_a_chat_room_is_a_group(bob: Client) -> None:
    """The SDK sends rooms, threads and groups to one path: they share their ids. A person is another."""
    bob.done("setSilentModeForConversation", about("7", "chatRoom", remind("NONE")))
    assert bob.done("getSilentModeForConversation", about("7", "groupChat")) == {"type": "NONE"}
    assert bob.done("getSilentModeForConversation", about("7", "thread")) == {"type": "NONE"}
    assert bob.done("getSilentModeForConversation", about("7", "singleChat")) == {}


@pytest.mark.parametrize("name", ["a b", "群组1", "a/b", "a?b=c", "50%", "a#b", "a+b"])
def test_encoded_ids(bob: Client, server: Server, name: str) -> None:
    """The newer SDK encodes ids: then any id is one id, to the SDK and to the app's server."""
    encoded = quote(name, safe="")
    bob.done("setSilentModeForConversation", about(encoded, options=remind("AT")))
    data = server.done("GET", f"/users/{bob.user}/notification/chatgroup/{encoded}")["data"]
    assert data == {"type": "AT"}
    assert list(bob.done("getSilentModeForConversations", listed((encoded, "groupChat")))["group"]) == [name]


@pytest.mark.parametrize("name", ["a b", "群组1", "a+b", "a@b", "a/b"])
def test_ids_that_are_not_encoded(bob: Client, name: str) -> None:
    """The SDK of today sends them as they are: they mean what their encoded form means."""
    bob.done("setSilentModeForConversation", about(name, options=remind("AT")))
    assert bob.done("getSilentModeForConversation", about(quote(name, safe=""))) == {"type": "AT"}


def test_several_conversations(bob: Client) -> None:
    """Only those with a setting of their own are answered, by kind and id."""
    bob.done("setSilentModeForConversation", about("anna", "singleChat", remind("NONE")))
    bob.done("setSilentModeForConversation", about("7", "groupChat", remind("AT")))
    asked = listed(("anna", "singleChat"), ("carl", "singleChat"), ("7", "groupChat"), ("8", "chatRoom"))
    expected = {"user": {"anna": {"type": "NONE"}}, "group": {"7": {"type": "AT"}}}
    assert bob.done("getSilentModeForConversations", asked) == expected


@pytest.mark.parametrize("asked", [listed(), listed(("carl", "singleChat")), listed(("8", "groupChat"))])
def test_several_conversations_without_settings(bob: Client, asked: Options) -> None:
    """Both kinds are objects even when they are empty: demos read their keys. What else is set is not among them."""
    bob.done("setSilentModeForAll", remind("NONE"))
    bob.done("setSilentModeForConversation", about("7", options=remind("NONE")))
    assert bob.done("getSilentModeForConversations", asked) == {"user": {}, "group": {}}


def test_what_is_over_is_left_out(bob: Client) -> None:
    """A conversation whose duration has ended, or that was cleared, inherits like any other."""
    bob.done("setSilentModeForConversation", about("7", options=duration(1)))
    bob.done("setSilentModeForConversation", about("8", options=remind("NONE")))
    bob.done("clearRemindTypeForConversation", about("8"))
    asked = listed(("7", "groupChat"), ("8", "groupChat"))
    eventually(lambda: bob.done("getSilentModeForConversations", asked), lambda data: data == {"user": {}, "group": {}})


def test_20_conversations_at_once(bob: Client) -> None:
    """So many are answered; the SDK sends more, and learns why not."""
    many = [(f"g{number}", "groupChat") for number in range(25)]
    for name, kind in many:
        bob.done("setSilentModeForConversation", about(name, kind, remind("NONE")))
    assert len(bob.done("getSilentModeForConversations", listed(*many[:20]))["group"]) == 20
    assert bob.rejected("getSilentModeForConversations", listed(*many))[0] == 17


def muted(bob: Client, page_size: int) -> list[dict[str, str]]:
    """Return the muted conversations, read page by page as the SDK's users do."""
    found: list[dict[str, str]] = []
    cursor = ""
    while True:
        page = bob.done("getSilentModeRemindTypeConversations", {"pageSize": page_size, "cursor": cursor})
        assert len(page["conversations"]) <= (page_size or 10)
        found += page["conversations"]
        if not (cursor := page.get("cursor") or ""):
            return found


@pytest.mark.parametrize("page_size", [0, 1, 7, 100])
def test_the_muted_conversations(bob: Client, page_size: int) -> None:
    """Every conversation with a type of its own is on exactly one page, however long the pages are."""
    wanted = {("anna", "singleChat"): "NONE", **{(f"g{number}", "groupChat"): "AT" for number in range(12)}}
    for (name, kind), remind_type in wanted.items():
        bob.done("setSilentModeForConversation", about(name, kind, remind(remind_type)))
    found = muted(bob, page_size)
    assert len(found) == len(wanted)
    assert {(each["conversationId"], each["type"]): each["remindType"] for each in found} == wanted


def test_no_muted_conversations(bob: Client) -> None:
    """A list that is empty is a list; what was cleared is not on it."""
    bob.done("setSilentModeForConversation", about("7", options=remind("NONE")))
    bob.done("clearRemindTypeForConversation", about("7"))
    assert muted(bob, 10) == []


@pytest.mark.parametrize("page_size", [-1, 101, 1.5])
def test_pages_have_limits(bob: Client, page_size: float) -> None:
    """From 1 to 100 conversations."""
    assert bob.rejected("getSilentModeRemindTypeConversations", {"pageSize": page_size})[0] == 17

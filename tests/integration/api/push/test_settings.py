"""Notification settings: what is set is read back with the same meaning, by the app and by conversation."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.integration.api.push.client import Caller, user_caller
from tests.integration.api.push.stored import Stored
from tests.integration.deployment import fresh, now_ms

DAY_MS, WEEK_MS = 86_400_000, 604_800_000


def own(caller: Caller) -> str:
    """Return the path of the setting at app level."""
    return f"/notification/user/{caller.user}"


def test_a_user_who_never_set_anything(bob: Caller) -> None:
    """Data is an object in each answer, and what is not set is absent."""
    assert bob.get(own(bob))["data"] == {}
    assert bob.get("/notification/chatgroup/77")["data"] == {}
    assert bob.get("/notification?user=&group=")["data"] == {"user": {}, "group": {}}
    assert bob.get("/notification")["data"] == {"user": {}, "group": {}}
    assert bob.get("/notification/mute/type?limit=10")["data"] == []


def test_the_envelope(bob: Caller) -> None:
    """Answers are wrapped as Easemob's are, and have no setting at the top, where the newer SDK would take it."""
    answer = bob.put(own(bob), {"type": "AT"})
    assert (answer["organization"], answer["applicationName"], answer["action"]) == ("org", "app", "put")
    assert abs(answer["timestamp"] - now_ms()) < 60_000
    assert not {"type", "ignoreInterval", "ignoreDuration"} & set(answer)


def test_a_change_names_what_it_changes(bob: Caller) -> None:
    """A PUT changes only its own members and answers the whole setting, which a GET repeats."""
    assert bob.put(own(bob), {"ignoreInterval": "21:30-08:00"})["data"] == {"ignoreInterval": "21:30-08:00"}
    assert bob.put(own(bob), {"type": "AT"})["data"] == {"type": "AT", "ignoreInterval": "21:30-08:00"}
    whole = bob.put(own(bob), {"ignoreDuration": DAY_MS})["data"]
    assert set(whole) == {"type", "ignoreInterval", "ignoreDuration"}
    assert bob.put(own(bob), {})["data"] == whole
    assert bob.get(own(bob))["data"] == whole
    assert bob.put(own(bob), {"ignoreInterval": "", "ignoreDuration": 0})["data"] == {"type": "AT"}


@pytest.mark.parametrize("duration", [60_000, DAY_MS, WEEK_MS])
def test_a_duration_is_relative_in_and_absolute_out(bob: Caller, duration: int) -> None:
    """Milliseconds from now come back as milliseconds since 1970; a new one counts from now again."""
    before = now_ms()
    ends = bob.put(own(bob), {"ignoreDuration": duration})["data"]["ignoreDuration"]
    assert before + duration <= ends <= now_ms() + duration
    assert bob.put(own(bob), {"ignoreDuration": duration})["data"]["ignoreDuration"] >= ends


@pytest.mark.parametrize("interval", ["8:30-15:45", "22:5-7:9", "08:05-09:00", "0:0-0:0", "00:00-23:59", "9:9-9:9"])
def test_an_interval_comes_back_as_it_was_sent(bob: Caller, interval: str) -> None:
    """With zeros in front or without, over midnight or not."""
    assert bob.put(own(bob), {"ignoreInterval": interval})["data"]["ignoreInterval"] == interval


@pytest.mark.parametrize("kind", ["user", "chatgroup"])
def test_a_conversation_has_its_own(bob: Caller, kind: str) -> None:
    """A conversation's setting is apart from the app's and from that of the other kind; DEFAULT takes its type back."""
    path, other = f"/notification/{kind}/77", f"/notification/{'chatgroup' if kind == 'user' else 'user'}/77"
    assert bob.put(path, {"type": "NONE", "ignoreInterval": "8:30-15:45"})["data"]["ignoreInterval"] == "8:30-15:45"
    assert bob.get(own(bob))["data"] == bob.get(other)["data"] == {}
    assert bob.put(path, {"type": "DEFAULT"})["data"] == {"ignoreInterval": "8:30-15:45"}
    assert bob.put(path, {"ignoreInterval": ""})["data"] == {}
    assert bob.get(path)["data"] == {}


#: What a path may say for an id -> the id.
IDS = {
    "alice": "alice",
    "a%20b": "a b",
    "a/b": "a/b",
    "a%2Fb": "a/b",
    "a/b%2Fc%20d%3Fe": "a/b/c d?e",
    "100%25": "100%",
    "100%": "100%",
    "%E4%BD%A0": "你",
    "mute/type": "mute/type",
    "language": "language",
}


@pytest.mark.parametrize(("sent", "meant"), IDS.items(), ids=list(IDS.values()))
@pytest.mark.parametrize("kind", ["user", "chatgroup"])
def test_ids_encoded_or_not(bob: Caller, stored: Stored, kind: str, sent: str, meant: str) -> None:
    """An id is the same, whether a client encodes it or not; `resource` and `_v` are nobody's business."""
    bob.put(f"/notification/{kind}/{sent}?resource=web_1&_v=1", {"type": "NONE"})
    assert bob.get(f"/notification/{kind}/{sent}")["data"] == {"type": "NONE"}
    field = f"c:{'user' if kind == 'user' else 'group'}:{meant}"
    assert stored.read(bob.user)[field] == {"type": "NONE"}


def test_user_ids_in_any_case(server: Caller, bob: Caller) -> None:
    """Users are the same in upper case and as JIDs; groups' ids are taken as they are."""
    bob.put("/notification/user/ALICE", {"type": "NONE"})
    assert bob.get("/notification/user/org%23app_alice%40easemob.com")["data"] == {"type": "NONE"}
    path = f"/users/{bob.user.upper()}/notification/user/{bob.user.upper()}"
    assert bob.done("PUT", path, {"type": "AT"})["data"] == {"type": "AT"}
    assert server.done("GET", f"/users/{bob.user}{own(bob)}")["data"] == {"type": "AT"}
    bob.put("/notification/chatgroup/G1", {"type": "NONE"})
    assert bob.get("/notification/chatgroup/g1")["data"] == {}


def test_several_at_once(bob: Caller) -> None:
    """Both kinds are objects, keyed as asked; conversations that inherit are left out."""
    bob.put("/notification/user/alice", {"type": "NONE"})
    bob.put("/notification/chatgroup/1", {"ignoreDuration": DAY_MS})
    bob.put("/notification/chatgroup/a+b", {"type": "AT"})
    bob.put("/notification/user/carol", {"type": "NONE"})
    bob.put("/notification/user/carol", {"type": "DEFAULT"})
    data = bob.get("/notification?user=Alice,carol,nobody&group=1,a+b,2&_v=1")["data"]
    assert data["user"] == {"Alice": {"type": "NONE"}}
    assert data["group"]["a+b"] == {"type": "AT"}
    assert set(data["group"]) == {"1", "a+b"}
    assert bob.get("/notification?user=&group=")["data"] == {"user": {}, "group": {}}
    assert bob.get("/notification?user=alice%2Ccarol")["data"] == {"user": {"alice": {"type": "NONE"}}, "group": {}}


def test_what_is_over(bob: Caller, stored: Stored) -> None:
    """A duration that has ended, and a type DEFAULT that others wrote, are absent from every answer."""
    stored.write(bob.user, {"s": '{"ignoreDuration":1,"type":"DEFAULT"}', "c:group:1": '{"ignoreDuration":1}'})
    assert bob.get(own(bob))["data"] == bob.get("/notification/chatgroup/1")["data"] == {}
    assert bob.get("/notification?group=1")["data"] == {"user": {}, "group": {}}
    assert bob.put("/notification/chatgroup/1", {"type": "AT"})["data"] == {"type": "AT"}


@pytest.mark.parametrize("garbage", ["", "{", "[]", '{"type":5}', '{"type":"BOGUS","ignoreDuration":"x"}', "\xff"])
def test_what_others_left_there(bob: Caller, stored: Stored, garbage: str) -> None:
    """What cannot be read counts as not set, and what the user sets then is read."""
    stored.write(bob.user, {"s": garbage, "c:group:1": garbage})
    assert bob.get(own(bob))["data"] == bob.get("/notification/chatgroup/1")["data"] == {}
    assert bob.get("/notification/mute/type")["data"] == []
    assert bob.put(own(bob), {"type": "NONE"})["data"] == {"type": "NONE"}


def test_the_list_of_the_muted(bob: Caller) -> None:
    """Every conversation with a type of its own, page by page, each once; the last page has no cursor."""
    kinds = [("user", f"u{number}") for number in range(12)] + [("chatgroup", f"{number}") for number in range(13)]
    for kind, key in kinds:
        bob.put(f"/notification/{kind}/{key}", {"type": "NONE"})
    bob.put("/notification/user/over", {"ignoreDuration": DAY_MS})
    pages, cursor = [], ""
    while True:
        answer = bob.get(f"/notification/mute/type?limit=10&_v=1{cursor}")
        pages.append(answer["data"])
        if "cursor" not in answer:
            break
        cursor = f"&cursor={answer['cursor']}"
    assert [len(page) for page in pages] == [10, 10, 5]
    found = [each for page in pages for each in page]
    assert all(each["value"] == "NONE" for each in found)
    assert {each["user"] for each in found if "user" in each} == {f"u{number}" for number in range(12)}
    assert {each["group"] for each in found if "group" in each} == {f"{number}" for number in range(13)}


#: Body -> the member that the refusal names.
WRONG: dict[str, tuple[Any, str]] = {
    "a type nobody knows": ({"type": "BOGUS"}, "type"),
    "a type in lower case": ({"type": "all"}, "type"),
    "no type": ({"type": None}, "type"),
    "a number for a type": ({"type": 1}, "type"),
    "NaN": ({"ignoreDuration": None}, "ignoreDuration"),
    "a part of a millisecond": ({"ignoreDuration": 1.5}, "ignoreDuration"),
    "a whole number with a point": ({"ignoreDuration": 1.0}, "ignoreDuration"),
    "a text for a number": ({"ignoreDuration": "1000"}, "ignoreDuration"),
    "a flag for a number": ({"ignoreDuration": True}, "ignoreDuration"),
    "less than nothing": ({"ignoreDuration": -5}, "ignoreDuration"),
    "more than a week": ({"ignoreDuration": WEEK_MS + 1}, "ignoreDuration"),
    "more than any number": ({"ignoreDuration": 10**400}, "ignoreDuration"),
    "no interval": ({"ignoreInterval": None}, "ignoreInterval"),
    "an hour too many": ({"ignoreInterval": "24:00-1:00"}, "ignoreInterval"),
    "a minute too many": ({"ignoreInterval": "8:60-9:00"}, "ignoreInterval"),
    "99": ({"ignoreInterval": "99:99-99:99"}, "ignoreInterval"),
    "half an interval": ({"ignoreInterval": "8:00"}, "ignoreInterval"),
    "blanks": ({"ignoreInterval": " 8:00-9:00"}, "ignoreInterval"),
    "a line end": ({"ignoreInterval": "8:00-9:00\n"}, "ignoreInterval"),
    "digits of another script": ({"ignoreInterval": "８:00-9:00"}, "ignoreInterval"),
    "three digits": ({"ignoreInterval": "008:00-9:00"}, "ignoreInterval"),
    "no object": ([{"type": "ALL"}], "body"),
    "a text": ("ALL", "body"),
}


@pytest.mark.parametrize(("body", "member"), WRONG.values(), ids=list(WRONG))
def test_what_cannot_be_set(bob: Caller, body: Any, member: str) -> None:
    """400 names the member in words, for the app and for a conversation, and nothing is changed."""
    bob.put(own(bob), {"type": "AT"})
    for path in (own(bob), "/notification/chatgroup/1"):
        said = bob.bad(path, body)
        assert said.startswith(f"parameters is invalid : {member}")
        assert "pattern" not in said
    assert bob.get(own(bob))["data"] == {"type": "AT"}


def test_default_is_of_conversations(bob: Caller) -> None:
    """DEFAULT for the app itself is refused, in any writing of the user's own id."""
    for key in (bob.user, bob.user.upper()):
        assert bob.bad(f"/notification/user/{key}", {"type": "DEFAULT"}).startswith("parameters is invalid : type")


@pytest.mark.parametrize(
    ("path", "member"),
    [
        ("/notification/rooms/1", "kind"),
        ("/notification/user/", "key"),
        ("/notification/chatgroup/a%00b", "key"),
        (f"/notification/chatgroup/{'x' * 513}", "key"),
        ("/notification/user/org%23app_", "key"),
        ("/notification/mute/type?limit=0", "limit"),
        ("/notification/mute/type?limit=101", "limit"),
        ("/notification/mute/type?limit=x", "limit"),
        ("/notification/mute/type?cursor=%25", "cursor"),
        ("/notification/mute/type?cursor=_w==", "cursor"),
        (f"/notification?user={','.join(map(str, range(15)))}&group={','.join(map(str, range(6)))}", "user, group"),
    ],
)
def test_what_cannot_be_asked(bob: Caller, path: str, member: str) -> None:
    """400 names the parameter."""
    description = bob.refused("GET", f"/users/{bob.user}{path}")
    assert description.startswith(f"parameters is invalid : {member}")


def test_twenty_ids_can_be_asked(bob: Caller) -> None:
    """Twenty are served, a repeated one counts once."""
    users, groups = ",".join(f"u{n}" for n in range(10)), ",".join(map(str, range(10)))
    assert bob.get(f"/notification?user={users},u1&group={groups},1")["data"] == {"user": {}, "group": {}}


def test_without_the_advanced_features(plain: Caller) -> None:
    """403 with the words that the SDK takes for SERVICE_NOT_ENABLED, for reading and writing."""
    path = f"/users/{plain.user}/notification"
    for method, rest in (
        ("GET", f"/user/{plain.user}"),
        ("PUT", "/chatgroup/1"),
        ("GET", "?user=a"),
        ("GET", "/mute/type"),
    ):
        assert "service not open!" in plain.refused(method, f"{path}{rest}", {"type": "AT"}, status=403)


def test_clients_at_the_same_time(server: Caller) -> None:
    """Clients that change different members of one user at once lose nothing."""
    bob = user_caller(server, fresh("bob"))
    changes: list[tuple[str, dict[str, Any]]] = [
        (own(bob), {"type": "AT"}),
        (own(bob), {"ignoreInterval": "1:00-2:00"}),
        (own(bob), {"ignoreDuration": DAY_MS}),
        ("/notification/language", {"translationLanguage": "en"}),
        ("", {"nickname": "Bob"}),
        ("", {"notification_display_style": 1}),
        ("/notification/chatgroup/1", {"type": "NONE"}),
    ]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda change: bob.put(*change), changes * 5))
    assert set(bob.get(own(bob))["data"]) == {"type", "ignoreInterval", "ignoreDuration"}
    assert bob.get("/notification/language")["data"] == {"language": "en"}
    entity = bob.get("")["entities"][0]
    assert (entity["nickname"], entity["notification_display_style"]) == ("Bob", 1)
    assert entity["notification_ignore_1"] is True

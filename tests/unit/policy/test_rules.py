"""One table per rule: where it begins and ends, and what it must leave alone."""

from typing import Any

import pytest

from tests.factories import DAY, HOUR, MINUTE, NOW, Sections, case_record, decided, decoded, group, online

Row = tuple[str, str, Sections]

MANY = [f"u{number}" for number in range(2999)]

EXPIRY: list[Row] = [
    ("new", "pushed", {}),
    ("exactly a day old", "pushed", {"event": {"timestamp": NOW - DAY}}),
    ("a millisecond more", "expired", {"event": {"timestamp": NOW - DAY - 1}}),
    ("from the future", "pushed", {"event": {"timestamp": NOW + DAY}}),
    ("at the app's own limit", "pushed", {"event": {"timestamp": NOW - 5000}, "app": {"max_age_s": 5}}),
    ("beyond the app's own limit", "expired", {"event": {"timestamp": NOW - 5001}, "app": {"max_age_s": 5}}),
]
COMMANDS: list[Row] = [
    ("cmd", "command_message", {"payload": {"bodies": [{"type": "cmd", "action": "x"}]}}),
    ("two cmd", "command_message", {"payload": {"bodies": [{"type": "cmd"}, {"type": "cmd"}]}}),
    ("cmd and text", "pushed", {"payload": {"bodies": [{"type": "cmd"}, {"type": "txt", "msg": "x"}]}}),
    ("no body", "pushed", {"payload": {"bodies": []}}),
    ("custom", "pushed", {"payload": {"bodies": [{"type": "custom"}]}}),
]
ONLINE_ONLY: list[Row] = [
    ("ROUTE_ONLINE", "online_only", {"event": {"routetype": "ROUTE_ONLINE"}}),
    ("lower case", "online_only", {"payload": {"routetype": "route_online"}}),
    ("the number of the protocol", "online_only", {"payload": {"meta": {"routetype": 1}}}),
    ("in ext", "online_only", {"ext": {"routetype": "ROUTE_ONLINE"}}),
    ("deliverOnlineOnly", "online_only", {"ext": {"deliverOnlineOnly": True}}),
    ("deliverOnlineOnly false", "pushed", {"ext": {"deliverOnlineOnly": False}}),
    ("ROUTE_ALL", "pushed", {"event": {"routetype": "ROUTE_ALL"}}),
    ("ROUTE_ALL's number", "pushed", {"payload": {"meta": {"routetype": 0}}}),
    ("ROUTE_DIRECT", "pushed", {"event": {"routetype": "ROUTE_DIRECT"}}),
    ("ROUTE_DIRECT's number", "pushed", {"payload": {"routetype": 2}}),
]
GROUP_SIZE: list[Row] = [
    ("3000 receivers", "pushed", {"event": group("bob", *MANY)}),
    ("3001 receivers", "group_too_large", {"event": group("bob", "carol", *MANY)}),
    ("the app's own limit", "group_too_large", {"event": group("bob", "carol"), "app": {"group_limit": 1}}),
    ("the same receiver twice", "pushed", {"event": group("bob", "BOB"), "app": {"group_limit": 1}}),
    ("not in single chats", "pushed", {"event": {"to": ["bob", "carol"]}, "app": {"group_limit": 1}}),
]
SELF: list[Row] = [
    ("same id", "self", {"event": {"from": "bob"}}),
    ("another case", "self", {"event": {"from": "Bob"}}),
    ("the receiver in another case", "self", {"event": {"from": "bob"}, "receiver": {"user": "BOB"}}),
    ("JID", "self", {"event": {"from": "org#app_bob@easemob.com/ios_1"}}),
    ("JID of another app", "pushed", {"event": {"from": "org#other_bob@easemob.com"}}),
    ("in a group", "self", {"event": group("bob", "carol", **{"from": "bob"})}),
    ("a longer id", "pushed", {"event": {"from": "bobby"}}),
]
ONLINE: list[Row] = [
    ("nobody connected", "pushed", {"receiver": {"presence": []}}),
    ("one connection", "online", {"receiver": {"presence": [online("web_1")]}}),
    ("a web page counts as a device", "online", {"receiver": {"presence": [online("webim_77", "w")]}}),
    ("lease ended now", "pushed", {"receiver": {"presence": [online("ios_1", until=NOW)]}}),
    ("lease ends in a millisecond", "online", {"receiver": {"presence": [online("ios_1", until=NOW + 1)]}}),
    ("one lease of two", "online", {"receiver": {"presence": [online("a", until=NOW - 1), online("b")]}}),
    ("one device offline", "online", {"receiver": {"presence": [online("b")]}, "app": {"multi_device": "all-offline"}}),
    ("any-offline", "pushed", {"receiver": {"presence": [online("b")]}, "app": {"multi_device": "any-offline"}}),
]
DURATION: list[Row] = [
    ("never set", "pushed", {"settings": {}}),
    ("0 is none", "pushed", {"settings": {"ignoreDuration": 0}}),
    ("ends in a millisecond", "dnd_duration", {"settings": {"ignoreDuration": NOW + 1}}),
    ("ends now", "pushed", {"settings": {"ignoreDuration": NOW}}),
    ("ended", "pushed", {"settings": {"ignoreDuration": NOW - 1}}),
    ("conversation runs", "dnd_conversation", {"conversation": {"ignoreDuration": NOW + 1}}),
    ("conversation ends now", "pushed", {"conversation": {"ignoreDuration": NOW}}),
    (
        "beats conversation ALL",
        "dnd_duration",
        {"settings": {"ignoreDuration": NOW + 1}, "conversation": {"type": "ALL"}},
    ),
]
#: NOW is 22:13:20 in Shanghai.
INTERVAL: list[Row] = [
    ("starts this minute", "dnd_interval", {"settings": {"ignoreInterval": "22:13-23:00"}}),
    ("starts next minute", "pushed", {"settings": {"ignoreInterval": "22:14-23:00"}}),
    ("ends this minute", "pushed", {"settings": {"ignoreInterval": "20:00-22:13"}}),
    ("ends next minute", "dnd_interval", {"settings": {"ignoreInterval": "20:00-22:14"}}),
    ("over midnight", "dnd_interval", {"settings": {"ignoreInterval": "22:5-7:9"}}),
    ("over midnight, not yet", "pushed", {"settings": {"ignoreInterval": "23:00-07:00"}}),
    ("equal ends: all day", "dnd_interval", {"settings": {"ignoreInterval": "9:30-9:30"}}),
    ("0:0-0:0: off", "pushed", {"settings": {"ignoreInterval": "0:0-0:0"}}),
    ("00:00-00:00: off", "pushed", {"settings": {"ignoreInterval": "00:00-00:00"}}),
    ("empty: none", "pushed", {"settings": {"ignoreInterval": ""}}),
    ("out of range: none", "pushed", {"settings": {"ignoreInterval": "99:99-99:98"}}),
    ("has no effect on a conversation", "pushed", {"conversation": {"ignoreInterval": "22:00-07:00"}}),
    (
        "beats conversation ALL",
        "dnd_interval",
        {"settings": {"ignoreInterval": "22:00-7:00"}, "conversation": {"type": "ALL"}},
    ),
    (
        "in the app's zone",
        "pushed",
        {"settings": {"ignoreInterval": "22:00-23:00"}, "app": {"timezone": "Europe/Berlin"}},
    ),
    ("or the duration", "dnd_duration", {"settings": {"ignoreInterval": "1:0-2:0", "ignoreDuration": NOW + HOUR}}),
    ("though the duration ended", "dnd_interval", {"settings": {"ignoreInterval": "22:00-7:00", "ignoreDuration": 1}}),
]
RECEIVER_SILENT = {"type": "NONE", "ignoreInterval": "22:00-07:00", "ignoreDuration": NOW + MINUTE}
OFF = {"advanced": False}
ADVANCED_OFF: list[Row] = [
    ("app settings", "pushed", {"app": OFF, "settings": RECEIVER_SILENT}),
    ("conversation", "pushed", {"app": OFF, "conversation": {"type": "NONE", "ignoreDuration": NOW + MINUTE}}),
    ("AT", "pushed", {"app": OFF, "settings": {"type": "AT"}}),
]
TABLES = {
    "expired": EXPIRY,
    "command_message": COMMANDS,
    "online_only": ONLINE_ONLY,
    "group_too_large": GROUP_SIZE,
    "self": SELF,
    "online": ONLINE,
    "duration": DURATION,
    "interval": INTERVAL,
    "advanced off": ADVANCED_OFF,
}


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        pytest.param(reason, change, id=f"{table}: {name}")
        for table, rows in TABLES.items()
        for name, reason, change in rows
    ],
)
def test_the_rule_ends_where_the_facts_say(reason: str, change: Sections) -> None:
    """Each rule suppresses exactly the rows of its table, for its own reason."""
    assert decided(change).reason.value == reason


@pytest.mark.parametrize("chat_type", ["chat", "groupchat", "chatroom"])
def test_only_chat_rooms_are_never_pushed(chat_type: str) -> None:
    """Single chats and groups are pushed, chat rooms are not."""
    reason = decided(event={"chat_type": chat_type, "group_id": "77"}).reason.value
    assert reason == {"chatroom": "chat_type"}.get(chat_type, "pushed")


#: What remind type holds, by the app's and the conversation's setting (None: never set).
EFFECTIVE: dict[tuple[str | None, str | None], str] = {
    (None, None): "ALL",
    ("ALL", None): "ALL",
    ("AT", None): "AT",
    ("NONE", None): "NONE",
    ("NONE", "ALL"): "ALL",
    ("NONE", "AT"): "AT",
    ("ALL", "NONE"): "NONE",
    ("ALL", "AT"): "AT",
    ("AT", "ALL"): "ALL",
    (None, "NONE"): "NONE",
    (None, "DEFAULT"): "ALL",
    ("AT", "DEFAULT"): "AT",
    ("NONE", "DEFAULT"): "NONE",
    ("DEFAULT", None): "ALL",
    ("DEFAULT", "DEFAULT"): "ALL",
}


@pytest.mark.parametrize(("levels", "effective"), EFFECTIVE.items(), ids=str)
def test_the_conversations_remind_type_beats_the_apps(levels: tuple[str | None, str | None], effective: str) -> None:
    """The conversation's type holds, else the app's, else ALL; DEFAULT means: as the level above."""
    app_type, conversation_type = levels
    decision = decided(settings={"type": app_type}, conversation={"type": conversation_type})
    assert decision.reason.value == {"ALL": "pushed", "AT": "not_mentioned", "NONE": "remind_none"}[effective]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({}, "user:alice"),
        ({"from": "org#app_Alice@easemob.com"}, "user:alice"),
        (group(), "group:77"),
        ({"chat_type": "groupchat", "group_id": None, "to": "bob"}, "group:bob"),
        ({"chat_type": "chatroom", "group_id": "9"}, "group:9"),
    ],
    ids=str,
)
def test_the_conversation_a_message_belongs_to(event: dict[str, Any], expected: str) -> None:
    """A single chat is named after its sender, a group or room after its id, which defaults to payload.to."""
    assert decoded(case_record({"event": event})).event.conversation == expected

"""The case record: defaults, refusals with the JSON path, capture and replay."""

from typing import Any

import msgspec
import pytest

from policy.app import AppPolicy
from policy.case import Case
from tests.factories import APNS, HOUR, NOW, PHONE, Sections, case_record, decoded, event_record, group, online

CONTRACT: dict[str, Any] = {
    "v": 1,
    "at": NOW,
    "event": event_record(payload={"bodies": [], "meta": {"translations": [{"code": "en", "text": "Hi"}]}}),
    "app": {
        "appkey": "org#app",
        "multi_device": "any-offline",
        "timezone": "Europe/Berlin",
        "advanced": True,
        "force_beats": "all",
        "max_age_s": 60,
        "catch_up": {"after_s": 30, "policy": "fold"},
        "locale": "en",
        "group_limit": 10,
        "channels": [{"notifier": APNS, "provider": "apns", "enabled": True}],
        "templates": {"default": {"title_pattern": "T", "content_pattern": "{$msg}"}},
    },
    "recipients": [
        {
            "user": "bob",
            "presence": [{"resource": "web_1", "device_id": "d9", "online_until": NOW + HOUR}],
            "devices": [{**PHONE, "bound_at": 1_700_000_000_000, "kicked": False}],
            "settings": {
                "type": "ALL",
                "ignoreInterval": "3:00-4:00",
                "ignoreDuration": NOW - 1,
                "language": "en",
                "nickname": "Bob",
                "style": 1,
                "template": "mine",
            },
            "conversation": {"type": "AT", "ignoreDuration": NOW - 1},
            "badge": 3,
        }
    ],
    "sender": {"nickname": "Alice"},
}


def test_the_contracts_record_is_read_in_full() -> None:
    """Every member of the contract's record arrives; encoding it again loses none of them."""
    again = msgspec.to_builtins(decoded(CONTRACT))
    assert again["v"] == 1
    assert again["app"] == CONTRACT["app"]
    assert again["sender"] == CONTRACT["sender"]
    receiver, expected = again["recipients"][0], CONTRACT["recipients"][0]
    assert receiver["presence"] == expected["presence"]
    assert receiver["settings"] == expected["settings"]
    assert {**receiver["conversation"], "ignoreInterval": None} == {**expected["conversation"], "ignoreInterval": None}
    assert (receiver["user"], receiver["badge"]) == ("bob", 3)
    assert receiver["devices"][0].items() <= expected["devices"][0].items()


def test_the_defaults_of_an_app() -> None:
    """A console that says nothing has the documented defaults."""
    app = decoded({"at": NOW, "event": event_record()}).app
    assert msgspec.to_builtins(app) == {
        "appkey": "",
        "multi_device": "all-offline",
        "timezone": "Asia/Shanghai",
        "advanced": True,
        "force_beats": "dnd",
        "max_age_s": 86_400,
        "catch_up": {"after_s": 300, "policy": "push"},
        "locale": "zh",
        "group_limit": 3000,
        "channels": None,
        "templates": {},
    }


def test_the_defaults_of_a_receiver() -> None:
    """Without recipients the event's own receivers are decided for, offline, with nothing bound and no settings."""
    case = decoded({"at": NOW, "event": event_record(**group("bob", "Carol"))})
    records = [decision.record() for decision in case.decisions()]
    assert [(record["user"], record["reason"], record["badge"]) for record in records] == [
        ("bob", "no_binding", 1),
        ("carol", "no_binding", 1),
    ]


def test_no_recipients_is_not_everybody() -> None:
    """An empty list of recipients is decided for nobody."""
    assert list(decoded(case_record({"case": {"recipients": []}})).decisions()) == []


def test_a_receiver_needs_a_name_only() -> None:
    """A receiver with a name and one binding is pushed."""
    recipients = [{"user": "bob", "devices": [{"notifier": APNS}]}]
    (decision,) = decoded(case_record({"case": {"recipients": recipients}})).decisions()
    assert decision.reason.value == "pushed"


def test_the_version_is_written_and_may_be_left_out() -> None:
    """A capture names its version even where every other member has its default."""
    assert msgspec.json.decode(msgspec.json.encode(decoded({"at": NOW, "event": event_record()})))["v"] == 1


@pytest.mark.parametrize("version", [2, 0, -1, "1", None, True, 1.5])
def test_another_version_is_refused(version: Any) -> None:
    """A record of another version is refused by name of its version, wherever the member stands."""
    for record in ({"v": version, **case_record()}, {**case_record(), "v": version}):
        with pytest.raises(msgspec.ValidationError, match=r"at `\$\.v`"):
            decoded(record)


def _with_unknown_members(value: Any) -> Any:
    if isinstance(value, dict):
        return {**{name: _with_unknown_members(member) for name, member in value.items()}, "x_new": {"a": [1]}}
    return [_with_unknown_members(item) for item in value] if isinstance(value, list) else value


def test_unknown_members_are_ignored() -> None:
    """A record with unknown members everywhere decides as without them (templates and ext are open maps)."""
    record = _with_unknown_members(case_record())
    del record["event"]["payload"]["ext"]["x_new"]
    assert [one.record() for one in decoded(record).decisions()] == [
        one.record() for one in decoded(case_record()).decisions()
    ]


#: A fault in one part of the record, and the path the error must name.
FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"case": {"at": "now"}}, "$.at"),
    ({"case": {"at": -1}}, "$.at"),
    ({"case": {"at": 100_000_000_000_000}}, "$.at"),
    ({"case": {"event": None}}, "$.event"),
    ({"case": {"recipients": {}}}, "$.recipients"),
    ({"event": {"appkey": "no-hash"}}, "$.event.appkey"),
    ({"event": {"appkey": "org#app\n"}}, "$.event.appkey"),
    ({"event": {"msg_id": ""}}, "$.event.msg_id"),
    ({"event": {"msg_id": 7}}, "$.event.msg_id"),
    ({"event": {"msg_id": "7\n"}}, "$.event.msg_id"),
    ({"event": {"timestamp": 1.5}}, "$.event.timestamp"),
    ({"event": {"chat_type": "mail"}}, "$.event.chat_type"),
    ({"event": {"chat_type": "groupchat"}, "payload": {"to": None}}, "$.event"),
    ({"event": {"from": ""}}, "$.event.from"),
    ({"event": {"to": []}}, "$.event.to"),
    ({"event": {"to": ["bob", 7]}}, "$.event.to[1]"),
    ({"payload": {"bodies": [{"msg": "x"}]}}, "$.event.payload.bodies[0]"),
    ({"payload": {"meta": {"translations": [{"code": "en"}]}}}, "$.event.payload.meta.translations[0]"),
    ({"app": {"timezone": "Mars/Olympus"}}, "$.app"),
    ({"app": {"multi_device": "some-offline"}}, "$.app.multi_device"),
    ({"app": {"channels": [{"notifier": "x"}]}}, "$.app.channels[0]"),
    ({"receiver": {"user": None}}, "$.recipients[0].user"),
    ({"receiver": {"badge": "3"}}, "$.recipients[0].badge"),
    ({"receiver": {"presence": [{"online_until": "later"}]}}, "$.recipients[0].presence[0].online_until"),
    ({"settings": {"type": "SOME"}}, "$.recipients[0].settings.type"),
    ({"settings": {"ignoreDuration": -1}}, "$.recipients[0].settings.ignoreDuration"),
    ({"conversation": {"ignoreDuration": 10**16}}, "$.recipients[0].conversation.ignoreDuration"),
]


@pytest.mark.parametrize(("change", "path"), FAULTS, ids=[f"{path} {list(change)}" for change, path in FAULTS])
def test_an_error_names_the_json_path(change: Any, path: str) -> None:
    """A member of a wrong type or value is refused with its path, and without the text of the message."""
    record = case_record({"payload": {"bodies": [{"type": "txt", "msg": "secret words"}]}}, change)
    with pytest.raises(msgspec.ValidationError) as error:
        decoded(record)
    assert str(error.value).endswith(f"`{path}`")
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("name", ["at", "event"])
def test_at_and_event_are_required(name: str) -> None:
    """A record without its time or its event is refused, naming what is missing."""
    record = {member: value for member, value in case_record().items() if member != name}
    with pytest.raises(msgspec.ValidationError, match=f"missing required field `{name}`"):
        decoded(record)


@pytest.mark.parametrize("name", ["appkey", "msg_id", "timestamp", "chat_type", "from", "to", "payload"])
def test_what_an_event_needs(name: str) -> None:
    """An event without one of the contract's members is refused, naming it."""
    event = {member: value for member, value in event_record().items() if member != name}
    with pytest.raises(msgspec.ValidationError, match=rf"missing required field `{name}` - at `\$\.event`"):
        decoded({"at": NOW, "event": event})


def test_a_redacted_capture_decides_the_same() -> None:
    """With the text blanked and tokens replaced by hashes, reasons, badge and devices stay as they were."""
    receiver = {"presence": [online("web_1")], "devices": [PHONE], "badge": 2}
    app = {"multi_device": "any-offline"}
    plain = case_record({"receiver": receiver, "app": app})
    redacted = case_record(
        {"receiver": {**receiver, "devices": [{**PHONE, "token": "hmac:9f"}]}, "app": app},
        {"payload": {"bodies": [{"type": "txt", "msg": "*****"}]}},
    )
    first, second = ([one.record() for one in decoded(record).decisions()] for record in (plain, redacted))
    assert first == second


def test_the_last_moment_has_a_wall_clock_everywhere() -> None:
    """The latest time a record may hold is decided in the zone farthest east, the earliest in the farthest west."""
    for at, timezone in ((99_999_999_999_999, "Pacific/Kiritimati"), (0, "Pacific/Pago_Pago")):
        change: Sections = {"case": {"at": at}, "event": {"timestamp": at}, "app": {"timezone": timezone}}
        (decision,) = decoded(case_record(change, {"settings": {"ignoreInterval": "9:30-9:30"}})).decisions()
        assert decision.reason.value == "dnd_interval"


def test_an_app_of_an_unknown_zone_cannot_be_built() -> None:
    """An app's policy with an unknown time zone is refused wherever it is built."""
    with pytest.raises(ValueError, match="unknown time zone"):
        AppPolicy(timezone="Mars/Olympus")


def test_a_case_is_encoded_under_its_own_names() -> None:
    """A case encodes with the contract's member names."""
    encoded = msgspec.json.decode(msgspec.json.encode(msgspec.json.decode(msgspec.json.encode(CONTRACT), type=Case)))
    assert encoded["event"]["from"] == "alice"
    assert encoded["recipients"][0]["settings"]["ignoreInterval"] == "3:00-4:00"

"""Whatever a sender writes into ext, a decision comes out: a message is never lost over a push hint."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.case import Case
from tests.factories import NOW, app_record, case_record, decided, event_record, group, receiver_record

HINTS = {
    "em_at_list": None,
    "em_ignore_notification": None,
    "em_force_notification": None,
    "routetype": None,
    "deliverOnlineOnly": None,
    "em_push_filter": ("accept_device_id", "ignore_device_id", "accept_notifier_name", "ignore_notifier_name"),
    "em_push_template": ("name", "title_args", "content_args", "directed_template"),
    "em_push_ext": ("title", "content", "custom", "group_user_nickname", "type", "sound"),
    "em_apns_ext": ("em_push_title", "em_push_content", "em_push_badge", "em_at_list", "extern", "em_push_category"),
    "em_android_push_ext": ("fcm_options", "em_push_sound", "huawei_category"),
}
DEEP = "[" * 900 + "]" * 900

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**3999), 10**3999)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(["all", "bob", "true", "YES", "ROUTE_ONLINE", "default", "[", "{", '{"a":', "[bob]", "{0}{$msg}"])
)
junk = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)
junk_or_json = junk | junk.map(json.dumps)
#: An object with the members the reader looks for, each holding junk; or junk in its place.
objects = {
    hint: junk_or_json
    if members is None
    else junk_or_json | st.fixed_dictionaries({}, optional=dict.fromkeys(members, junk_or_json))
    for hint, members in HINTS.items()
}
extensions = st.fixed_dictionaries({}, optional=objects)


def _record(ext: Any) -> dict[str, Any]:
    return case_record(
        {
            "payload": {"bodies": [{"type": "txt", "msg": "x"}]},
            "event": group(),
            "ext": ext,
            "settings": {"type": "AT", "style": 1, "template": "default"},
            "app": {"templates": {"default": {"title_pattern": "{0}", "content_pattern": "{$msg}{1}"}}},
        }
    )


@given(ext=extensions)
def test_any_value_of_any_hint_is_survived(ext: dict[str, Any]) -> None:
    """Wrong types, JSON strings, huge numbers and nested junk never raise, and the record stays plain JSON."""
    case = msgspec.convert(_record(ext), Case)
    (decision,) = case.decisions()
    record = msgspec.json.decode(msgspec.json.encode(decision.record()))
    assert record["outcome"] in {"push", "suppress"}
    assert (record["outcome"] == "push") == bool(record["title"] and record["body"])
    assert record["badge"] >= 0


@given(ext=extensions)
def test_a_case_with_any_ext_survives_its_own_encoding(ext: dict[str, Any]) -> None:
    """A capture of a message with junk in its ext replays to the same decision."""
    case = msgspec.convert(_record(ext), Case)
    replayed = msgspec.json.decode(msgspec.json.encode(case), type=Case)
    assert [one.record() for one in replayed.decisions()] == [one.record() for one in case.decisions()]


@pytest.mark.parametrize("hint", [*HINTS, "unknown"])
def test_deep_nesting_is_not_read(hint: str) -> None:
    """Nesting as deep as JSON allows, and deeper in a JSON string, is survived by every hint."""
    event = json.dumps(event_record(payload={"bodies": [], "ext": {hint: "@"}}))
    record = json.dumps({"at": NOW, "event": "@", "app": app_record(), "recipients": [receiver_record()]})
    for value in (DEEP, json.dumps("[" * 100_000), json.dumps('{"a":' * 100_000)):
        text = record.replace('"@"', event.replace('"@"', value))
        (decision,) = msgspec.json.decode(text, type=Case).decisions()
        assert decision.reason.value == "pushed"


@pytest.mark.parametrize("hint", HINTS)
@pytest.mark.parametrize(
    "value", [10**5000, -(10**5000), [10**5000], {"a": 10**5000}, "9" * 5000], ids=["+", "-", "[]", "{}", "text"]
)
def test_numbers_too_large_to_print(hint: str, value: Any) -> None:
    """A number that Python refuses to print is survived by every hint."""
    (decision,) = msgspec.convert(case_record({"ext": {hint: value}}), Case).decisions()
    assert decision.reason.value == "pushed"


@pytest.mark.parametrize("ext", [None, {}, {"weather": "fine"}])
def test_no_hints_at_all(ext: Any) -> None:
    """A message without ext, or with somebody else's members only, is pushed."""
    assert decided(payload={"ext": ext}, ext=ext or {}).reason.value == "pushed"

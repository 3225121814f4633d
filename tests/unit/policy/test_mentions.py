from typing import Any

import pytest

from tests.factories import decided, group

AT = {"type": "AT"}

SPELLINGS_THAT_MENTION_BOB: list[tuple[str, dict[str, Any]]] = [
    ("list", {"em_at_list": ["carol", "bob"]}),
    ("another case", {"em_at_list": ["BOB"]}),
    ("JID", {"em_at_list": ["org#app_bob@easemob.com"]}),
    ("JID with resource", {"em_at_list": ["org#app_Bob@easemob.com/ios_1"]}),
    ("JSON string of a list", {"em_at_list": '["carol", "bob"]'}),
    ("one name", {"em_at_list": "bob"}),
    ("names with commas", {"em_at_list": "carol, bob"}),
    ("all, REST and Web docs", {"em_at_list": "all"}),
    ("ALL, real clients", {"em_at_list": "ALL"}),
    ("All, V2 pages", {"em_at_list": "All"}),
    ("all in a list", {"em_at_list": ["ALL"]}),
    ("junk beside bob", {"em_at_list": [None, {}, [], 3.5, "bob"]}),
    ("under em_apns_ext", {"em_apns_ext": {"em_at_list": ["bob"]}}),
    ("all under em_apns_ext", {"em_apns_ext": {"em_at_list": "All"}}),
    ("under em_apns_ext as a JSON string", {"em_apns_ext": '{"em_at_list":["bob"]}'}),
    ("the second place when the first names others", {"em_at_list": ["carol"], "em_apns_ext": {"em_at_list": ["bob"]}}),
]

SPELLINGS_THAT_DO_NOT: list[tuple[str, dict[str, Any]]] = [
    ("absent", {}),
    ("empty list", {"em_at_list": []}),
    ("empty string", {"em_at_list": ""}),
    ("somebody else", {"em_at_list": ["carol"]}),
    ("a longer name", {"em_at_list": ["bobby"]}),
    ("a name that holds it", {"em_at_list": "not-bob,bob2"}),
    ("all as a part", {"em_at_list": ["allan"]}),
    ("true", {"em_at_list": True}),
    ("number", {"em_at_list": 1}),
    ("object", {"em_at_list": {"bob": True}}),
    ("broken JSON", {"em_at_list": '["bob"'}),
    ("nested list", {"em_at_list": [["bob"]]}),
    ("a user of another app", {"em_at_list": ["org#other_bob@easemob.com"]}),
]


def _ids(rows: list[tuple[str, dict[str, Any]]]) -> list[str]:
    return [name for name, _ in rows]


@pytest.mark.parametrize(("_name", "ext"), SPELLINGS_THAT_MENTION_BOB, ids=_ids(SPELLINGS_THAT_MENTION_BOB))
def test_a_mention_in_any_spelling_reminds(_name: str, ext: dict[str, Any]) -> None:
    """A receiver with remind type AT is pushed when mentioned, however the sender spells it."""
    assert decided(event=group(), ext=ext, settings=AT).reason.value == "pushed"


@pytest.mark.parametrize(("_name", "ext"), SPELLINGS_THAT_DO_NOT, ids=_ids(SPELLINGS_THAT_DO_NOT))
def test_anything_else_is_no_mention(_name: str, ext: dict[str, Any]) -> None:
    """A receiver with remind type AT is left alone when nobody mentions them, whatever em_at_list holds."""
    assert decided(event=group(), ext=ext, settings=AT).reason.value == "not_mentioned"


@pytest.mark.parametrize("event", [{}, group()], ids=["single chat", "group"])
@pytest.mark.parametrize(("ext", "reason"), [({}, "not_mentioned"), ({"em_at_list": ["bob"]}, "pushed")])
def test_at_applies_to_single_chats_too(event: dict[str, Any], ext: dict[str, Any], reason: str) -> None:
    """Remind type AT means the same in single chats as in groups."""
    assert decided(event=event, ext=ext, settings=AT).reason.value == reason


def test_a_number_is_a_name_too() -> None:
    """A user id of digits is recognised when the sender wrote it as a number."""
    decision = decided(event=group("1001"), receiver={"user": "1001"}, ext={"em_at_list": [1001]}, settings=AT)
    assert decision.reason.value == "pushed"


def test_a_receiver_recorded_in_another_case_is_mentioned() -> None:
    """A mention finds its receiver whatever the case in which the record names them."""
    decision = decided(event=group(), receiver={"user": "Bob"}, ext={"em_at_list": ["bob"]}, settings=AT)
    assert decision.reason.value == "pushed"


@pytest.mark.parametrize("mention", [["bob"], "all"])
def test_a_mention_does_not_beat_none(mention: Any) -> None:
    """Remind type NONE stays silent for a mention."""
    assert decided(event=group(), ext={"em_at_list": mention}, settings={"type": "NONE"}).reason.value == "remind_none"


@pytest.mark.parametrize("mention", [["bob"], "all"])
def test_a_mention_does_not_beat_do_not_disturb(mention: Any) -> None:
    """Do-not-disturb beats the remind type, so a mention does not get through it."""
    settings = {"type": "AT", "ignoreInterval": "22:00-07:00"}
    assert decided(event=group(), ext={"em_at_list": mention}, settings=settings).reason.value == "dnd_interval"

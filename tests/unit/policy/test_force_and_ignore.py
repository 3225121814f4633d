from typing import Any

import pytest

from tests.factories import DAY, NOW, Sections, decided, online

TRUE_SPELLINGS = [True, "true", "TRUE", "YES", "yes", "Yes", 1, "1", " true "]
FALSE_SPELLINGS: list[Any] = [False, "false", "NO", "no", 0, "0", "", None, 2, -1, 1.5, [], [True], {}, {"a": 1}, "on?"]
FORCE = {"ext": {"em_force_notification": True}}

#: What suppresses, and whether force gets through: with force_beats "dnd" and with "all".
REACH: list[tuple[str, Sections, bool, bool]] = [
    ("dnd_interval", {"settings": {"ignoreInterval": "22:00-07:00"}}, True, True),
    ("dnd_duration", {"settings": {"ignoreDuration": NOW + 1}}, True, True),
    ("dnd_conversation", {"conversation": {"ignoreDuration": NOW + 1}}, True, True),
    ("remind_none", {"settings": {"type": "NONE"}}, False, True),
    ("remind_none", {"conversation": {"type": "NONE"}}, False, True),
    ("not_mentioned", {"settings": {"type": "AT"}}, False, True),
    ("expired", {"event": {"timestamp": NOW - DAY - 1}}, False, False),
    ("ignored_by_sender", {"ext": {"em_ignore_notification": True}}, False, False),
    ("command_message", {"payload": {"bodies": [{"type": "cmd"}]}}, False, False),
    ("online_only", {"event": {"routetype": "ROUTE_ONLINE"}}, False, False),
    ("chat_type", {"event": {"chat_type": "chatroom", "group_id": "9"}}, False, False),
    ("self", {"event": {"from": "bob"}}, False, False),
    ("online", {"receiver": {"presence": [online("web_1")]}}, False, False),
    ("no_binding", {"receiver": {"devices": []}}, False, False),
    ("all_devices_skipped", {"ext": {"em_push_filter": {"ignore_device_id": ["ios_1"]}}}, False, False),
]


@pytest.mark.parametrize("value", TRUE_SPELLINGS, ids=repr)
@pytest.mark.parametrize(
    ("hint", "reason"), [("em_ignore_notification", "ignored_by_sender"), ("em_force_notification", "pushed")]
)
def test_every_spelling_of_true(value: Any, hint: str, reason: str) -> None:
    """The hints hold for every spelling that real senders use."""
    assert decided(ext={hint: value}, settings={"ignoreDuration": NOW + 1}).reason.value == reason


@pytest.mark.parametrize("value", FALSE_SPELLINGS, ids=repr)
@pytest.mark.parametrize("hint", ["em_ignore_notification", "em_force_notification"])
def test_everything_else_is_not_said(value: Any, hint: str) -> None:
    """Any other value of a hint is as if the sender had not written it."""
    assert decided(ext={hint: value}, settings={"ignoreDuration": NOW + 1}).reason.value == "dnd_duration"


@pytest.mark.parametrize("force_beats", ["dnd", "all"])
@pytest.mark.parametrize(("reason", "change", "beats_dnd", "beats_all"), REACH, ids=[row[0] for row in REACH])
def test_what_force_beats(reason: str, change: Sections, beats_dnd: bool, beats_all: bool, force_beats: str) -> None:
    """Force beats do-not-disturb, the remind type only where the app says so, and nothing else."""
    is_beaten = {"dnd": beats_dnd, "all": beats_all}[force_beats]
    decision = decided(FORCE, change, app={"force_beats": force_beats})
    assert decision.reason.value == ("pushed" if is_beaten else reason)


def test_force_beats_dnd_only_by_default() -> None:
    """Where the app says nothing, force does not beat remind type NONE."""
    assert decided(FORCE, settings={"type": "NONE"}).reason.value == "remind_none"


def test_force_is_told_in_the_trace_only_where_it_mattered() -> None:
    """The verdict is force for a rule that would have suppressed, and pass for one that would not."""
    settings = {"ignoreInterval": "22:00-07:00", "ignoreDuration": NOW - 1}
    trace = decided(FORCE, settings=settings).record()["trace"]
    told = {row["rule"]: row["verdict"] for row in trace}
    assert (told["dnd_interval"], told["dnd_duration"], told["dnd_conversation"]) == ("force", "pass", "pass")


def test_forced_through_everything() -> None:
    """A force that beats all passes do-not-disturb of three kinds and a remind type at once."""
    silent = {"type": "NONE", "ignoreInterval": "22:00-07:00", "ignoreDuration": NOW + 1}
    decision = decided(FORCE, settings=silent, conversation={"ignoreDuration": NOW + 1}, app={"force_beats": "all"})
    assert [row["verdict"] for row in decision.record()["trace"]].count("force") == 4
    assert decision.reason.value == "pushed"

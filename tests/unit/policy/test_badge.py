from typing import Any

import pytest

from tests.factories import DAY, NOW, Sections, decided, group, online
from tests.unit.policy.afflictions import AFFLICTIONS

#: Whatever the decision, the message waits for the receiver and is counted; these are the ones that do not wait.
NOT_COUNTED = {"online_only", "chat_type", "self", "online"}
BASE = {"receiver": {"badge": 3}}


def _badge(*changes: Sections, **parts: Any) -> tuple[int, bool]:
    decision = decided(BASE, *changes, **parts)
    return decision.badge, decision.is_counted


def test_a_pushed_message_is_counted() -> None:
    """The badge of a push is the number of offline messages with this one."""
    assert _badge() == (4, True)


@pytest.mark.parametrize(("_rule", "reason", "change"), AFFLICTIONS, ids=[row[1] for row in AFFLICTIONS])
def test_a_suppressed_message_counts_when_it_is_stored(_rule: str, reason: str, change: Sections) -> None:
    """A suppressed message counts if it waits for the receiver: not when online, own, in a room or online-only."""
    assert _badge(change) == ((3, False) if reason in NOT_COUNTED else (4, True))


@pytest.mark.parametrize("change", [{"event": {"timestamp": NOW - DAY - 1}}, {"event": group()}], ids=["old", "group"])
@pytest.mark.parametrize("reason", sorted(NOT_COUNTED))
def test_what_is_not_counted_stays_so_with_another_reason_first(reason: str, change: Sections) -> None:
    """Whether a message counts does not depend on which reason is given."""
    affliction = next(change for _, name, change in AFFLICTIONS if name == reason)
    assert _badge(change, affliction) == (3, False)


def test_online_keeps_the_badge_under_any_offline_too() -> None:
    """A receiver with one device online reads the message there: the other device is lit with the badge as it was."""
    receiver = {"presence": [online("webim_1")]}
    decision = decided(BASE, receiver=receiver, app={"multi_device": "any-offline"})
    assert (decision.reason.value, decision.badge, decision.is_counted) == ("pushed", 3, False)


@pytest.mark.parametrize(("until", "expected"), [(NOW - 1, (4, True)), (NOW, (4, True)), (NOW + 1, (3, False))])
def test_a_lease_that_has_ended_keeps_nobody_online(until: int, expected: tuple[int, bool]) -> None:
    """A message counts from the very moment at which the last connection's lease ends."""
    assert _badge(receiver={"presence": [online("web_1", until=until)]}) == expected


OVERRIDES: list[tuple[Any, int]] = [
    (7, 7),
    (0, 0),
    ("7", 7),
    ("007", 7),
    (2**31 - 1, 2**31 - 1),
    (2**31, 4),
    (10**30, 4),
    ("9" * 40, 4),
    (-1, 4),
    ("-1", 4),
    ("+1", 4),
    ("", 4),
    ("７", 4),
    ("many", 4),
    (True, 4),
    (7.5, 4),
    (None, 4),
    ([7], 4),
    ({"n": 7}, 4),
]


@pytest.mark.parametrize(("value", "badge"), OVERRIDES, ids=repr)
def test_the_sender_can_set_the_badge(value: Any, badge: int) -> None:
    """em_push_badge is shown instead of the count; what is no badge number is as if it were not said."""
    assert _badge(ext={"em_apns_ext": {"em_push_badge": value}}) == (badge, True)


def test_the_override_does_not_change_the_count() -> None:
    """A message with a badge of its own still counts as one offline message."""
    ext = {"em_apns_ext": {"em_push_badge": 99}}
    assert _badge(ext=ext, settings={"type": "NONE"}) == (99, True)

from collections.abc import Iterator
from itertools import combinations

import pytest

from policy.app import AppPolicy
from policy.decide import _ruling, _walk, decide
from policy.message import Message
from policy.receiver import Receiver
from policy.situation import Situation
from policy.usual import usual_case
from tests.factories import FCM, NOW, PHONE, TABLET, Sections, case_record, decoded, group, online
from tests.unit.policy.afflictions import AFFLICTIONS
from tests.unit.policy.matrix import UNSET, cells

#: What changes the words of a rule, or what rules look into, though most of it suppresses nothing.
PECULIARITIES: tuple[Sections, ...] = (
    {},
    {"event": group()},
    {"event": group("bob", "carol"), "ext": {"em_at_list": ["bob"]}},
    {"receiver": {"devices": [PHONE, TABLET]}},
    {"receiver": {"devices": [PHONE, {**TABLET, "kicked": True}]}},
    {"receiver": {"devices": [PHONE, {**TABLET, "token": ""}]}},
    {"receiver": {"devices": [{**PHONE, "notifier": "unheard of"}]}},
    {"receiver": {"devices": [{**PHONE, "device_id": f"ios_{number}"} for number in range(20)]}},
    {"app": {"channels": [{"notifier": FCM, "provider": "fcm", "enabled": False}]}},
    {"app": {"channels": None}},
    {"app": {"multi_device": "any-offline"}},
    {"app": {"multi_device": "any-offline"}, "receiver": {"presence": [online("web_1")]}},
    {"app": {"advanced": False}, "settings": {"type": "NONE", "ignoreInterval": "22:00-07:00"}},
    {"app": {"group_limit": 2}, "event": group("bob", "carol")},
    {"app": {"catch_up": {"after_s": 1, "policy": "fold"}}, "event": {"timestamp": NOW - 5000}},
    {"app": {"catch_up": {"after_s": 1, "policy": "drop"}}, "event": {"timestamp": NOW - 5000}},
    {"receiver": {"presence": [online("web_1", until=NOW - 1)]}},
    {"settings": {"type": "ALL"}},
    {"settings": {"type": "DEFAULT"}},
    {"settings": {"ignoreInterval": "7:00-8:00"}},
    {"settings": {"ignoreInterval": "nonsense"}},
    {"settings": {"ignoreDuration": NOW - 1}},
    {"settings": {"language": "fr", "style": "1", "nickname": "Bob", "template": "t"}},
    {"conversation": {"type": "ALL"}},
    {"conversation": {"type": "DEFAULT"}},
    {"conversation": {"ignoreDuration": NOW - 1}},
    {"ext": {"em_force_notification": True}},
    {"ext": {"em_push_filter": {"accept_device_id": ["ios_1"]}}},
    {"ext": {"em_push_ext": {"type": "call"}}, "event": {"timestamp": NOW - 5000}},
    {"event": {"timestamp": NOW + 5000}},
)


def _situation(*sections: Sections) -> Situation:
    case = decoded(case_record(*sections))
    return Situation(case.message(), case.receivers()[0], case.app, case.at)


def _changes() -> Iterator[tuple[Sections, ...]]:
    """Yield all of the above, and each two of them together."""
    single = [*PECULIARITIES, *(change for _, _, change in AFFLICTIONS)]
    return combinations(single, 2)


def test_usual_or_not_the_rules_say_the_same() -> None:
    """What was kept of a usual case is, word for word and device for device, what the table says of each later one."""
    usual = 0
    for sections in _changes():
        kept, walked = _situation(*sections), _situation(*sections)
        assert (_ruling(kept), kept.devices) == (_walk(walked), walked.devices), sections
        usual += usual_case(kept) is not None
    assert usual > 40


@pytest.mark.parametrize("policy", ["all-offline", "any-offline"])
def test_the_matrix_is_the_same(policy: str) -> None:
    """So it is for every pair of remind types, with two devices in a group."""
    base: Sections = {"event": group(), "receiver": {"devices": [PHONE, TABLET]}, "app": {"multi_device": policy}}
    for app_type, conversation_type in {(cell.app_type, cell.conversation_type) for cell in cells()}:
        types = {"settings": app_type, "conversation": conversation_type}
        changes = {part: {"type": kind} for part, kind in types.items() if kind != UNSET}
        kept, walked = _situation(base, changes), _situation(base, changes)
        assert (_ruling(kept), kept.devices) == (_walk(walked), walked.devices), changes


def test_the_usual_case_is_the_base_record() -> None:
    """A message from one user to another, who is offline and has a device and no settings, is the usual case."""
    assert usual_case(_situation()) is not None


def test_a_kept_trace_is_shared() -> None:
    """Two decisions of the usual case have one trace, so that it is encoded once."""
    first, second = (decide(*_arguments(_situation({"event": {"msg_id": name}}))) for name in "12")
    assert first.trace is second.trace
    assert first.trace.encoded is second.trace.encoded


def _arguments(situation: Situation) -> tuple[Message, Receiver, AppPolicy, int]:
    return situation.message, situation.receiver, situation.app, situation.now_ms

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest

from policy.decide import Deciding
from policy.receiver import Receiver
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


def _case(*sections: Sections) -> tuple[Deciding, Receiver]:
    case = decoded(case_record(*sections))
    (receiver, *_) = case.receivers()
    return Deciding(case.message(), case.app, case.at), receiver


def _is_usual(deciding: Deciding, receiver: Receiver) -> bool:
    """Whether the rules were not asked: a rule would have made a trace of its own."""
    return deciding.decide(receiver).trace is deciding.decide(receiver).trace


def _changes() -> Iterator[tuple[Sections, ...]]:
    """Yield all of the above, and each two of them together."""
    single = [*PECULIARITIES, *(change for _, _, change in AFFLICTIONS)]
    return combinations(single, 2)


def test_usual_or_not_the_rules_say_the_same() -> None:
    """What is decided of a usual case is, to the last word, what the table says; so it is of one decided after it."""
    usual = 0
    for sections in _changes():
        deciding, receiver = _case(*sections)
        walked = deciding.walk(receiver)
        assert [deciding.decide(receiver), deciding.decide(receiver)] == [walked, walked], sections
        usual += _is_usual(deciding, receiver)
    assert usual > 40


def test_receivers_of_one_message_do_not_mix() -> None:
    """Each is shown what its own settings say, whoever was decided for before."""
    settings: list[dict[str, Any]] = [
        {},
        {"style": 1},
        {"style": "1"},
        {"language": "fr"},
        {"style": 1, "language": "fr"},
        {"template": "t"},
    ]
    meta = {"translations": [{"code": "fr", "text": "Bonjour"}]}
    cases = [_case({"event": group("bob"), "payload": {"meta": meta}, "settings": each}) for each in settings]
    deciding, _ = cases[0]
    assert [deciding.decide(bob).text for _, bob in cases] == [deciding.walk(bob).text for _, bob in cases]
    assert len({deciding.decide(bob).text for _, bob in cases}) == 4


@pytest.mark.parametrize("policy", ["all-offline", "any-offline"])
def test_the_matrix_is_the_same(policy: str) -> None:
    """So it is for every pair of remind types, with two devices in a group."""
    base: Sections = {"event": group(), "receiver": {"devices": [PHONE, TABLET]}, "app": {"multi_device": policy}}
    for app_type, conversation_type in {(cell.app_type, cell.conversation_type) for cell in cells()}:
        types = {"settings": app_type, "conversation": conversation_type}
        changes = {part: {"type": kind} for part, kind in types.items() if kind != UNSET}
        deciding, receiver = _case(base, changes)
        assert deciding.decide(receiver) == deciding.walk(receiver), changes


def test_the_usual_case_is_the_base_record() -> None:
    """A message from one user to another, who is offline and has a device and no settings, is the usual case."""
    assert _is_usual(*_case())


def test_a_kept_trace_is_shared() -> None:
    """Two decisions of the usual case have one trace, so that it is encoded once."""
    cases = [_case({"event": {"msg_id": name}}) for name in "12"]
    first, second = (deciding.decide(receiver) for deciding, receiver in cases)
    assert first.trace is second.trace
    assert first.trace.encoded is second.trace.encoded

"""Late messages: when a message is late, what becomes of it, and what several are folded into."""

from typing import Any

import pytest

from policy.app import Locale, MultiDevice
from policy.catch_up import CatchUpPolicy
from policy.decision import Decision
from policy.late import seen_ms
from policy.receiver import Presence
from policy.texts import Fold
from tests.factories import DAY, NOW, decided, group

LATE = {"timestamp": NOW - 300_001}
NICKNAMED = {"case": {"sender": {"nickname": "爱丽丝"}}}
STYLE_1 = {"style": 1}


def late(policy: str, **parts: Any) -> Decision:
    """Return the decision on a message that is late by a millisecond."""
    event = {**LATE, **parts.pop("event", {})}
    app = {"catch_up": {"policy": policy}, **parts.pop("app", {})}
    return decided(event=event, app=app, **parts)


@pytest.mark.parametrize("policy", list(CatchUpPolicy))
def test_each_policy(policy: CatchUpPolicy) -> None:
    """A late message is pushed in the policy's way, or dropped as expired."""
    decision = late(policy.value)
    assert decision.catch_up is policy
    assert decision.reason.value == ("expired" if policy is CatchUpPolicy.DROP else "pushed")


@pytest.mark.parametrize("age_ms", [-1000, 0, 299_999, 300_000])
def test_what_is_not_late_is_pushed(age_ms: int) -> None:
    """Up to the limit itself no policy touches a message, nor one from the future."""
    for policy in CatchUpPolicy:
        decision = late(policy.value, event={"timestamp": NOW - age_ms})
        assert (decision.catch_up, decision.reason.value) == (CatchUpPolicy.PUSH, "pushed")


def test_the_apps_own_limit() -> None:
    """``after_s`` is the app's."""
    own = {"catch_up": {"policy": "drop", "after_s": 5}}
    reasons = [decided(event={"timestamp": NOW - age}, app=own).reason.value for age in (5000, 5001)]
    assert reasons == ["pushed", "expired"]


def test_the_trace_names_the_policy() -> None:
    """Who asks why a message was dropped, or came late, reads the policy, the age and the limit."""
    for policy, verdict in (("drop", "suppress"), ("fold", "pass"), ("newest_first", "pass")):
        row = late(policy).record()["trace"][0]
        because = f"300 s old, late after 300 s: catch_up {policy}"
        assert row == {"rule": "expired", "verdict": verdict, "because": because}
    assert late("drop").record()["detail"] == "expire message"


def test_a_dropped_message_is_counted() -> None:
    """The badge counts offline messages, dropped or not."""
    decision = late("drop", receiver={"badge": 3})
    assert (decision.badge, decision.is_counted) == (4, True)


@pytest.mark.parametrize("policy", ["newest_first", "fold", "push"])
def test_the_limit_of_a_day_stays_above(policy: str) -> None:
    """No policy pushes what is older than ``max_age_s``."""
    decision = late(policy, event={"timestamp": NOW - DAY - 1})
    assert decision.reason.value == "expired"
    assert "limit 86400 s" in decision.record()["trace"][0]["because"]


def test_calls_do_not_wait() -> None:
    """A late call is dropped or pushed: behind others, or as one of many, it would be none."""
    call = {"em_push_ext": {"type": "call"}}
    found = {policy: late(policy, ext=call).catch_up.value for policy in ("push", "drop", "newest_first", "fold")}
    assert found == {"push": "push", "drop": "drop", "newest_first": "push", "fold": "push"}


@pytest.mark.parametrize(
    ("title", "parts"),
    [
        ("", {}),
        ("", NICKNAMED),
        ("alice", {"settings": STYLE_1}),
        ("爱丽丝", {"settings": STYLE_1, **NICKNAMED}),
        ("77", {"settings": STYLE_1, "event": group(), **NICKNAMED}),
        ("Alice!", {"ext": {"em_push_ext": {"title": "Alice!"}}}),
    ],
    ids=["style 0", "style 0 with nickname", "user id", "nickname", "group id", "the sender's own"],
)
def test_the_title_of_several(title: str, parts: Any) -> None:
    """Several messages are titled by their conversation, where the receiver's style shows names at all."""
    assert late("fold", **parts).fold == Fold(Locale.CHINESE, title)
    assert late("newest_first", **parts).fold is None


@pytest.mark.parametrize(
    ("locale", "title", "expected"),
    [
        ("zh", "", ("您有12条新消息", "请点击查看")),
        ("zh", "爱丽丝", ("爱丽丝", "12条新消息")),
        ("en", "", ("You have 12 new messages", "Click to check")),
        ("en", "{count}", ("{count}", "12 new messages")),
    ],
)
def test_the_words_for_several(locale: str, title: str, expected: tuple[str, str]) -> None:
    """The number stands in the body, or in the title where no name may; what people wrote is no pattern."""
    assert Fold(Locale(locale), title).text(12) == expected


@pytest.mark.parametrize(("policy", "seen"), [("all-offline", 30), ("any-offline", 20)])
def test_when_a_receiver_was_seen(policy: str, seen: int) -> None:
    """Under all-offline any connection has shown the messages before it, under any-offline the device's own."""
    presence = [Presence("web_1", seen_at=30), Presence("r", device_id="ios_1", seen_at=20), Presence("ios_1")]
    assert seen_ms(presence, "ios_1", MultiDevice(policy)) == seen
    assert seen_ms([], "ios_1", MultiDevice(policy)) == 0

from itertools import combinations

import pytest

from policy.decision import VerdictKind
from policy.rules import RULES
from tests.factories import Sections, decided
from tests.unit.policy.afflictions import AFFLICTIONS, DETAILS, EXCLUSIVE

ORDER = [
    "expired",
    "ignored_by_sender",
    "command_message",
    "online_only",
    "chat_type",
    "group_too_large",
    "self",
    "online",
    "dnd_interval",
    "dnd_duration",
    "dnd_conversation",
    "remind_type",
    "bindings",
    "devices",
]
PAIRS = [(earlier, later) for earlier, later in combinations(AFFLICTIONS, 2) if (earlier[1], later[1]) not in EXCLUSIVE]


def test_the_table_has_the_contracts_order() -> None:
    """The table lists the rules in the order in which the contract's reasons win."""
    assert [rule.name for rule in RULES] == ORDER
    assert list(dict.fromkeys(rule for rule, _, _ in AFFLICTIONS)) == ORDER


def test_the_base_record_is_pushed() -> None:
    """Nothing in the base record suppresses, so each test below sees its own change only."""
    decision = decided()
    assert (decision.outcome.value, decision.reason.value, decision.detail) == ("push", "pushed", "")
    assert VerdictKind.NOT_REACHED not in {row.verdict for row in decision.trace}


@pytest.mark.parametrize(("rule", "reason", "change"), AFFLICTIONS, ids=[row[1] for row in AFFLICTIONS])
def test_every_reason_alone(rule: str, reason: str, change: Sections) -> None:
    """Each reason suppresses by itself, under its rule's name, with Easemob's detail and no text."""
    record = decided(change).record()
    assert (record["outcome"], record["reason"], record["detail"]) == ("suppress", reason, DETAILS.get(reason, ""))
    assert (record["title"], record["body"]) == ("", "")
    assert [row["rule"] for row in record["trace"] if row["verdict"] == "suppress"] == [rule]


@pytest.mark.parametrize(("earlier", "later"), PAIRS, ids=[f"{earlier[1]}+{later[1]}" for earlier, later in PAIRS])
def test_the_earlier_rule_wins(earlier: tuple[str, str, Sections], later: tuple[str, str, Sections]) -> None:
    """Whenever two reasons hold at once, the one of the earlier rule is given, and the later rule is not reached."""
    decision = decided(earlier[2], later[2])
    assert decision.reason.value == earlier[1]
    not_reached = [row.rule for row in decision.trace if row.verdict is VerdictKind.NOT_REACHED]
    assert not_reached == ORDER[ORDER.index(earlier[0]) + 1 :]


@pytest.mark.parametrize(("_rule", "_reason", "change"), AFFLICTIONS, ids=[row[1] for row in AFFLICTIONS])
def test_the_trace_lists_every_rule(_rule: str, _reason: str, change: Sections) -> None:
    """The trace has one row per rule in table order, and nothing but not-reached after the deciding one."""
    trace = decided(change).record()["trace"]
    verdicts = [row["verdict"] for row in trace]
    assert [row["rule"] for row in trace] == ORDER
    deciding = verdicts.index("suppress")
    assert set(verdicts[:deciding]) <= {"pass", "force"}
    assert set(verdicts[deciding + 1 :]) <= {"not reached"}
    assert all(row["because"] for row in trace[: deciding + 1])

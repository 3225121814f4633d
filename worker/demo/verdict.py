"""The comparison: what vendors, journal, dead letters and token store hold, against what the story expects."""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

from worker.demo.sample import Sample
from worker.demo.screens import screen_of

#: The highest badge Huawei takes.
_HUAWEI_BADGE = 99


@dataclass(frozen=True, slots=True)
class Evidence:
    """What there is after the play."""

    #: Entries of the simulators' ledger.
    ledger: list[dict[str, Any]]
    #: Decision records of the journal.
    records: list[dict[str, Any]]
    #: (field, value, path) of the dead letters.
    dead_letters: list[tuple[str, bytes, str]]
    #: Tokens that were retired.
    retired: list[str]


@dataclass(slots=True)
class Verdict:
    """Every difference in words, by kind; none at all means that the pipeline did exactly what the story expects."""

    missing: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)

    @property
    def is_exact(self) -> bool:
        """Whether there is no difference."""
        return not (self.missing or self.twice or self.extra)

    def compare(self, what: str, expected: Iterable[Hashable], found: Iterable[Hashable]) -> None:
        """Note every expected item that is not there exactly once, and every item nobody expects."""
        wanted, there = set(expected), Counter(found)
        self.missing += [f"{what} {item}" for item in sorted(map(str, wanted - there.keys()))]
        self.extra += [f"{what} {item}" for item in sorted(map(str, there.keys() - wanted))]
        self.twice += [f"{what} {item}" for item, count in there.items() if count > 1 and item in wanted]


def judge(sample: Sample, evidence: Evidence) -> Verdict:
    """Compare everything, item by item, with every member a person could notice."""
    verdict = Verdict()
    verdict.compare("push", map(_expected_push, sample.pushes), map(_found_push, evidence.ledger))
    verdict.compare("decision", map(_decision, sample.decisions), map(_decision, evidence.records))
    verdict.compare("dead letter", sample.malformed, evidence.dead_letters)
    verdict.compare(
        "retired token of",
        _owners(sample, (each["token"] for each in sample.tokens)),
        _owners(sample, evidence.retired),
    )
    return verdict


def _expected_push(push: dict[str, Any]) -> tuple[Hashable, ...]:
    badge = min(push["badge"], _HUAWEI_BADGE) if push["vendor"] == "huawei" else push["badge"]
    return (push["vendor"], push["token"], push["msg_id"], push["title"], push["body"], badge, push["outcome"])


def _found_push(entry: dict[str, Any]) -> tuple[Hashable, ...]:
    screen = screen_of(entry)
    return (entry["vendor"], entry["token"], screen.msg_id, screen.title, screen.body, screen.badge, entry["outcome"])


def _decision(record: dict[str, Any]) -> tuple[Hashable, ...]:
    return (record["msg_id"], record["user"], record["reason"], record["badge"])


def _owners(sample: Sample, tokens: Iterable[str]) -> list[str]:
    """Return whose tokens these are: a report names people, not tokens."""
    owners = {
        device["token"]: f"{record['appkey']} {record['user']} {device['device_id']}"
        for record in sample.state
        for device in record.get("devices", [])
    }
    return [owners.get(token, "nobody") for token in tokens]

"""policy/README.md says what the code does."""

import json
import re
from itertools import chain
from pathlib import Path

import msgspec
import pytest

import policy
from policy.app import AppPolicy
from policy.case import Case
from policy.catch_up import CatchUpPolicy
from policy.decision import DETAILS, DeviceReason, Reason
from policy.rules import RULES
from tests.unit.policy.afflictions import AFFLICTIONS
from tests.unit.policy.test_devices import FAULTS

README = (Path(policy.__file__).parent / "README.md").read_text(encoding="utf-8")


def _table(heading: str) -> list[list[str]]:
    """Return the cells of the first table under a heading, without its two header lines."""
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def _code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_the_rules_are_the_tables() -> None:
    """The README lists the rules of the table by name, in its order."""
    assert [_code(row[0]) for row in _table("Rules")] == [[rule.name] for rule in RULES]


def test_each_rules_reasons() -> None:
    """The README gives each rule the reasons it really suppresses for, and together they are all there are."""
    listed = [(_code(row[0])[0], reason) for row in _table("Rules") for reason in _code(row[2])]
    assert listed == [(rule, reason) for rule, reason, _ in AFFLICTIONS]
    assert {reason for _, reason in listed} | {"pushed"} == {reason.value for reason in Reason}


def test_the_device_reasons_in_the_order_in_which_they_win() -> None:
    """The README lists every reason of a binding, in the order in which they win."""
    listed = list(chain.from_iterable(_code(row[0]) for row in _table("Bindings")))
    assert listed == [reason for _, reason, _, _ in FAULTS]
    assert {*listed, "pushed"} == {reason.value for reason in DeviceReason}


@pytest.mark.parametrize(
    ("heading", "reasons", "column"), [("Rules", Reason, 2), ("Bindings", DeviceReason, 0)], ids=["rules", "bindings"]
)
def test_the_details(heading: str, reasons: type[Reason | DeviceReason], column: int) -> None:
    """The README gives every reason the detail that the record gives it."""
    listed = {reason: _code(row[-1]) for row in _table(heading) for reason in _code(row[column])}
    assert listed == {
        reason.value: [DETAILS[reason]] if reason in DETAILS else [] for reason in reasons if reason.value != "pushed"
    }


def test_the_defaults() -> None:
    """The README's defaults are those of an app that says nothing."""
    defaults = {name: value for name, value in msgspec.to_builtins(AppPolicy()).items() if name != "appkey"}
    listed = {_code(row[0])[0]: _code(row[1])[0] for row in _table("Defaults")}
    assert listed == {name: value if isinstance(value, str) else json.dumps(value) for name, value in defaults.items()}


def test_the_policies_for_late_messages() -> None:
    """The README lists what may become of late messages, in the code's order."""
    assert [_code(row[0]) for row in _table("Late messages")] == [[policy.value] for policy in CatchUpPolicy]


def test_the_example_decides_as_it_says() -> None:
    """The case in the README gives the decision record printed below it."""
    case, printed = re.findall(r"```json\n(.*?)```", README, re.DOTALL)
    (decision,) = msgspec.json.decode(case, type=Case).decisions()
    record = decision.record()
    del record["trace"]
    assert record == json.loads(printed)


def test_the_files_it_names_exist() -> None:
    """Every module the README names is there."""
    root = Path(policy.__file__).parents[1]
    named = set(re.findall(r"`(?:[\w/]*/)?([\w]+\.(?:py|txt))`", README))
    assert named <= {path.name for folder in ("policy", "tests/unit/policy") for path in (root / folder).iterdir()}

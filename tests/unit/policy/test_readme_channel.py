"""policy/README.md gives the numbers that the code has for repeats, breakers and the brake."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import policy
from policy.brake import BrakePolicy
from policy.breaker_rules import BreakerPolicy
from policy.causes import CAUSES, Cause
from policy.invalidation import InvalidationPolicy
from policy.retry import RetryPolicy
from policy.sign import Sign

README = (Path(policy.__file__).parent / "README.md").read_text(encoding="utf-8")
SETTINGS: dict[str, Any] = {
    "Repeats": RetryPolicy(),
    "The circuit breaker of a channel": BreakerPolicy(),
    "Mass invalidation": InvalidationPolicy(),
    "The brake of the ingest": BrakePolicy(),
}


def _section(heading: str) -> str:
    return README.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def _table(heading: str, first: str) -> list[list[str]]:
    """Return the cells of the table whose first column is called so, without its two header lines."""
    table = _section(heading).split(f"\n| {first} |")[1].split("\n\n")[0]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()[2:]]


def _code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def _row(cells: list[str]) -> Cause:
    least_s, first_s, cap_s, sends, sign = cells
    return Cause(
        float(first_s),
        float(cap_s),
        float(least_s),
        attempts=int(sends) if sends.isdigit() else None,
        is_unsent=sends == "uncounted",
        sign=Sign(sign),
    )


def test_the_repeats_are_the_table() -> None:
    """The README lists every cause once, in the order of the table, with its numbers and its sign."""
    listed = [
        ((provider, cause), _row(cells))
        for provider, causes, *cells in _table("Repeats", "Provider")
        for cause in _code(causes)
    ]
    assert listed == list(CAUSES.items())


@pytest.mark.parametrize("heading", SETTINGS)
def test_the_settings_have_their_defaults(heading: str) -> None:
    """The README lists every number of a policy with its default, and no other."""
    listed = {
        name: float(default)
        for names, defaults, _ in _table(heading, "Setting")
        for name, default in zip(_code(names), _code(defaults), strict=True)
    }
    given = SETTINGS[heading]
    numbers = {field.name: getattr(given, field.name) for field in fields(given)}
    assert listed == {name: value for name, value in numbers.items() if isinstance(value, int | float)}


def test_every_sign_is_named() -> None:
    """The section on the circuit breaker names everything that it is fed with."""
    assert {sign.value for sign in Sign} <= set(_code(_section("The circuit breaker of a channel")))

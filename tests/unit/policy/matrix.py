"""The golden matrix: every combination of remind types, do-not-disturb, mention, force, presence and device policy.

Write the file again after a wanted change, and read its diff as the change's effect::

    python -m tests.unit.policy.matrix --write
"""

import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

from policy.decision import Decision
from tests.factories import HOUR, NOW, PHONE, TABLET, Sections, decided, group, online

GOLDEN = Path(__file__).with_name("golden_matrix.txt")
UNSET = "-"

#: The axes. NOW is 22:13 in Shanghai, the default time zone.
APP_TYPES = (UNSET, "ALL", "AT", "NONE")
CONVERSATION_TYPES = (UNSET, "ALL", "AT", "NONE", "DEFAULT")
QUIET: dict[str, Sections] = {
    "no do-not-disturb": {},
    "interval running": {"settings": {"ignoreInterval": "22:00-07:00"}},
    "interval over": {"settings": {"ignoreInterval": "07:00-22:00"}},
    "duration running": {"settings": {"ignoreDuration": NOW + HOUR}},
    "duration expired": {"settings": {"ignoreDuration": NOW - HOUR}},
    "conversation duration": {"conversation": {"ignoreDuration": NOW + HOUR}},
}
MENTIONS: dict[str, Sections] = {
    "not mentioned": {"ext": {"em_at_list": ["carol"]}},
    "mentioned": {"ext": {"em_at_list": ["bob"]}},
    "all mentioned": {"ext": {"em_at_list": "ALL"}},
}
FORCES: dict[str, Sections] = {
    "not forced": {},
    "forced, beats dnd": {"ext": {"em_force_notification": True}, "app": {"force_beats": "dnd"}},
    "forced, beats all": {"ext": {"em_force_notification": True}, "app": {"force_beats": "all"}},
}
PRESENCES: dict[str, Sections] = {
    "offline": {"receiver": {"presence": []}},
    "one of two devices online": {"receiver": {"presence": [online("r1", "ios_1")]}},
    "both devices online": {"receiver": {"presence": [online("r1", "ios_1"), online("r2", "android_2")]}},
}
POLICIES = ("all-offline", "any-offline")

#: What a cell of the file shows.
CODES = {
    "online": "online",
    "dnd_interval": "d-int",
    "dnd_duration": "d-dur",
    "dnd_conversation": "d-conv",
    "remind_none": "none",
    "not_mentioned": "no-at",
    "all_devices_skipped": "skipped",
}


class Cell(NamedTuple):
    """One combination."""

    policy: str
    presence: str
    force: str
    quiet: str
    mention: str
    app_type: str
    conversation_type: str


def cells() -> Iterator[Cell]:
    """Yield every combination."""
    axes = (POLICIES, PRESENCES, FORCES, QUIET, MENTIONS, APP_TYPES, CONVERSATION_TYPES)
    return (Cell(*values) for values in product(*axes))


def decision_for(cell: Cell) -> Decision:
    """Return what the policy decides."""
    types: Sections = {
        "settings": {} if cell.app_type == UNSET else {"type": cell.app_type},
        "conversation": {} if cell.conversation_type == UNSET else {"type": cell.conversation_type},
    }
    base: Sections = {"event": group(), "receiver": {"devices": [PHONE, TABLET]}, "app": {"multi_device": cell.policy}}
    return decided(base, types, PRESENCES[cell.presence], FORCES[cell.force], QUIET[cell.quiet], MENTIONS[cell.mention])


def shown(decision: Decision) -> str:
    """Return the cell's text: the reason's code, or how many devices are lit."""
    lit = sum(device.is_pushed for device in decision.devices)
    return CODES.get(decision.reason.value) or f"push {lit}"


LEGEND = """\
What the policy decides for a group message to bob, who has two devices, at 22:13.
Written by: python -m tests.unit.policy.matrix --write

push N   N devices are lit                  d-int   silent: the app-level interval runs
online   silent: a device is online         d-dur   silent: the app-level duration runs
skipped  silent: no device may be lit       d-conv  silent: the conversation's duration runs
none     silent: remind type NONE           no-at   silent: remind type AT, and bob is not mentioned

Columns: the conversation's remind type under the app's ("-": never set).
"""
_WIDTH = 9


def render() -> str:
    """Return the text of the golden file."""
    return "\n".join([LEGEND, *(_section(*axes) for axes in product(POLICIES, PRESENCES, FORCES))])


def _section(policy: str, presence: str, force: str) -> str:
    rows = (_row(policy, presence, force, quiet, mention) for quiet, mention in product(QUIET, MENTIONS))
    return "\n".join([f"== {policy} | {presence} | {force}", *_header(), *_folded(rows), ""])


def _folded(rows: Iterator[tuple[str, str]]) -> Iterator[str]:
    """Yield the rows, those that decide the same together."""
    names: dict[str, list[str]] = {}
    for name, decisions in rows:
        names.setdefault(decisions, []).append(name)
    for decisions, (first, *others) in names.items():
        yield f"{first:<38}{decisions}".rstrip()
        yield from (f"{name:<38}as above" for name in others)


def _header() -> Iterator[str]:
    band = _WIDTH * len(CONVERSATION_TYPES)
    yield " " * 38 + "".join(f"{'app ' + kind:<{band}}" for kind in APP_TYPES).rstrip()
    yield " " * 38 + "".join(f"{kind:<{_WIDTH}}" for _, kind in product(APP_TYPES, CONVERSATION_TYPES)).rstrip()


def _row(policy: str, presence: str, force: str, quiet: str, mention: str) -> tuple[str, str]:
    columns = (
        Cell(policy, presence, force, quiet, mention, *kinds) for kinds in product(APP_TYPES, CONVERSATION_TYPES)
    )
    return f"{quiet}, {mention}", "".join(f"{shown(decision_for(cell)):<{_WIDTH}}" for cell in columns)


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python -m tests.unit.policy.matrix --write")
    GOLDEN.write_text(render(), encoding="utf-8")

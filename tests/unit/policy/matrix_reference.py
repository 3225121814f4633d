"""What each cell of the golden matrix must be: sets and a table, written from the product's pages, not from the policy.

Source: https://doc.easemob.com/document/server-side/push_dnd.html, and policy/README.md where it is silent. No rule
is walked: each reason is the set of cells in which it holds; what a force opens is taken away from it; an earlier
reason takes its cells from the later ones.
"""

from collections.abc import Callable
from functools import cache

from tests.unit.policy.matrix import Cell, cells

Cells = frozenset[Cell]

#: The remind type that holds: "conversation type beats app type; unset conversation inherits the app; unset app = ALL".
HOLDS = """
app\\conversation  -     ALL   AT    NONE  DEFAULT
-                 ALL   ALL   AT    NONE  ALL
ALL               ALL   ALL   AT    NONE  ALL
AT                AT    ALL   AT    NONE  AT
NONE              NONE  ALL   AT    NONE  NONE
"""
#: The order in which reasons win (the contract of the decision record).
PRECEDENCE = ("online", "dnd_interval", "dnd_duration", "dnd_conversation", "remind_none", "not_mentioned", "skipped")
#: What force opens: do-not-disturb always, the remind type only where the app says so (em_force_notification).
OPENED = {
    "forced, beats dnd": {"dnd_interval", "dnd_duration", "dnd_conversation"},
    "forced, beats all": {"dnd_interval", "dnd_duration", "dnd_conversation", "remind_none", "not_mentioned"},
}
DEVICES_ONLINE = {"offline": 0, "one of two devices online": 1, "both devices online": 2}
SHOWN = {
    "online": "online",
    "dnd_interval": "d-int",
    "dnd_duration": "d-dur",
    "dnd_conversation": "d-conv",
    "remind_none": "none",
    "not_mentioned": "no-at",
    "skipped": "skipped",
}


@cache
def _remind_types() -> dict[tuple[str, str], str]:
    header, *rows = (line.split() for line in HOLDS.strip().splitlines())
    return {(row[0], column): kind for row in rows for column, kind in zip(header[1:], row[1:], strict=True)}


def _holding(kind: str) -> Cells:
    pairs = {pair for pair, holds in _remind_types().items() if holds == kind}
    return _where(lambda cell: (cell.app_type, cell.conversation_type) in pairs)


def _where(holds: Callable[[Cell], bool]) -> Cells:
    return frozenset(filter(holds, cells()))


def _silent() -> dict[str, Cells]:
    """Return the cells in which each reason holds, before force."""
    online = _where(lambda cell: DEVICES_ONLINE[cell.presence] > 0)
    return {
        "online": online & _where(lambda cell: cell.policy == "all-offline"),
        "dnd_interval": _where(lambda cell: cell.quiet == "interval running"),
        "dnd_duration": _where(lambda cell: cell.quiet == "duration running"),
        "dnd_conversation": _where(lambda cell: cell.quiet == "conversation duration"),
        "remind_none": _holding("NONE"),
        "not_mentioned": _holding("AT") & _where(lambda cell: cell.mention == "not mentioned"),
        "skipped": _where(lambda cell: cell.policy == "any-offline" and DEVICES_ONLINE[cell.presence] == 2),
    }


def _opened(reason: str) -> Cells:
    return _where(lambda cell: reason in OPENED.get(cell.force, ()))


def expected() -> dict[Cell, str]:
    """Return what every cell must show."""
    silent = _silent()
    outcome = {cell: f"push {2 - DEVICES_ONLINE[cell.presence]}" for cell in cells()}
    for reason in reversed(PRECEDENCE):
        outcome |= dict.fromkeys(silent[reason] - _opened(reason), SHOWN[reason])
    return outcome

"""The worker's log after a flood: no error, no traceback, nothing that people wrote, no token."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fuzz.words import CANARIES

_KEEP = 20
_ERRORS = ("error", "critical")
#: Many of a flood's tokens are dead, and now and then twenty in a row: then the worker must say so.
_EXPECTED = "too many tokens die at once, they are kept"
#: Celery's farewell, which it prints past every logger.
_FAREWELL = ("", "worker: Warm shutdown (MainProcess)")


@dataclass(slots=True)
class LogAudit:
    """What a log holds: lines by event and level, and the first of those that should not be there."""

    lines: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)


def audited(path: Path) -> LogAudit:
    """Read a log line by line."""
    audit = LogAudit()
    with path.open("rb") as log:
        for line in log:
            _audit(audit, line.decode("utf-8", "replace").rstrip("\n"))
    return audit


def _audit(audit: LogAudit, line: str) -> None:
    if line in _FAREWELL:
        return
    record: dict[str, Any] = json.loads(line) if line.startswith("{") else {"event": "no record", "level": "error"}
    audit.lines[f"{record['level']}: {record['event']}"] += 1
    is_bad = record["level"] in _ERRORS and record["event"] != _EXPECTED
    if is_bad or "exception" in record:
        _keep(audit.errors, line)
    if any(canary in line for canary in CANARIES):
        _keep(audit.leaks, line)


def _keep(lines: list[str], line: str) -> None:
    if len(lines) < _KEEP:
        lines.append(line[:2000])

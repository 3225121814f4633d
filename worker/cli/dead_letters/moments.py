"""A point in time as people type it: a date, a date and time, or how long ago."""

import re
from datetime import UTC, datetime

import typer

from worker.clock import wall_clock

_AGO = re.compile(r"(?:\d{1,9}[dhms])+", re.ASCII)
_PART = re.compile(r"(\d+)([dhms])", re.ASCII)
_UNIT_MS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000}


def moment_ms(text: str) -> int:
    """Return milliseconds since 1970. A time without a zone is UTC, as every time that is printed.

    Raises:
        BadParameter: it is neither.
    """
    if _AGO.fullmatch(text):
        ago_ms = sum(int(number) * _UNIT_MS[unit] for number, unit in _PART.findall(text))
        return max(0, wall_clock() - ago_ms)
    try:
        moment = datetime.fromisoformat(text)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{text!r} is neither a time (2026-09-21T14:00Z) nor an age (30m, 2h, 1d)") from None

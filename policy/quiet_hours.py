"""The daily do-not-disturb interval: ``H:M-H:M`` in the app's time zone.

Source: https://doc.easemob.com/document/server-side/push_dnd.html; where it is silent, see policy/README.md.
"""

import re
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

_SYNTAX = re.compile(r"(\d{1,2}):(\d{1,2})-(\d{1,2}):(\d{1,2})", re.ASCII)
_LAST_HOUR, _LAST_MINUTE = 23, 59


class DndInterval(NamedTuple):
    """Minutes of the day, start included, end not. A start after the end runs over midnight."""

    start: int
    end: int

    def covers(self, minute: int) -> bool:
        """Return whether this minute of the local day (0..1439) is quiet; equal ends mean the whole day."""
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end

    def __str__(self) -> str:
        """Return ``HH:MM-HH:MM``."""
        return f"{clock_text(self.start)}-{clock_text(self.end)}"


@lru_cache(maxsize=4096)
def parse_interval(text: str) -> DndInterval | None:
    """Return the interval, or None for none: empty, ``0:0-0:0`` (switched off), or not an interval at all."""
    match = _SYNTAX.fullmatch(text.strip())
    if not match:
        return None
    start_hour, start_minute, end_hour, end_minute = (int(part) for part in match.groups())
    if max(start_hour, end_hour) > _LAST_HOUR or max(start_minute, end_minute) > _LAST_MINUTE:
        return None
    interval = DndInterval(start_hour * 60 + start_minute, end_hour * 60 + end_minute)
    return None if interval == (0, 0) else interval


def minute_of_day(now_ms: int, zone: ZoneInfo) -> int:
    """Return the wall clock's minute of the day (0..1439) in a time zone."""
    local = datetime.fromtimestamp(now_ms // 1000, zone)
    return local.hour * 60 + local.minute


def clock_text(minute: int) -> str:
    """Return a minute of the day as ``HH:MM``."""
    return f"{minute // 60:02}:{minute % 60:02}"


@lru_cache(maxsize=1024)
def time_zone(name: str) -> ZoneInfo:
    """Return an IANA time zone.

    Raises:
        ValueError: there is no zone of that name.
    """
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError) as error:
        raise ValueError(f"unknown time zone {name!r}") from error

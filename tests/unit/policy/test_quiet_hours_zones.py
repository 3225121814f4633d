"""Do-not-disturb on real wall clocks, with their gaps and overlaps, against a table built minute by minute."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.factories import decided
from tests.unit.policy.test_quiet_hours import walked

#: Zones, and days around which their clocks jump (Apia lost 2011-12-30; Lord Howe moves by half an hour).
CLOCKS: dict[str, list[date]] = {
    "Asia/Shanghai": [date(2026, 9, 21)],
    "Asia/Kathmandu": [date(2026, 9, 21)],
    "UTC": [date(2026, 12, 31)],
    "Europe/Berlin": [date(2026, 3, 29), date(2026, 10, 25)],
    "America/New_York": [date(2026, 3, 8), date(2026, 11, 1)],
    "Australia/Lord_Howe": [date(2026, 4, 5), date(2026, 10, 4)],
    "Pacific/Apia": [date(2011, 12, 30), date(2012, 4, 1)],
}
DAYS = [(zone, day) for zone, days in CLOCKS.items() for day in days]


def _instants(zone: ZoneInfo, wall: datetime) -> Iterator[int]:
    """Yield the minutes since 1970 at which the clock shows this: none in a gap, two in an overlap."""
    for fold in (0, 1):
        instant = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        if instant.astimezone(zone).replace(tzinfo=None) == wall:
            yield int(instant.timestamp()) // 60


@lru_cache
def clock(name: str, day: date) -> dict[int, int]:
    """Return the minute of the day shown at each minute since 1970, from the day before to the day after."""
    zone, start = ZoneInfo(name), datetime.combine(day - timedelta(days=1), datetime.min.time())
    walls = (start + timedelta(minutes=minute) for minute in range(3 * 1440))
    return {instant: wall.hour * 60 + wall.minute for wall in walls for instant in _instants(zone, wall)}


def _text(start: int, end: int) -> str:
    return "{}:{}-{}:{}".format(*divmod(start, 60), *divmod(end, 60))


minutes = st.integers(0, 1439)


@settings(max_examples=400)
@given(where=st.sampled_from(DAYS), start=minutes, end=minutes, at=st.data(), late_ms=st.integers(0, 59_999))
@example(where=DAYS[0], start=0, end=0, at=None, late_ms=0)
def test_quiet_exactly_while_the_local_clock_is_inside(
    where: tuple[str, date], start: int, end: int, at: st.DataObject | None, late_ms: int
) -> None:
    """At any instant, in any zone, through any jump of the clock: silent if and only if the wall clock is inside."""
    shown = clock(*where)
    instants = sorted(shown)
    instant = at.draw(st.sampled_from(instants)) if at else instants[0]
    now_ms = instant * 60_000 + late_ms
    quiet = set() if start == end == 0 else walked(start, end)
    decision = decided(
        case={"at": now_ms},
        event={"timestamp": now_ms},
        app={"timezone": where[0]},
        settings={"ignoreInterval": _text(start, end)},
    )
    assert decision.reason.value == ("dnd_interval" if shown[instant] in quiet else "pushed")


#: (zone, day, interval, minutes it is quiet in the three days around the day)
JUMPS = [
    ("Europe/Berlin", date(2026, 3, 29), "2:00-3:00", 2 * 60, "the hour that does not exist"),
    ("Europe/Berlin", date(2026, 10, 25), "2:00-3:00", 4 * 60, "the hour that comes twice"),
    ("America/New_York", date(2026, 3, 8), "1:30-3:30", 3 * 120 - 60, "over the gap"),
    ("America/New_York", date(2026, 11, 1), "22:00-6:00", 3 * 480 + 60, "a night an hour longer"),
    ("Australia/Lord_Howe", date(2026, 10, 4), "2:00-2:30", 2 * 30, "half an hour that does not exist"),
    ("Australia/Lord_Howe", date(2026, 4, 5), "1:30-2:00", 4 * 30, "half an hour that comes twice"),
    ("Pacific/Apia", date(2011, 12, 30), "12:00-13:00", 2 * 60, "a day that does not exist"),
    ("Asia/Kathmandu", date(2026, 9, 21), "22:15-7:45", 3 * 570, "a zone at a quarter to"),
]


@pytest.mark.parametrize(
    ("zone", "day", "interval", "quiet", "_why"), JUMPS, ids=[f"{row[0]}: {row[4]}" for row in JUMPS]
)
def test_how_long_a_jump_keeps_it_quiet(zone: str, day: date, interval: str, quiet: int, _why: str) -> None:
    """Counted minute by minute, an interval loses what a gap skips and gains what an overlap repeats."""
    parts = {"app": {"timezone": zone}, "settings": {"ignoreInterval": interval}}
    instants = [minute * 60_000 for minute in clock(zone, day)]
    decisions = (decided(parts, case={"at": now}, event={"timestamp": now}) for now in instants)
    assert sum(decision.reason.value == "dnd_interval" for decision in decisions) == quiet

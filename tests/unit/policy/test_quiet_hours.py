"""The do-not-disturb interval as text and as minutes of a day."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.quiet_hours import parse_interval, time_zone

DAY_MINUTES = 24 * 60
minutes = st.integers(0, DAY_MINUTES - 1)

NO_INTERVAL = [
    "",
    " ",
    "0:0-0:0",
    "00:00-00:00",
    "0:00-00:0",
    "24:00-07:00",
    "22:00-24:00",
    "22:60-07:00",
    "22:00-07:60",
    "99:99-99:99",
    "22:00",
    "22:00-",
    "-07:00",
    "22-7",
    "22:00-07:00-08:00",
    "22:00~07:00",
    "22:00 - 07:00",
    "022:00-07:00",
    "22:000-07:00",
    "-1:00-07:00",
    "+1:00-07:00",
    "1e1:00-07:00",
    "２２:00-07:00",
    "٢٢:00-07:00",
    "22:00-07:00\n22:00-07:00",
    "null",
    "22：00-07：00",
]


def walked(start: int, end: int) -> set[int]:
    """Walk the clock from start, minute by minute over midnight, until it shows end: the slow reference."""
    minute, quiet = start, set()
    while True:
        quiet.add(minute)
        minute = (minute + 1) % DAY_MINUTES
        if minute == end:
            return quiet


def _texts(start: int, end: int) -> list[str]:
    (first, second), (third, fourth) = divmod(start, 60), divmod(end, 60)
    return [f"{first}:{second}-{third}:{fourth}", f"{first:02}:{second:02}-{third:02}:{fourth:02}"]


@given(start=minutes, end=minutes)
def test_every_interval_is_quiet_from_start_to_end(start: int, end: int) -> None:
    """Padded or not, an interval covers exactly the minutes walked from start until end; only 0:0-0:0 is off."""
    expected = set() if start == end == 0 else walked(start, end)
    for text in _texts(start, end):
        interval = parse_interval(text)
        covered = {minute for minute in range(DAY_MINUTES) if interval and interval.covers(minute)}
        assert covered == expected


@pytest.mark.parametrize(
    ("text", "quiet"),
    [
        ("8:30-15:45", 7 * 60 + 15),
        ("22:5-7:9", 9 * 60 + 4),
        ("8:00-12:00", 4 * 60),
        ("0:0-0:1", 1),
        ("23:59-0:0", 1),
        ("0:1-0:0", DAY_MINUTES - 1),
        ("9:30-9:30", DAY_MINUTES),
        ("0:1-0:1", DAY_MINUTES),
        (" 22:00-07:00 ", 9 * 60),
    ],
)
def test_how_long_it_is_quiet(text: str, quiet: int) -> None:
    """Overnight runs over midnight, equal ends are the whole day, and the end is not included."""
    interval = parse_interval(text)
    assert interval is not None
    assert sum(interval.covers(minute) for minute in range(DAY_MINUTES)) == quiet


@pytest.mark.parametrize("text", NO_INTERVAL, ids=repr)
def test_what_is_no_interval(text: str) -> None:
    """Switched off, out of range or malformed: none of it keeps anybody quiet."""
    assert parse_interval(text) is None


@given(text=st.text(max_size=14) | st.from_regex(r"[0-9:\- ]{0,14}"))
def test_any_text_is_an_interval_or_none(text: str) -> None:
    """No text raises; an interval has minutes of a day."""
    interval = parse_interval(text)
    assert interval is None or (0 <= interval.start < DAY_MINUTES and 0 <= interval.end < DAY_MINUTES)


@given(start=minutes, end=minutes)
def test_the_trace_shows_the_interval_padded(start: int, end: int) -> None:
    """An interval prints as HH:MM-HH:MM, which reads back as the same interval."""
    interval = parse_interval(_texts(start, end)[0])
    assert interval is None or (str(interval) == _texts(start, end)[1] and parse_interval(str(interval)) == interval)


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", "Asia", "Asia/Shang\0hai", "x" * 5000]
)
def test_an_unknown_time_zone_is_refused(name: str) -> None:
    """Only an IANA time zone is one, and the error names it."""
    with pytest.raises(ValueError, match="unknown time zone"):
        time_zone(name)

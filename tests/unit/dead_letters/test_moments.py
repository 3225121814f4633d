"""Times as people type them."""

from datetime import UTC, datetime, timedelta

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from worker.cli.dead_letters.moments import moment_ms
from worker.clock import wall_clock
from worker.dead_letters.tables import moment

T = 1_789_999_200_000  # 2026-09-21T14:00:00Z


@pytest.mark.parametrize(
    "text",
    [
        "2026-09-21T14:00:00Z",
        "2026-09-21 14:00",
        "2026-09-21T14:00:00.000",
        "2026-09-21T22:00+08:00",
        "20260921T140000",
    ],
)
def test_dates(text: str) -> None:
    """ISO 8601, in UTC unless it says another zone."""
    assert moment_ms(text) == T


@pytest.mark.parametrize(
    ("text", "age"),
    [("2h", timedelta(hours=2)), ("90s", timedelta(seconds=90)), ("1d12h", timedelta(hours=36)), ("0m", timedelta())],
)
def test_ages(text: str, age: timedelta) -> None:
    """Days, hours, minutes and seconds before now."""
    before = wall_clock()
    found = moment_ms(text) + age // timedelta(milliseconds=1)
    assert before <= found <= wall_clock()


@pytest.mark.parametrize("text", ["", "2", "h", "2 h", "-2h", "2h ago", "1w", "now", "2026-02-30", "14:00", "٢h"])
def test_what_is_neither(text: str) -> None:
    """Anything else is refused with both forms."""
    with pytest.raises(typer.BadParameter, match="neither"):
        moment_ms(text)


def test_an_age_before_1970_is_1970() -> None:
    """A long time is no mistake."""
    assert moment_ms("999999999d") == 0


@given(st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - UTC is added
def test_what_is_printed_can_be_typed(at: datetime) -> None:
    """A time copied from a list means that second."""
    assert moment_ms(moment(int(at.timestamp() * 1000))) // 1000 == int(at.timestamp())

import pytest

from providers.result import Retryable
from providers.retry_after import Later, retry_after

#: Sun, 06 Nov 1994 08:49:37 GMT, the example date of RFC 9110.
NOW = 784_111_777.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 120 ", 120.0),
        ("86400", 600.0),
        ("9" * 400, 600.0),
        ("Sun, 06 Nov 1994 08:50:37 GMT", 60.0),
        ("Sun, 06 Nov 1994 08:50:37 -0000", 60.0),
        ("Sunday, 06-Nov-94 08:50:37 GMT", 60.0),
        ("Sun, 06 Nov 1994 08:00:00 GMT", 0.0),
        ("Sun, 06 Nov 2094 08:00:00 GMT", 600.0),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("Sun, 99 Nov 1994 99:99:99 GMT", None),
    ],
)
def test_both_forms_are_read_and_bounded(value: str, seconds: float | None) -> None:
    """Seconds and HTTP-dates become seconds from now, at most ten minutes; anything else is as good as absent."""
    assert retry_after({"retry-after": value}, NOW) == seconds


def test_an_absent_header_names_no_delay() -> None:
    """Without the header there is no delay."""
    assert retry_after({}) is None


def test_the_header_wins_over_the_table() -> None:
    """A row's own delay counts only when the answer names none, and 0 is a named delay."""
    row = Later(after_s=60.0)
    assert row.result("X", {}) == Retryable("X", 60.0)
    assert row.result("X", {"retry-after": "5"}) == Retryable("X", 5.0)
    assert row.result("X", {"retry-after": "0"}) == Retryable("X", 0.0)

"""Lines that come with each request: like all others, only cheaper."""

import io
import json

import pytest
import structlog

from worker.logs import configure_logs
from worker.quick_log import QuickLogger

JWT = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJURUFNIn0.c2lnbmF0dXJl"
MEMBERS = {"method": "GET", "path": '/org/app/users/鲍勃/"\\', "status": 200, "ms": 0.1, "nothing": None}


def without_time(line: str) -> str:
    """Return a line without the digits of its time."""
    head, time, rest = line.partition('"timestamp": "')
    assert time
    return head + rest[-3:]


def test_a_line_is_that_of_other_loggers(stream: io.StringIO) -> None:
    """Whoever looks for text in the log, or parses it, need not know which logger wrote a line."""
    configure_logs(stream=stream)
    structlog.get_logger("api").info("request", **MEMBERS)
    QuickLogger("api", stream=stream).info("request", **MEMBERS)
    theirs, ours = stream.getvalue().splitlines()
    assert without_time(ours) == without_time(theirs)
    assert abs(len(ours) - len(theirs)) <= len(".000000")


@pytest.mark.parametrize("columns", [False, True])
def test_nothing_confidential_passes(stream: io.StringIO, *, columns: bool) -> None:
    """Neither by the name of a member nor by its look."""
    QuickLogger("api", stream=stream, columns=columns).info("request", token="hunter2", path=f"/x/{JWT}")
    assert stream.getvalue().count("[redacted]") == 2
    assert "hunter2" not in stream.getvalue()
    assert JWT not in stream.getvalue()


def test_columns(stream: io.StringIO) -> None:
    """On a terminal it is a line of columns."""
    QuickLogger("api", stream=stream, columns=True).info("request", path="/x")
    assert "request" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


class Full(io.StringIO):
    """A stream on a full disk."""

    def write(self, _text: str, /) -> int:
        """Fail."""
        raise OSError(28, "No space left on device")


def test_a_line_that_cannot_be_written_stops_nobody(stream: io.StringIO) -> None:
    """A request is answered although nobody will read of it."""
    closed = io.StringIO()
    closed.close()
    for broken in (closed, Full()):
        QuickLogger("api", stream=broken, columns=False).info("request")
    QuickLogger("api", stream=stream).info("request")
    assert json.loads(stream.getvalue())["event"] == "request"

"""Promises about how arrivals are counted."""

from collections import Counter
from pathlib import Path

from tests.benchmarks.sinks.book import Arrivals, Book, came_at, compared, pushes_of
from tests.benchmarks.turn import Push, Turn

_TURN = Turn(1, 3, 3, ("apns",))


def _found(*pushes: Push) -> Arrivals:
    return compared(Counter(_TURN.pushes()), Counter(pushes), len(pushes))


def test_each_once_is_exact() -> None:
    """The pushes of a turn, in any order, are exact."""
    assert _found(*reversed(list(_TURN.pushes()))) == Arrivals(3, 0, 0, 0)
    assert _found(*_TURN.pushes()).is_exact


def test_a_push_for_another_is_no_exchange() -> None:
    """One that came twice does not make up for one that did not come, though the number of requests is right."""
    first, second, _ = _TURN.pushes()
    arrivals = _found(first, second, second)
    assert arrivals == Arrivals(3, 1, 1, 0)
    assert not arrivals.is_exact


def test_what_was_not_sent_is_foreign() -> None:
    """A push of an earlier turn that comes late is neither a repeat nor a substitute."""
    stranger = next(Turn(0, 1, 1, ("apns",)).pushes())
    assert _found(*_TURN.pushes(), stranger, stranger) == Arrivals(5, 0, 0, 2)


def test_a_request_for_many_names_each_of_them() -> None:
    """All tokens of a group's request count, with its one message; a message id beside them is no token."""
    turn = Turn(1, 2, 2, ("huawei",), group=2)
    one, other = turn.pushes()
    line = f'/v1/app/messages:send - {{"token":["{one.token}","{other.token}"],"tag":"{"a" * 32}","m":"{one.msg_id}"}}'
    assert list(pushes_of(line.encode())) == [one, other]


def test_a_request_came_when_its_stream_was_opened() -> None:
    """The log is written behind the answer; the vendor's own delay is no lateness. A millisecond counts as used up."""
    assert came_at(b"1790000000.500 0.080 /3/device/00 - {}") == 1790000000.421
    assert came_at(b"1790000000.500 0.000 /3/device/00 - {}") == 1790000000.501


def test_a_push_is_timed_by_its_first_request(tmp_path: Path) -> None:
    """A repeat, wherever its line is, makes no push look late, nor a push that is lost present."""
    first, second, _ = _TURN.pushes()
    lines = [
        f"{ended} 0.080 /3/device/{push.token} - {push.msg_id}"
        for ended, push in (
            ("9.000", first),
            ("8.000", second),
            ("7.000", first),
        )
    ]
    (tmp_path / "log").write_text("".join(f"{line}\n" for line in lines))
    assert Book(tmp_path / "log").times() == {first: 6.921, second: 7.921}

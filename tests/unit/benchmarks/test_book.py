"""Promises about how arrivals are counted."""

from collections import Counter

from tests.benchmarks.sinks.book import Arrivals, compared, pushes_of
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

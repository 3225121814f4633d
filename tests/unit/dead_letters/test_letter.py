"""What a dead letter is called, and where it says it was given up."""

import pytest

from tests.unit.dead_letters.burial import AT_MS, KEYS, letter
from worker.store.letter import ALWAYS, Period
from worker.store.letter_name import LetterName, Stage, letter_name


def test_a_name_is_read_as_it_is_printed() -> None:
    """What list prints is what the commands take; the partition may be left out."""
    name = letter({b"message": b""}).name
    assert str(name) == f"p3:{AT_MS}-0"
    assert letter_name(str(name)) == name
    assert letter_name(name.id) == LetterName(None, name.id)


@pytest.mark.parametrize(
    "text", ["", "p3", "p3:", "1790000000000", "p3:1790000000000", "p:1-0", "P3:1-0", "p3:1-0 ", "p3:1-x", "-", "+"]
)
def test_what_is_no_name(text: str) -> None:
    """Nothing else is a name, Redis' own marks for the ends of a stream least of all."""
    assert letter_name(text) is None


@pytest.mark.parametrize(
    ("stream", "stage", "channel"),
    [
        (KEYS.events, Stage.EVENTS, None),
        (KEYS.siding("org#app"), Stage.EVENTS, None),
        (KEYS.outbox("org#app", "n"), Stage.OUTBOX, ("org#app", "n")),
        (KEYS.outbox("org#app", "a:b"), Stage.OUTBOX, ("org#app", "a:b")),
        ("push:{p4}:events", None, None),
        ("push:{p4}:out:org#app:n", None, None),
        ("push:{p3}:out:org#app", None, None),
        ("push:{p3}:journal", None, None),
        ("", None, None),
    ],
)
def test_the_stream_tells_stage_and_channel(stream: str, stage: Stage | None, channel: tuple[str, str] | None) -> None:
    """Streams of the letter's own partition are known, no other is: a retry must not leave its slot."""
    found = letter({b"job": b""}, stream=stream)
    assert (found.stage, found.channel) == (stage, channel)


@pytest.mark.parametrize(
    ("path", "reason", "fault"),
    [
        (b"$.to", b"missing", "$.to: missing"),
        (b"$", b"not JSON", "not JSON"),
        (b"", b"r", "r"),
        (b"", b"\xff", "\ufffd"),
    ],
)
def test_the_fault_is_one_line(path: bytes, reason: bytes, fault: str) -> None:
    """The path stands before the reason where it says more than the whole value."""
    assert letter({b"message": b""}, path=path, reason=reason).fault == fault


def test_a_letter_prints_its_type_only() -> None:
    """It holds tokens and text, which no log and no traceback may show."""
    assert repr(letter({b"message": b"secret"})) == "Letter(...)"


@pytest.mark.parametrize(
    ("period", "is_covered"),
    [
        (ALWAYS, True),
        (Period(AT_MS), True),
        (Period(AT_MS + 1), False),
        (Period(None, AT_MS), True),
        (Period(None, AT_MS - 1), False),
        (Period(AT_MS, AT_MS), True),
    ],
)
def test_a_period_includes_its_ends(period: Period, is_covered: bool) -> None:
    """To the millisecond."""
    assert period.covers(letter({b"message": b""})) is is_covered

"""Entries that no worker lived to settle."""

import pytest

from worker.poison import MOST_DELIVERIES, are_suspect, without_poison
from worker.store.stream import Entry

TEXT = b"geheimes Wort"


def delivered(deliveries: int, number: int = 1) -> Entry:
    """Return an entry that was given to so many workers."""
    return Entry(b"%d-0" % number, {b"message": TEXT}, deliveries)


@pytest.mark.parametrize(
    ("deliveries", "is_poison", "is_suspect"),
    [(1, False, False), (2, False, False), (3, False, True), (7, False, True), (8, False, True), (9, True, True)],
)
def test_the_count_of_workers_decides(deliveries: int, is_poison: bool, is_suspect: bool) -> None:
    """Two deaths may be chance; after that it is tried apart, and eight workers are enough."""
    sound, poison = without_poison([delivered(deliveries)])
    assert ([entry.deliveries for entry in sound], len(poison)) == ([] if is_poison else [deliveries], int(is_poison))
    assert are_suspect([delivered(deliveries)]) is is_suspect


def test_the_others_go_on_in_their_order() -> None:
    """Poison is sorted out of a batch, and one suspect makes the whole batch suspect."""
    batch = [delivered(1, 1), delivered(9, 2), delivered(2, 3), delivered(MOST_DELIVERIES + 1, 4), delivered(1, 5)]
    sound, poison = without_poison(batch)
    assert [entry.id for entry in sound] == [b"1-0", b"3-0", b"5-0"]
    assert [entry.id for entry, _ in poison] == [b"2-0", b"4-0"]
    assert are_suspect(batch)
    assert not are_suspect(sound)
    assert not are_suspect([])


def test_the_reason_says_how_many_died_and_nothing_of_the_entry() -> None:
    """Who looks at the dead letter learns why it is there."""
    ((_, fault),) = without_poison([delivered(9)])[1]
    assert str(fault) == "$: given to 8 workers, none of which lived to settle it"

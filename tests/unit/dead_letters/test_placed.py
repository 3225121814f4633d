"""Names that people type find their partition, or are told what is missing."""

import pytest
import typer

from worker.cli.dead_letters.place import placed
from worker.store.keys import Keys
from worker.store.letter_name import LetterName


def test_one_partition_need_not_be_said() -> None:
    """With one partition, whatever its number, a bare id is of it."""
    assert placed([LetterName(None, "1-0"), LetterName(4, "2-0")], [Keys(4)]) == [
        LetterName(4, "1-0"),
        LetterName(4, "2-0"),
    ]


def test_several_partitions_have_to_be_said() -> None:
    """A bare id could be in any of them: the answer shows how to say which."""
    assert placed([LetterName(1, "1-0")], [Keys(0), Keys(1)]) == [LetterName(1, "1-0")]
    with pytest.raises(typer.BadParameter, match="say which, p0:1-0"):
        placed([LetterName(None, "1-0")], [Keys(0), Keys(1)])


def test_a_partition_that_is_not_there() -> None:
    """It is named."""
    with pytest.raises(typer.BadParameter, match="no partition p2"):
        placed([LetterName(2, "1-0")], [Keys(0), Keys(1)])

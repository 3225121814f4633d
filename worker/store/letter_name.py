"""What a dead letter is called, and where it was given up."""

import re
from enum import Enum
from typing import NamedTuple

_NAME = re.compile(r"(?:p(\d{1,9}):)?(\d{1,19}-\d{1,19})", re.ASCII)


class Stage(str, Enum):
    """Where an entry was given up: on the events stream, or in the outbox of a channel."""

    EVENTS = "events"
    OUTBOX = "outbox"


class LetterName(NamedTuple):
    """What a letter is called: its partition, None where it was not said, and its id in the dead-letter stream."""

    partition: int | None
    id: str

    def __str__(self) -> str:
        """Return ``p0:1790000000000-0``, or the bare id."""
        return self.id if self.partition is None else f"p{self.partition}:{self.id}"


def letter_name(text: str) -> LetterName | None:
    """Return the name that was written, with or without a partition; None when it is none."""
    found = _NAME.fullmatch(text)
    return LetterName(int(found[1]) if found[1] else None, found[2]) if found else None

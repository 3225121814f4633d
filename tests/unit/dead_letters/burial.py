"""A letter in memory."""

from collections.abc import Mapping
from typing import Any

from worker.store.keys import Keys
from worker.store.letter import Letter, letter_of

KEYS = Keys(3)
#: When it was buried, milliseconds since 1970.
AT_MS = 1_790_000_000_000


def letter(
    fields: Mapping[bytes, bytes], *, stream: str = KEYS.events, entry_id: str = "7-1", **members: bytes
) -> Letter:
    """Return a letter of partition 3."""
    common = {b"stream": stream.encode(), b"id": entry_id.encode()}
    common |= {name.encode(): value for name, value in members.items()}
    rows: list[Any] = [
        (f"{AT_MS}-{number}".encode(), {**common, b"field": name, b"value": value})
        for number, (name, value) in enumerate(fields.items())
    ]
    return letter_of(KEYS, rows)

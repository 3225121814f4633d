"""A dead letter as people handle it: one stream entry, whole again, with its fault."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from policy.redacted import Redacted
from worker.store.keys import Keys
from worker.store.letter_name import LetterName, Stage
from worker.store.stream import added_ms

Fields = Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True, repr=False)
class Letter(Redacted):
    """One buried entry. ``ids`` are those of its dead letters, one for each field, oldest first.

    ``entry_id`` is its id on ``stream``, empty for a push that was given up. ``path`` is empty where no JSON was at
    fault.
    """

    keys: Keys
    ids: tuple[bytes, ...]
    stream: str
    entry_id: str
    fields: Fields
    path: str
    reason: str

    @property
    def name(self) -> LetterName:
        """What people call it: by its first dead letter."""
        return LetterName(self.keys.number, self.ids[0].decode())

    @property
    def buried_ms(self) -> int:
        """When it was buried, milliseconds since 1970, by the server's clock."""
        return added_ms(self.ids[0])

    @property
    def stage(self) -> Stage | None:
        """Where it was given up; None: this partition has no such stream."""
        if self.stream == self.keys.events or self.stream.startswith(self.keys.siding("")):
            return Stage.EVENTS
        return Stage.OUTBOX if self.channel else None

    @property
    def channel(self) -> tuple[str, str] | None:
        """App key and notifier of the outbox it was in. An app key holds no colon, a notifier may."""
        app, colon, notifier = self.stream.removeprefix(self.keys.outbox("", "")[:-1]).partition(":")
        return (app, notifier) if colon and self.stream == self.keys.outbox(app, notifier) else None

    @property
    def fault(self) -> str:
        """One line: the reason, behind the path where it says more than "the whole"."""
        return f"{self.path}: {self.reason}" if self.path not in {"", "$"} else self.reason


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time, both ends included, milliseconds since 1970; None is no end."""

    since_ms: int | None = None
    until_ms: int | None = None

    def covers(self, letter: Letter) -> bool:
        """Return whether a letter was buried in it."""
        is_late_enough = self.since_ms is None or letter.buried_ms >= self.since_ms
        return is_late_enough and (self.until_ms is None or letter.buried_ms <= self.until_ms)


#: All of time.
ALWAYS = Period()


def letter_of(keys: Keys, rows: Sequence[tuple[bytes, Fields]]) -> Letter:
    """Put an entry together again from its dead letters, oldest first. A member that is missing is empty."""
    fields = {row.get(b"field", b""): row.get(b"value", b"") for _, row in rows}
    said = [rows[0][1].get(name, b"").decode("utf-8", "replace") for name in (b"stream", b"id", b"path", b"reason")]
    stream, entry_id, path, reason = said
    return Letter(keys, tuple(row_id for row_id, _ in rows), stream, entry_id, fields, path, reason)

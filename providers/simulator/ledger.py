"""The book of what a fake vendor accepted: tests count losses and duplicates in it."""

import threading
from dataclasses import asdict, dataclass, replace
from typing import Any

#: The outcome of a push that the vendor took.
ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class Entry:
    """One request that was valid enough to name a token, and what became of it."""

    vendor: str
    token: str
    #: ``accepted`` or the vendor's error code (``Unregistered``, ``UNREGISTERED``, ``80300007``).
    outcome: str
    #: apns-id, FCM message name, Huawei requestId.
    vendor_id: str
    collapse_id: str | None
    payload: dict[str, Any]
    connection_id: int
    #: Seconds since 1970.
    at: float
    #: The vendor decided this, and the client was never told.
    answer_lost: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """The entries of one request: positions from ``start`` up to ``stop``, in the ledger's ``edition``."""

    edition: int
    start: int
    stop: int


class Ledger:
    """Append-only list of entries, shared by the socket thread and the control API.

    Args:
        keep_payloads: False writes every entry with an empty payload: for long runs, whose memory they would fill.
    """

    def __init__(self, *, keep_payloads: bool = True) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._keep_payloads = keep_payloads
        self._entries: list[Entry] = []
        self._edition = 0

    def __len__(self) -> int:
        """Return the number of entries."""
        return len(self._entries)

    def add(self, entry: Entry) -> None:
        """Write one entry."""
        if not self._keep_payloads:
            entry = replace(entry, payload={})
        with self._lock:
            self._entries.append(entry)

    def entries(self, since: int = 0, limit: int | None = None) -> list[Entry]:
        """Return a copy, oldest first: of all entries, or of at most ``limit`` after the first ``since``."""
        with self._lock:
            return self._entries[since : None if limit is None else since + limit]

    def written(self, start: int) -> Written:
        """Return what was written since there were ``start`` entries."""
        return Written(self._edition, start, len(self._entries))

    def of(self, written: Written) -> list[Entry]:
        """Return the entries of one request; none when the ledger was emptied meanwhile."""
        return self.entries(written.start, written.stop - written.start) if written.edition == self._edition else []

    def lose_answers(self, written: Written) -> list[Entry]:
        """Mark the entries of one request: its answer never arrived. Return them."""
        lost = [replace(entry, answer_lost=True) for entry in self.of(written)]
        with self._lock:
            self._entries[written.start : written.start + len(lost)] = lost
        return lost

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self._edition += 1

    def as_data(self) -> list[dict[str, Any]]:
        """Return all entries as plain data for JSON."""
        return [asdict(entry) for entry in self.entries()]

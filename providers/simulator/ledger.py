"""The book of what a fake vendor accepted: tests count losses and duplicates in it."""

import threading
from dataclasses import asdict, dataclass
from typing import Any


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


class Ledger:
    """Append-only list of entries, shared by the socket thread and the control API."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._entries: list[Entry] = []

    def add(self, entry: Entry) -> None:
        """Write one entry."""
        with self._lock:
            self._entries.append(entry)

    def entries(self) -> list[Entry]:
        """Return a copy of all entries, oldest first."""
        with self._lock:
            return list(self._entries)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()

    def as_data(self) -> list[dict[str, Any]]:
        """Return all entries as plain data for JSON."""
        return [asdict(entry) for entry in self.entries()]

"""What happened on the sockets of one vendor: connections, streams, faults."""

from collections import Counter
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class StreamCount:
    """The streams of one connection. On HTTP/1.1 a request counts as a stream."""

    requests: int = 0
    #: Answered by RST_STREAM(REFUSED_STREAM), for the limit or by a fault.
    refused: int = 0
    most_open: int = 0

    def opened(self, now_open: int) -> None:
        """Note a new stream; ``now_open`` counts it."""
        self.requests += 1
        self.most_open = max(self.most_open, now_open)


class Traffic:
    """The counters of one vendor."""

    def __init__(self) -> None:
        self.faults: Counter[str] = Counter()
        self._opened: dict[int, StreamCount] = {}
        self._open: dict[int, StreamCount] = {}

    def connected(self, connection_id: int, streams: StreamCount) -> None:
        """Follow a connection whose handshake is over."""
        self._opened[connection_id] = self._open[connection_id] = streams

    def disconnected(self, connection_id: int) -> None:
        """Note the end of a connection; its counts stay."""
        self._open.pop(connection_id, None)

    def clear(self) -> None:
        """Forget what is over; connections that are open stay with their counts."""
        self.faults.clear()
        self._opened = dict(self._open)

    def as_data(self) -> dict[str, Any]:
        """Return everything as plain data for JSON."""
        counts = self._opened.values()
        return {
            "connections": {"opened": len(counts), "open": len(self._open)},
            "streams": {
                "opened": sum(count.requests for count in counts),
                "refused": sum(count.refused for count in counts),
                "most_open": max((count.most_open for count in counts), default=0),
                "most_open_by_connection": {str(key): count.most_open for key, count in self._opened.items()},
            },
            "faults": dict(sorted(self.faults.items())),
        }

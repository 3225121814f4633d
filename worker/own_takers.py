"""The lanes of this process as the takers of what it hands over."""

from worker.admission import sending
from worker.store.takers import Taker
from worker.ways import Ways


class OwnTakers:
    """Finds the lane of an outbox."""

    def __init__(self, ways: Ways, consumer: str) -> None:
        """``consumer`` is the name under which all lanes read."""
        self._ways, self.consumer, self.sending = ways, consumer, sending(consumer)

    def of(self, outbox: str) -> Taker | None:
        """Return the lane that sends what this outbox holds."""
        return self._ways.lane_of(outbox)

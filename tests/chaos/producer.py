"""An IM server that adds events, and adds again whatever Redis did not answer."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import redis

from tests.chaos.keys import EVENTS
from tests.chaos.load import Message, now_ms

_PORTION = 50
_POLL_S = 0.01

#: Called before each portion with how many events were added: how many may be added now.
Pace = Callable[[int], int]


class Producer(threading.Thread):
    """Adds messages in order, at a pace, until all are added or it is told to stop."""

    def __init__(self, client: redis.Redis, messages: Sequence[Message], pace: Pace) -> None:
        """Start nothing yet."""
        super().__init__(name="producer", daemon=True)
        self._client, self._messages, self._pace = client, messages, pace
        self._stopped = threading.Event()
        #: Message -> when it was handed to Redis (ms since 1970), of those that Redis has answered, in order.
        self.answered: dict[Message, int] = {}
        #: Portions that were added again because Redis went away.
        self.repeated = 0
        self._failure: BaseException | None = None

    def run(self) -> None:
        """Add."""
        try:
            self._add_all()
        except BaseException as error:  # noqa: BLE001 - it is raised where the thread is joined
            self._failure = error

    def has_added(self, number: int) -> Callable[[], bool]:
        """Return a question for ``eventually``: has Redis answered so many?"""
        return lambda: len(self.answered) >= number

    def finish(self, deadline_s: float) -> None:
        """Wait until everything is added.

        Raises:
            AssertionError: it was not within ``deadline_s``.
            Exception: what the thread died of.
        """
        self.join(deadline_s)
        if self._failure is not None:
            raise self._failure
        assert not self.is_alive(), f"{len(self.answered)} of {len(self._messages)} events added in {deadline_s} s"

    def stop(self) -> None:
        """Add no more."""
        self._stopped.set()
        self.finish(60)

    def _add_all(self) -> None:
        added = 0
        while added < len(self._messages) and not self._stopped.is_set():
            portion = self._messages[added : added + min(_PORTION, self._pace(added))]
            if not portion:
                time.sleep(_POLL_S)
                continue
            self._insist(portion)
            added += len(portion)

    def _insist(self, portion: Sequence[Message]) -> None:
        while not self._stopped.is_set():
            at_ms = now_ms()
            try:
                self._add(portion, at_ms)
            except (redis.ConnectionError, redis.TimeoutError):
                self.repeated += 1
                time.sleep(_POLL_S)
            else:
                self.answered.update(dict.fromkeys(portion, at_ms))
                return

    def _add(self, portion: Sequence[Message], at_ms: int) -> None:
        pipe = self._client.pipeline(transaction=False)
        for message in portion:
            pipe.xadd(EVENTS, {"message": message.event(at_ms)})
        pipe.execute()


def per_second(rate: float) -> Pace:
    """Return a pace of so many events a second, from now on."""
    begin = time.monotonic()
    return lambda added: int((time.monotonic() - begin) * rate) - added


def below(backlog: Callable[[], int], limit: int) -> Pace:
    """Return a pace that keeps a backlog filled: always work for everybody, never a flood."""
    return lambda _: _PORTION if backlog() < limit else 0


def at_once(_: int) -> int:
    """Add as fast as Redis answers."""
    return _PORTION


@contextmanager
def producing(producer: Producer) -> Iterator[Producer]:
    """Have the producer add while the block runs; it stops when the block fails."""
    producer.start()
    try:
        yield producer
    finally:
        producer.stop()

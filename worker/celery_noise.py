"""What Celery says of its broker, said once: the worker's own lines tell how it does."""

import logging
import time
from collections.abc import Callable

#: Celery's own repeats come after 2, 4, 6 … 32 seconds, without an end.
_EVERY_S = 60.0
_REPEATED = "consumer: Cannot connect"
#: About ``worker_cancel_long_running_tasks_on_connection_loss``, whether one has set it or not; at every reconnect.
_POINTLESS = "CPendingDeprecationWarning"
_LOGGERS = ("celery.worker.consumer.consumer", "py.warnings")


class LessNoise(logging.Filter):
    """Lets one of the lines that say that the broker cannot be reached pass in a minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock`` is seconds of any origin."""
        super().__init__()
        self._clock, self._next = clock, float("-inf")

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is written."""
        text = record.getMessage()
        if not text.startswith(_REPEATED):
            return _POINTLESS not in text
        now = self._clock()
        if now < self._next:
            return False
        self._next = now + _EVERY_S
        return True


def quiet_celery() -> None:
    """Keep the repeats out of the log."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(LessNoise())

"""Celery's own consumer, patient with a broker that answers and refuses: the worker dispatches without it.

Celery by itself ends the worker, or, told not to, reconnects five times a second and writes a traceback each time.
https://docs.celeryq.dev/en/stable/userguide/configuration.html#std-setting-broker_channel_error_retry
"""

import time
from typing import Any

import structlog
from celery.worker.consumer import Consumer

_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 30.0
#: A broker that takes the connection may still refuse the first read.
_CALM_S = 5.0
_log = structlog.get_logger(__name__)


class PatientConsumer(Consumer):  # type: ignore[misc]  # celery has no type information
    """Waits longer and longer while it is refused; says one line when that begins and one when it has ended."""

    _refusals = 0
    _calm: Any = None

    def on_connection_error_before_connected(self, exc: Exception) -> None:
        """Wait when the broker refuses; what breaks is Celery's business."""
        if self._is_refusal(exc):
            self._wait(exc)
        else:
            super().on_connection_error_before_connected(exc)

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Let Celery close the connection, then wait when the broker refuses."""
        super().on_connection_error_after_connected(exc)
        if self._is_refusal(exc):
            self._wait(exc)

    def on_ready(self) -> None:
        """Report the end of a refusal, unless there is another one soon."""
        super().on_ready()
        if self._refusals:
            self._calm = self.timer.call_after(_CALM_S, self._end_refusal)

    def _is_refusal(self, exc: Exception) -> bool:
        return not isinstance(exc, self.connection_errors)

    def _wait(self, exc: Exception) -> None:
        if self._calm:
            self._calm.cancel()
        if not self._refusals:
            _log.warning("broker refuses, waiting", error=type(exc).__name__, detail=str(exc)[:200])
        wait_s = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2.0 ** min(self._refusals, 10))
        self._refusals += 1
        time.sleep(wait_s)

    def _end_refusal(self) -> None:
        self._refusals = 0
        _log.info("broker is back")

"""Wait out Redis trouble: one line when it starts, one when it ends, and the same call again in between."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from worker.store.trouble import is_passing

Value = TypeVar("Value")
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.05, 2.0
_log = structlog.get_logger(__name__)


class Closed(Exception):  # noqa: N818 - a signal, not an error
    """The worker is told to stop while it waits; what it was doing stays with Redis for others."""


class Patience:
    """Repeats a call until Redis takes it. ``closing`` ends the wait."""

    def __init__(self, name: str, closing: asyncio.Event) -> None:
        """``name`` says in the log who waits."""
        self._name, self._closing = name, closing

    async def insist(self, call: Callable[[], Awaitable[Value]]) -> Value:
        """Return the call's value.

        Raises:
            Closed: the worker stops first.
            Exception: whatever the call raises that waiting does not heal.
        """
        waits = 0
        while True:
            try:
                value = await call()
            except Exception as error:
                if not is_passing(error):
                    raise
                await self._wait(waits, error)
                waits += 1
            else:
                if waits:
                    _log.info("redis is back", who=self._name, attempts=waits)
                return value

    async def _wait(self, waits: int, error: Exception) -> None:
        if not waits:
            _log.warning("redis trouble, waiting", who=self._name, error=type(error).__name__, detail=str(error)[:200])
        if self._closing.is_set():
            raise Closed
        try:
            await asyncio.wait_for(self._closing.wait(), min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2**waits))
        except TimeoutError:
            return
        raise Closed

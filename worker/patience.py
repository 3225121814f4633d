"""Wait out Redis trouble: the same call again until it is answered. What is said about it, the notice board says."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from worker.notice_board import NoticeBoard, Wait
from worker.pulse import Pulse
from worker.store.trouble import is_passing

Value = TypeVar("Value")
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.05, 2.0


class Closed(Exception):  # noqa: N818 - a signal, not an error
    """The worker is told to stop while it waits; what it was doing stays with Redis for others."""


class Patience:
    """Repeats a part's call until Redis takes it. ``closing`` ends the wait."""

    def __init__(self, name: str, pulse: Pulse, board: NoticeBoard, closing: asyncio.Event) -> None:
        """``name`` says in the log who waits; made by ``Health.patience``."""
        self.name, self.pulse, self._board, self.closing = name, pulse, board, closing

    def may_take_over(self, lease_ms: int) -> bool:
        """Return whether silence means death: not within a lease after Redis was away, when everybody was silent.

        Those who live settle what they have sent, and renew their leases, long before that.
        """
        return self._board.is_calm(lease_ms / 1000)

    async def insist(self, call: Callable[[], Awaitable[Value]]) -> Value:
        """Return the call's value.

        Raises:
            Closed: the worker stops first.
            Exception: whatever the call raises that waiting does not heal.
        """
        wait = Wait(self.name)
        try:
            while True:
                try:
                    value = await call()
                except Exception as error:
                    if not is_passing(error):
                        raise
                    await self._sit_out(wait, error)
                else:
                    self.pulse.beat()
                    self._board.served(wait)
                    return value
        finally:
            self._board.left(wait)

    async def _sit_out(self, wait: Wait, error: Exception) -> None:
        self.pulse.excuse()
        self._board.met(wait, error)
        if self.closing.is_set():
            raise Closed
        pause_s = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2.0 ** min(wait.attempts - 1, 10))
        try:
            await asyncio.wait_for(self.closing.wait(), pause_s)
        except TimeoutError:
            return
        raise Closed

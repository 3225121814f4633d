"""The stall guard's first half: it turns with the loop, starts parts again that stand still, and renews connections."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

import structlog
from redis.exceptions import RedisError

from worker.health import TICK_S, Health
from worker.metrics import STALLS
from worker.part import Part

#: Parts that stand still together have one cause; so many of them get a line.
_LINES_AT_MOST = 5
#: Closing connections must not hold up the loop's tick.
_RENEW_S = 5.0
_log = structlog.get_logger(__name__)

Renew = Callable[[], Coroutine[Any, Any, None]]


class StallWatch:
    """Looks after the parts once a second. What a fresh start does not help ends the process (``end``)."""

    def __init__(self, health: Health, parts: Sequence[Part], renew: Renew, end: Callable[..., None]) -> None:
        """``renew`` makes every part connect to Redis anew; ``end`` takes a line and its details."""
        self._health, self._parts, self._renew, self._end = health, parts, renew, end
        self._incidents = 0

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            self._health.tick()
            if not self._health.closing.is_set():
                await self.look()
            await asyncio.sleep(TICK_S)

    async def look(self) -> None:
        """Start every part again that stands still."""
        await self._leave_suspects()
        still = [part for part in self._parts if part.pulse.still_s >= self._health.stall_s]
        if not still:
            return
        for part in still:
            self._judge(part)
        _say(still)
        await self.reconnect()
        for part in still:
            part.revive()

    async def reconnect(self) -> None:
        """Let every part connect anew before its next call."""
        with suppress(RedisError, OSError):  # TimeoutError is an OSError; what cannot be closed is not used either
            async with asyncio.timeout(_RENEW_S):
                await self._renew()

    async def _leave_suspects(self) -> None:
        """Connect anew when Redis trouble begins: what one call met, the connections that lie idle may hold, too.

        Behind a dead path each of them would cost a later call its time-out, and be told as another trouble.
        """
        if self._incidents == self._health.board.incidents:
            return
        self._incidents = self._health.board.incidents
        await self.reconnect()

    def _judge(self, part: Part) -> None:
        """Count it, and end the process if it was started again before and has not got on since."""
        STALLS.labels(part.name).inc()
        if part.revived is not None and part.pulse.still_since <= part.revived:
            self._end("part does not get on although it was started again", **_facts(part))


def _say(still: Sequence[Part]) -> None:
    for part in still[:_LINES_AT_MOST]:
        _log.error("part stands still, starting it again", **_facts(part))
    if more := len(still[_LINES_AT_MOST:]):
        _log.error("more parts stand still, starting them again", parts=more)


def _facts(part: Part) -> dict[str, object]:
    return {"part": part.name, "still_s": round(part.pulse.still_s), "at": part.place}

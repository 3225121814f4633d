"""How fast a vendor lets a project send: a quota, and a gentle start.

FCM: 600,000 messages a minute for each project, and a ramp of at least 60 seconds from nothing to the full rate
(https://firebase.google.com/docs/cloud-messaging/scale-fcm). Huawei: devices a second
(https://developer.huawei.com/consumer/cn/doc/HMSCore-Guides/message-restriction-description-0000001361648361).
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from providers.result import Retryable

#: Unused allowance of this many seconds may be spent at once.
BURST_S: Final = 1.0
#: A ramp begins at this share of the rate, so that little traffic never waits.
FIRST_SHARE: Final = 0.05


class Pace:
    """Spaces what is sent by one process (the generic cell rate algorithm).

    Args:
        per_second: units a second, at the end of the ramp.
        ramp_s: seconds from the first send, or from the first after as long a pause, to the full rate.
        clock: seconds; any origin.
    """

    def __init__(self, per_second: float, ramp_s: float = 0.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second, self._ramp_s, self._clock = per_second, ramp_s, clock
        self._next = self._began = float("-inf")

    async def wait(self, units: int, deadline: float) -> float | None:
        """Wait until so many units may be sent; return the seconds waited, None if that is not within ``deadline``.

        Who gets None has taken nothing.
        """
        delay = self.reserve(units, deadline)
        if delay:
            await asyncio.sleep(delay)
        return delay

    async def left(self, units: int, deadline: float) -> float | Retryable:
        """Wait as ``wait`` does; return the seconds left for the send, or what the send comes to if there are none."""
        waited = await self.wait(units, deadline)
        return Retryable("paced", detail="the channel's rate is used up") if waited is None else deadline - waited

    def reserve(self, units: int, longest: float) -> float | None:
        """Take so many units and return the seconds until they may be sent; None, and take nothing, if too long."""
        now = self._clock()
        if now - self._next > self._ramp_s:
            self._began = now
        starts = max(self._next, now - BURST_S)
        delay = max(0.0, starts - now)
        if delay > longest:
            return None
        self._next = starts + units / self._rate(now)
        return delay

    def _rate(self, now: float) -> float:
        share = (now - self._began) / self._ramp_s if self._ramp_s else 1.0
        return self._per_second * min(1.0, max(FIRST_SHARE, share))

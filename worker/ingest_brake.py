"""The brake of this process's ingest: who reads events asks it how many, and tells it what became of them."""

import asyncio
from collections.abc import Iterable

import structlog

from policy.brake import Brake, BrakeState, Intake
from worker.clock import Clock
from worker.metrics import STOPPED

#: Who waits looks up as often, to be told that the worker ends.
_LOOK_UP_S = 1.0
_log = structlog.get_logger(__name__)


class IngestBrake:
    """One for all partitions: a broken deployment is broken for all of them."""

    def __init__(self, brake: Brake, clock: Clock) -> None:
        """``clock`` must not go back."""
        self._brake, self._clock = brake, clock

    @property
    def is_on(self) -> bool:
        """Whether events are taken one by one only."""
        return self._brake.state is BrakeState.STOPPED

    async def admitted(self, wanted: int) -> int:
        """Return how many events may be taken; wait, a second at most, when there are none."""
        now_ms = self._clock()
        if count := self._brake.admits(now_ms, wanted):
            return count
        await asyncio.sleep(min(_LOOK_UP_S, (self._brake.wake_at(now_ms) - now_ms) / 1000))
        return self._brake.admits(self._clock(), wanted)

    def note(self, intakes: Iterable[Intake]) -> None:
        """Note what became of events, in their order."""
        for intake in intakes:
            change = self._brake.observe(self._clock(), intake)
            if change is None:
                continue
            STOPPED.set(self.is_on)
            if self.is_on:
                _log.critical("ingest stopped itself, events stay in their stream", why=change.why)
            else:
                _log.info("ingest goes on", why=change.why)

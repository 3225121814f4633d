"""Pushes that are sent without a task: to make one and to wake it costs a push a tenth of all it takes."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from policy.breaker import Era
from providers.result import Result, Retryable
from worker.channel_signs import outcome_of
from worker.gate import UNKNOWN, Gate
from worker.line import Held, Line
from worker.overdue import Overdue
from worker.push import Push
from worker.store.settlements import Settlement

#: Says how to settle a push.
Settled = Callable[[Push, Result], Settlement]

_TOO_LONG = Retryable("adapter_error", maybe_sent=True, detail=TimeoutError.__name__)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Landing:
    """Where flights end: how a push is settled, or why that cannot be said."""

    settle: Callable[[Sequence[Settlement]], None]
    fail: Callable[[Sequence[Push], Exception], None]


@dataclass(eq=False, slots=True)
class _Flight:
    """One push on its way."""

    flights: "Flights"
    push: Push
    gate: Gate
    held: Held
    landing: Landing
    #: None before it has begun, and when it has ended.
    era: Era | None = None

    def end(self, result: Result) -> None:
        """Have it settled, once: when it has ended an answer is ignored."""
        era, self.era = self.era, None
        if era is None:
            return
        parcel, outcome, flights = [self.push], UNKNOWN, self.flights
        try:
            outcome = outcome_of(flights.vendor, parcel, [result])
            self.landing.settle([flights.settled(self.push, result)])
        except Exception as error:  # noqa: BLE001 - a fault nobody foresaw must not cost the lane a slot
            self.landing.fail(parcel, error)
        finally:
            self.gate.end(era, 1, outcome)
            flights.note_end(self, self.held)

    def cancel(self) -> None:
        """Have it settled without an answer: the adapter has broken its promise."""
        _log.error("adapter failed", provider=self.flights.vendor, error=_TOO_LONG.detail)
        self.end(_TOO_LONG)


class Flights:
    """The pushes that are on their way to one vendor without a task."""

    def __init__(
        self,
        vendor: str,
        line: Line,
        overdue: Overdue,
        deadline_s: float,
        settled: Callable[[Push, Result], Settlement],
    ) -> None:
        """``vendor`` names it in logs."""
        self.vendor, self._line, self._overdue, self._deadline_s = vendor, line, overdue, deadline_s
        self.settled = settled
        #: The loop holds tasks weakly; this keeps them.
        self._closing: set[asyncio.Task[None]] = set()

    def begin(self, push: Push, gate: Gate, landing: Landing) -> bool:
        """Begin to send, if nothing has to be waited for before; return False if it was not begun.

        It lands in a later turn of the loop.
        """
        prompt = self._line.prompt
        if prompt is None or not gate.is_closed:
            return False
        held = self._line.take()
        flight = _Flight(self, push, gate, held, landing)
        try:
            is_begun = prompt.begin(push.job.addressed(), self._deadline_s, flight.end)
        except Exception as error:  # noqa: BLE001 - an adapter's broken assumption: let its send meet it, too
            _log.exception("adapter failed", provider=self.vendor, error=type(error).__name__)
            is_begun = False
        if is_begun:
            flight.era = gate.start(1)
            self._overdue.begin(flight)
        else:
            self._line.give(held)
        return is_begun

    def note_end(self, flight: _Flight, held: Held) -> None:
        """Take note that a push has ended; close what nobody uses any more."""
        self._overdue.end(flight)
        if unused := self._line.give(held):
            task = asyncio.create_task(unused.aclose())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

"""A circuit breaker for one channel in one process: when its vendor may be sent to, and how much at a time.

    closed ──reason_to_open──▶ open ──its pause is over──▶ half-open ──all slots used well──▶ closed
                                 ▲────────reason_to_open───────┘

Half-open lets one push through, then two, four, …: a vendor that has just come back is not run over by a backlog.

A send may end long after the breaker opened, and what it says is then old: it must neither open the breaker again, nor
prolong the pause, nor close it. So every send carries the **era** it was started in, a new one begins whenever the
breaker opens, and outcomes of earlier eras are ignored.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from enum import Enum
from typing import NewType

from policy.breaker_rules import BAD, COUNTED, BreakerPolicy, Pauses, Run, reason_to_open
from policy.sign import Sign
from policy.transition import Transition
from policy.window import Counts, Window

#: Between two openings of one breaker.
Era = NewType("Era", int)


class BreakerState(str, Enum):
    """Whether everything, nothing, or a few probes go through."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(slots=True)
class _Trial:
    """An opening: until when nothing is sent, then how many pushes at a time, and what came of them."""

    until_ms: int
    width: int = 1
    in_flight: int = 0
    counts: Counts = field(default_factory=Counts)

    def permits(self, now_ms: int) -> int:
        return max(0, self.width - self.in_flight) if now_ms >= self.until_ms else 0

    def note(self, sign: Sign, units: int) -> None:
        self.in_flight -= units
        if sign is Sign.GOOD:
            self.width += min(units, self.width)
        if sign in COUNTED:
            self.counts.add(is_bad=sign in BAD)


class Breaker:
    """Permits and observes the sends of one channel.

    Every method's ``now_ms`` is of one clock that does not go back; its origin does not matter. ``units`` are pushes: a
    request that carries many is started with all of them and its outcome observed once.
    """

    def __init__(self, policy: BreakerPolicy, slots: int) -> None:
        """Begin closed. ``slots`` is how many pushes the channel may have in flight."""
        self._policy, self._slots = policy, slots
        self._pauses, self._window, self._run = Pauses(policy), Window(policy.window_s), Run()
        self._era = Era(0)
        #: None: closed.
        self._trial: _Trial | None = None
        self._closed_ms: int | None = None
        #: Why it is not closed; empty when it is.
        self.why = ""

    def state(self, now_ms: int) -> BreakerState:
        """Return the state; it becomes half-open by the time alone."""
        if self._trial is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if now_ms < self._trial.until_ms else BreakerState.HALF_OPEN

    @property
    def is_closed(self) -> bool:
        """Whether everything goes through, whatever the time."""
        return self._trial is None

    def permits(self, now_ms: int) -> int:
        """Return how many pushes may be started now; 0: wait."""
        return self._slots if self._trial is None else self._trial.permits(now_ms)

    def wake_at(self, now_ms: int) -> int | None:
        """Return when there may be permits; None: when the outcome of a probe is known."""
        if self.permits(now_ms):
            return now_ms
        return self._trial.until_ms if self._trial and now_ms < self._trial.until_ms else None

    def start(self, now_ms: int, units: int = 1) -> Era | None:
        """Start to send; return the era to observe the outcome with, or None: not now.

        One request may exceed the permits that are left, because it cannot be cut. Whatever becomes of the send, be it
        cancelled, its outcome has to be observed (``Sign.UNKNOWN`` is one): a probe without an end lets no other go.
        """
        if not self.permits(now_ms):
            return None
        if self._trial:
            self._trial.in_flight += units
        return self._era

    def reset(self) -> bool:
        """Begin anew, closed, because the channel has a new credential; return whether it was not closed.

        What is still under way was started with the old one, and says nothing.
        """
        was_closed = self._trial is None
        self._pauses, self._window, self._run = Pauses(self._policy), Window(self._policy.window_s), Run()
        self._era = Era(self._era + 1)
        self._trial, self._closed_ms, self.why = None, None, ""
        return not was_closed

    def note_good(self, era: Era, now_ms: int) -> bool:
        """Note a good outcome while all outcomes are good; return False if ``observe`` has to look into it."""
        if era != self._era or self._trial is not None or self._run.is_begun:
            return False
        self._window.add(now_ms, is_bad=False)
        return True

    def observe(
        self,
        era: Era,
        sign: Sign,
        now_ms: int,
        *,
        jitter: float,
        units: int = 1,
        retry_after_s: float | None = None,
        device: Hashable = None,
    ) -> Transition | None:
        """Note what became of a send; return the change of state that it brought about.

        Args:
            era: what ``start`` returned.
            sign: what the outcome says about the channel.
            now_ms: when it was known.
            jitter: in [0, 1), by chance.
            units: how many of the pushes that were started this ends.
            retry_after_s: the delay that the vendor named.
            device: whom a throttled push was for; a device throttled again says nothing new about the channel.
        """
        if era != self._era:
            return None
        if sign is Sign.GOOD and self.note_good(era, now_ms):
            return None
        sign = Sign.UNKNOWN if self._run.is_old_news(sign, device) else sign
        self._note(sign, now_ms, units, device, retry_after_s)
        if because := self._reason_to_open(sign, now_ms):
            return self._open(because, sign, now_ms, jitter)
        return self._close(now_ms) if self._has_recovered(sign, now_ms) else None

    def _note(self, sign: Sign, now_ms: int, units: int, device: Hashable, retry_after_s: float | None) -> None:
        if sign is not Sign.GOOD:
            self._run.add(sign, device, retry_after_s)
        elif self._run.is_begun:
            self._run = Run()
        if self._trial:
            self._trial.note(sign, units)
        elif sign in COUNTED:
            self._window.add(now_ms, is_bad=sign in BAD)

    def _reason_to_open(self, sign: Sign, now_ms: int) -> str | None:
        if sign is Sign.GOOD:  # nearly always: nothing to add up
            return None
        recent, least = (self._trial.counts, 1) if self._trial else (self._window.counts(now_ms), self._policy.outcomes)
        return reason_to_open(self._policy, sign, self._run, recent, least)

    def _has_recovered(self, sign: Sign, now_ms: int) -> bool:
        """Whether all slots were used well, or the few that little traffic uses for long enough."""
        if self._trial is None or sign is not Sign.GOOD:
            return False
        return self._trial.width >= self._slots or now_ms - self._trial.until_ms >= self._policy.calm_s * 1000

    def _open(self, because: str, sign: Sign, now_ms: int, jitter: float) -> Transition:
        before = self.state(now_ms)
        if self._closed_ms is not None and now_ms - self._closed_ms >= self._policy.calm_s * 1000:
            self._pauses.reset()
        self._era, self._closed_ms, self.why = Era(self._era + 1), None, because
        self._trial = _Trial(now_ms + self._pauses.next_ms(sign, self._run.take_delay(), jitter))
        self._window.clear()
        return Transition(before.value, BreakerState.OPEN.value, because, self._trial.until_ms)

    def _close(self, now_ms: int) -> Transition:
        before, was = self.state(now_ms), self.why
        self._trial, self._closed_ms, self.why = None, now_ms, ""
        return Transition(before.value, BreakerState.CLOSED.value, f"recovered from: {was}")

"""The brake of the ingest: a deployment that sends every event to the dead letters stops itself.

An entry that cannot be read is buried and blocks nobody. When one after the other is, the fault is more likely ours (a
broken release, a changed schema) than theirs, and what is buried now has to be dug out by hand. So the events then stay
in their stream, where a mended release finds them, and one is tried every few seconds.
"""

from dataclasses import dataclass
from enum import Enum

from policy.transition import Transition


class Intake(str, Enum):
    """What became of one event."""

    #: Decided, or applied.
    GOOD = "good"
    #: Not readable: to the dead letters.
    MALFORMED = "malformed"
    #: Readable, and processing it failed for no reason of its own: to the dead letters.
    INTERNAL = "internal"


class BrakeState(str, Enum):
    """Whether events are taken."""

    RELEASED = "released"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class BrakePolicy:
    """The numbers; policy/README.md says what each is for. A limit of 0 switches it off."""

    internal_limit: int = 20
    limit: int = 1000
    probe_s: float = 10.0


class Brake:
    """Admits and observes the events of one process.

    ``now_ms`` is of one clock that does not go back; its origin does not matter.
    """

    def __init__(self, policy: BrakePolicy) -> None:
        """Begin released."""
        self._policy = policy
        #: Since the last good event.
        self._internal = self._bad = 0
        #: When the next event may be tried; None: released.
        self._probe_ms: int | None = None
        #: Why it is stopped; empty when it is not.
        self.why = ""

    @property
    def state(self) -> BrakeState:
        """The state."""
        return BrakeState.RELEASED if self._probe_ms is None else BrakeState.STOPPED

    def admits(self, now_ms: int, wanted: int) -> int:
        """Return how many events of those wanted may be taken now: all, one to try, or none."""
        if self._probe_ms is None:
            return wanted
        return min(wanted, 1) if now_ms >= self._probe_ms else 0

    def wake_at(self, now_ms: int) -> int:
        """Return when the next event may be taken."""
        return max(now_ms, self._probe_ms or now_ms)

    def observe(self, now_ms: int, intake: Intake, count: int = 1) -> Transition | None:
        """Note what became of so many events in a row; return the change of state that it brought about."""
        if intake is Intake.GOOD:
            self._internal = self._bad = 0
            return self._release()
        self._bad += count
        self._internal += count if intake is Intake.INTERNAL else 0
        return self._stop(now_ms)

    def _stop(self, now_ms: int) -> Transition | None:
        before = self.state
        why = self._excess()
        if not why and before is BrakeState.RELEASED:
            return None
        self._probe_ms = now_ms + int(1000 * self._policy.probe_s)
        if before is BrakeState.STOPPED:
            return None
        self.why = why
        return Transition(before.value, self.state.value, why, self._probe_ms)

    def _excess(self) -> str:
        rows = (
            (self._internal, self._policy.internal_limit, "failed in processing"),
            (self._bad, self._policy.limit, "went to the dead letters"),
        )
        return next((f"{count} events in a row {what}" for count, limit, what in rows if 0 < limit <= count), "")

    def _release(self) -> Transition | None:
        if self._probe_ms is None:
            return None
        before, was = self.state, self.why
        self._probe_ms, self.why = None, ""
        return Transition(before.value, self.state.value, f"recovered from: {was}")

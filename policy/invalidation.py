"""The mass-invalidation breaker of one channel: when many tokens die at once, the channel is suspected, not the tokens.

A wrong credential, environment or sender makes a vendor call every token dead, and a store that believed it would be
empty within minutes. Such a channel gets no good answer at all. So good answers are what tells it from a database that
is really old, whose first push in years meets mostly dead tokens and some living ones. What an operator expects and
gets:

* A wrong channel costs some twenty tokens (which are kept aside anyway) and one line in the log, not the database, and
  next to nothing more for as long as nobody mends it: the wait doubles while no answer is good.
* An old database is cleaned without anybody's help: after ``good`` good answers the deaths are believed, whatever their
  share, until for a while there are not too many of them any more, or until as many as that die in one row.
* A database of which not one token lives looks like a wrong channel. Who knows better sets ``deaths = 0`` for a day.

While tokens are kept, their pushes end all the same: a dead token is no reason to send again.
"""

from dataclasses import dataclass
from enum import Enum

from policy.transition import Transition
from policy.window import Window

#: Ten minutes grow to a day.
_MOST_DOUBLINGS = 7


@dataclass(frozen=True, slots=True)
class InvalidationPolicy:
    """The numbers; policy/README.md says what each is for. ``deaths = 0`` switches it off."""

    deaths: int = 20
    share: float = 0.5
    window_s: float = 60.0
    recovery_s: float = 600.0
    good: int = 100


class InvalidationState(str, Enum):
    """What a token's death leads to."""

    #: The token is retired.
    RETIRING = "retiring"
    #: It is kept: the channel is suspected.
    KEEPING = "keeping"
    #: It is retired although so many die: good answers have cleared the channel.
    BELIEVING = "believing"


class Invalidation:
    """Observes a channel's answers one by one, and says whether dead tokens may be retired.

    ``now_ms`` is of one clock that does not go back; its origin does not matter.
    """

    def __init__(self, policy: InvalidationPolicy) -> None:
        """Begin by retiring."""
        self._policy, self._window = policy, Window(policy.window_s)
        self._mode = self._reported = InvalidationState.RETIRING
        self._ends_ms = 0
        #: Deaths since the last good answer; good answers since it keeps; times it began to keep without one between.
        self._row = self._good = self._in_vain = 0
        #: Why it is in its state; empty at first.
        self.why = ""

    def state(self, now_ms: int) -> InvalidationState:
        """Return the state; suspicion and belief end by the time alone."""
        return self._mode if now_ms < self._ends_ms else InvalidationState.RETIRING

    def may_retire(self, now_ms: int) -> bool:
        """Return whether a token that the vendor calls dead may be retired. Ask after its death was observed."""
        return self.state(now_ms) is not InvalidationState.KEEPING

    def observe(self, now_ms: int, *, has_died: bool, lived: int = 1) -> Transition | None:
        """Note one answer, or so many good ones, and return the change of state that has come since the last one.

        An answer is a push that the vendor accepted or whose token it called dead; others are not for this breaker.
        """
        if not self._policy.deaths:
            return None
        if not has_died and self._mode is self._reported is InvalidationState.RETIRING:  # nearly always
            self._window.add(now_ms, is_bad=False, count=lived)
            self._lived(now_ms, lived)
            return None
        self._let_end(now_ms)
        if has_died:
            self._window.add(now_ms, is_bad=True)
            self._died(now_ms)
        else:
            self._window.add(now_ms, is_bad=False, count=lived)
            self._lived(now_ms, lived)
        return self._change()

    def _let_end(self, now_ms: int) -> None:
        """Leave a state whose time is over. Who kept tokens begins a new row: the old one has had its wait."""
        if self._mode is self.state(now_ms):
            return
        if self._mode is InvalidationState.KEEPING:
            self._row = 0
        self._mode, self.why = InvalidationState.RETIRING, f"not too many deaths for a while, after: {self.why}"

    def _died(self, now_ms: int) -> None:
        self._row += 1
        why = self._excess(now_ms)
        if self._mode is InvalidationState.BELIEVING and self._row >= self._policy.good:
            self._keep(f"{self._row} tokens in a row died")
        elif self._mode is InvalidationState.RETIRING and why:
            self._keep(why)
        elif not why:
            return
        self._ends_ms = now_ms + self._wait_ms()

    def _keep(self, why: str) -> None:
        self._mode, self.why = InvalidationState.KEEPING, why
        self._good, self._in_vain = 0, self._in_vain + 1

    def _lived(self, now_ms: int, count: int) -> None:
        self._row = self._in_vain = 0
        self._good += count
        if self._mode is InvalidationState.KEEPING and self._good >= self._policy.good:
            self._mode, self.why = InvalidationState.BELIEVING, f"{self._good} good answers, after: {self.why}"
            self._ends_ms = now_ms + self._wait_ms()

    def _excess(self, now_ms: int) -> str | None:
        """Return why the deaths are too many, or None. In a row they are, however slowly they come."""
        policy, counts = self._policy, self._window.counts(now_ms)
        if counts.bad >= policy.deaths and counts.are_bad(policy.share, policy.deaths):
            return f"{counts.bad} of {counts.all} tokens died within {policy.window_s:g} s"
        return f"{self._row} tokens in a row died" if self._row >= policy.deaths else None

    def _wait_ms(self) -> int:
        doublings = min(max(0, self._in_vain - 1), _MOST_DOUBLINGS)
        return int(1000 * self._policy.recovery_s) << doublings

    def _change(self) -> Transition | None:
        before, self._reported = self._reported, self._mode
        if before is self._mode:
            return None
        is_passing = self._mode is not InvalidationState.RETIRING
        return Transition(before.value, self._mode.value, self.why, self._ends_ms if is_passing else None)

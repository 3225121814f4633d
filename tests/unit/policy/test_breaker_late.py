"""What ends late, by chance and in any order: an outcome from before the breaker opened changes nothing."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from policy.breaker import Breaker, BreakerState, Era
from policy.breaker_rules import BreakerPolicy
from policy.sign import Sign

SLOTS = 32
#: The longest pause, with the longest delay a vendor may name.
LONGEST_MS = 300_000 + 60_000
SIGNS = st.sampled_from(Sign)
DELAY = st.none() | st.floats(0, 60)
JITTER = st.floats(0, 1, exclude_max=True)


class AnyOrder(RuleBasedStateMachine):
    """Starts, outcomes and time in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.breaker, self.now_ms = Breaker(BreakerPolicy(), SLOTS), 0
        #: Sends without an outcome: (era, units).
        self.flying: list[tuple[Era, int]] = []

    def _snapshot(self) -> tuple[object, ...]:
        breaker, now_ms = self.breaker, self.now_ms
        futures = [now_ms + step for step in (0, 1, 500, 5_000, LONGEST_MS)]
        views = [(breaker.state(at), breaker.permits(at), breaker.wake_at(at)) for at in futures]
        return (breaker.why, breaker._era, *views)

    @rule(count=st.sampled_from([1, 5, 30]), units=st.sampled_from([1, 1, 1, 2, 100]))
    def start(self, count: int, units: int) -> None:
        """Sends are started."""
        for _ in range(count):
            self._start(units)

    def _start(self, units: int) -> None:
        """A send is started exactly when there is a permit."""
        permits = self.breaker.permits(self.now_ms)
        era = self.breaker.start(self.now_ms, units)
        assert (era is not None) is (permits > 0)
        if era is not None:
            self.flying.append((era, units))

    @precondition(lambda self: self.flying)
    @rule(picks=st.lists(st.integers(0, 999), min_size=1, max_size=10), sign=SIGNS, jitter=JITTER, delay=DELAY)
    def finish(self, picks: list[int], sign: Sign, jitter: float, delay: float | None) -> None:
        """Some of what is in flight ends."""
        for pick in picks[: len(self.flying)]:
            self._finish(pick % len(self.flying), sign, jitter, delay)

    @rule(sign=SIGNS, count=st.integers(5, 20))
    def row(self, sign: Sign, count: int) -> None:
        """As many of one kind, one after the other, as there are permits for."""
        for _ in range(count):
            self._start(1)
            if self.flying:
                self._finish(-1, sign, 0.5, None)

    def _finish(self, index: int, sign: Sign, jitter: float, delay: float | None) -> None:
        """A late outcome changes nothing; every change is told, and only changes are."""
        era, units = self.flying.pop(index)
        before, snapshot = self.breaker.state(self.now_ms), self._snapshot()
        is_late = era != self.breaker._era
        change = self.breaker.observe(era, sign, self.now_ms, jitter=jitter, units=units, retry_after_s=delay)
        after = self.breaker.state(self.now_ms)
        if is_late or before is BreakerState.OPEN:
            assert (change, self._snapshot()) == (None, snapshot)
        elif change is None:
            assert after is before
        else:
            assert (change.before, change.after) == (before.value, after.value)
            assert change.why
        if sign is Sign.GOOD:
            assert after is not BreakerState.OPEN or before is BreakerState.OPEN
        if change and after is BreakerState.CLOSED:
            assert (before, sign) == (BreakerState.HALF_OPEN, Sign.GOOD)

    @precondition(lambda self: self.breaker.state(self.now_ms) is BreakerState.OPEN)
    @rule()
    def wakes(self) -> None:
        """The pause is over."""
        self.now_ms = self.breaker.wake_at(self.now_ms) or 0

    @rule(step_ms=st.sampled_from([1, 100, 1_000, 10_000, 60_000, LONGEST_MS]))
    def passes(self, step_ms: int) -> None:
        """Time passes."""
        self.now_ms += step_ms

    @invariant()
    def an_open_breaker_lets_nothing_through(self) -> None:
        """Open means no permits and a time to ask again; every pause is bounded."""
        state, wake_ms = self.breaker.state(self.now_ms), self.breaker.wake_at(self.now_ms)
        if state is BreakerState.OPEN:
            assert self.breaker.permits(self.now_ms) == 0
            assert wake_ms is not None
            assert self.now_ms < wake_ms <= self.now_ms + LONGEST_MS
            assert self.breaker.permits(wake_ms) == 1
        else:
            assert wake_ms == self.now_ms or not self.breaker.permits(self.now_ms)
        assert bool(self.breaker.why) is (state is not BreakerState.CLOSED)

    @invariant()
    def a_probe_without_an_outcome_is_the_only_reason_to_wait(self) -> None:
        """Half-open without permits and without anything in flight would be stuck for ever."""
        if self.breaker.state(self.now_ms) is BreakerState.HALF_OPEN and not self.breaker.permits(self.now_ms):
            assert any(era == self.breaker._era for era, _ in self.flying)

    @rule()
    def comes_back(self) -> None:
        """A vendor that is good from now on gets all its slots back, whatever has happened and is still in flight."""
        current = [send for send in self.flying if send[0] == self.breaker._era]
        self.flying = [send for send in self.flying if send[0] != self.breaker._era]
        for begun, units in current:
            self.breaker.observe(begun, Sign.GOOD, self.now_ms, jitter=0.5, units=units)
        for _ in range(SLOTS):
            wake_ms = self.breaker.wake_at(self.now_ms)
            assert wake_ms is not None
            self.now_ms = wake_ms
            era = self.breaker.start(self.now_ms)
            assert era is not None
            self.breaker.observe(era, Sign.GOOD, self.now_ms, jitter=0.5)
        assert self.breaker.state(self.now_ms) is BreakerState.CLOSED

    def teardown(self) -> None:
        """However it ends, it comes back."""
        self.comes_back()


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=100)


@given(
    in_flight=st.integers(10, SLOTS),
    late=st.lists(SIGNS, max_size=SLOTS),
    probes=st.lists(SIGNS, min_size=1, max_size=10),
    jitter=JITTER,
)
def test_late_outcomes_make_no_difference(in_flight: int, late: list[Sign], probes: list[Sign], jitter: float) -> None:
    """With the outcomes of sends from before the opening or without them, every later state is the same."""
    told, spared = (_opened(in_flight, jitter) for _ in range(2))
    outcomes = iter(late)
    until_ms = told.wake_at(0)
    assert until_ms is not None
    assert until_ms == spared.wake_at(0)
    for sign in probes:
        old = next(outcomes, None)
        if old is not None:
            assert told.observe(Era(0), old, until_ms, jitter=jitter, retry_after_s=600.0) is None
        eras = [breaker.start(until_ms) for breaker in (told, spared)]
        assert eras[0] == eras[1]
        if eras[0] is None:
            break
        changes = [breaker.observe(eras[0], sign, until_ms, jitter=jitter) for breaker in (told, spared)]
        assert changes[0] == changes[1]
        assert told.wake_at(until_ms) == spared.wake_at(until_ms)


def _opened(in_flight: int, jitter: float) -> Breaker:
    breaker = Breaker(BreakerPolicy(), SLOTS)
    eras = [breaker.start(0) for _ in range(in_flight)]
    for era in eras[:10]:
        assert era is not None
        breaker.observe(era, Sign.FAILED, 0, jitter=jitter)
    assert breaker.state(0) is BreakerState.OPEN
    return breaker


@given(
    sign=st.sampled_from([Sign.FAILED, Sign.THROTTLED, Sign.MISCONFIGURED]),
    in_flight=st.integers(1, SLOTS),
    answer_ms=st.integers(1, 20_000),
    jitters=st.lists(JITTER, min_size=1, max_size=10),
)
def test_a_dead_channel_costs_one_push_a_pause(
    sign: Sign, in_flight: int, answer_ms: int, jitters: list[float]
) -> None:
    """Whatever a channel does wrong for an hour: what was in flight, and then one probe for each pause."""
    policy = replace(BreakerPolicy(), failures=5)
    breaker, now_ms, sends, openings = Breaker(policy, in_flight), 0, 0, 0
    while now_ms < 3_600_000:
        eras = [era for _ in range(breaker.permits(now_ms)) if (era := breaker.start(now_ms)) is not None]
        sends += len(eras)
        now_ms += answer_ms
        for era in eras:
            openings += bool(breaker.observe(era, sign, now_ms, jitter=jitters[sends % len(jitters)]))
        now_ms = breaker.wake_at(now_ms) or now_ms
    least_s = 15.0 if sign is Sign.MISCONFIGURED else 0.5
    assert sends <= 5 + 2 * in_flight + openings
    assert openings <= 3_600 / least_s
    assert breaker._pauses.next_ms(sign, 0.0, 0.0) == (150_000 if sign is Sign.MISCONFIGURED else 30_000)

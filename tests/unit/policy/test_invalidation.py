"""The mass-invalidation breaker: a wrong channel costs no database, an old database is cleaned all the same."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.invalidation import Invalidation, InvalidationPolicy, InvalidationState
from policy.transition import Transition

POLICY = InvalidationPolicy()
SECOND_MS, RECOVERY_MS, DAY_MS = 1_000, 600_000, 86_400_000


class Channel:
    """A breaker with a clock, and what became of the tokens that died."""

    def __init__(self, policy: InvalidationPolicy = POLICY) -> None:
        self.breaker, self.now_ms = Invalidation(policy), 0
        self.retired = self.kept = 0

    def answer(self, *, has_died: bool) -> Transition | None:
        """One answer; a dead token is retired if it may be."""
        change = self.breaker.observe(self.now_ms, has_died=has_died)
        may_retire = self.breaker.may_retire(self.now_ms)
        self.retired += has_died and may_retire
        self.kept += has_died and not may_retire
        return change

    def die(self, count: int = 1) -> list[Transition]:
        """So many tokens are called dead, one after the other; return the changes."""
        return [change for _ in range(count) if (change := self.answer(has_died=True))]

    def live(self, count: int = 1) -> list[Transition]:
        """So many pushes are accepted; return the changes."""
        return [change for _ in range(count) if (change := self.answer(has_died=False))]

    def state(self) -> InvalidationState:
        """Return the state now."""
        return self.breaker.state(self.now_ms)


@pytest.fixture
def channel() -> Channel:
    """A channel without a past."""
    return Channel()


def test_a_wrong_channel_costs_a_handful(channel: Channel) -> None:
    """When every answer is a death, the twentieth is not believed, and none after it."""
    (change,) = channel.die(1000)
    assert (change.before, change.after, change.why) == ("retiring", "keeping", "20 of 20 tokens died within 60 s")
    assert change.until_ms == RECOVERY_MS
    assert (channel.retired, channel.kept) == (19, 981)


@pytest.mark.parametrize(("good", "is_kept"), [(20, True), (21, False)])
def test_half_of_the_answers_are_too_many(channel: Channel, good: int, is_kept: bool) -> None:
    """Twenty deaths are a mass only if they are half of what the channel was answered."""
    channel.live(good - 1)
    channel.die(10)
    channel.live()
    assert bool(channel.die(10)) is is_kept


def test_few_deaths_are_no_mass(channel: Channel) -> None:
    """Nineteen in the last minute are believed, also without one good answer among them, and so are the next."""
    for _ in range(50):
        assert channel.die(9) == []
        channel.live()
        assert channel.die(10) == []
        channel.live()
        channel.now_ms += 61 * SECOND_MS
    assert channel.kept == 0


def test_a_busy_channel_that_goes_wrong_is_stopped_at_once(channel: Channel) -> None:
    """A row of deaths counts although a minute full of good answers makes their share small."""
    channel.live(100_000)
    (change,) = channel.die(1000)
    assert change.why == "20 tokens in a row died"
    assert channel.retired == 19


def test_slow_deaths_in_a_row_are_a_mass(channel: Channel) -> None:
    """A wrong channel with little traffic never has twenty deaths a minute, and is stopped all the same."""
    for _ in range(100):
        channel.die()
        channel.now_ms += 61 * SECOND_MS
    assert channel.retired == 19


@given(chance=st.integers(0, 2**32), share=st.floats(0, 0.25))
def test_everyday_deaths_are_believed(chance: int, share: float) -> None:
    """A healthy channel, where up to a quarter of the tokens is dead, is never suspected."""
    channel, random = Channel(), Random(chance)  # noqa: S311 - a repeatable example
    for _ in range(2_000):
        channel.answer(has_died=random.random() < share)
        channel.now_ms += random.randrange(100)
    assert channel.kept == 0


def test_suspicion_ends_ten_minutes_after_the_last_excess(channel: Channel) -> None:
    """Each answer that is still too much prolongs it; without one it ends by the time alone."""
    channel.die(20)
    channel.now_ms += RECOVERY_MS - 1
    channel.die()
    channel.now_ms += RECOVERY_MS - 1
    assert channel.state() is InvalidationState.KEEPING
    channel.now_ms += 1
    assert channel.state() is InvalidationState.RETIRING
    assert channel.breaker.may_retire(channel.now_ms)


def test_the_end_is_told_with_the_next_answer(channel: Channel) -> None:
    """What ended by the time alone is a change for the log all the same."""
    channel.die(20)
    channel.now_ms += RECOVERY_MS
    (change,) = channel.die()
    assert (change.before, change.after, change.until_ms) == ("keeping", "retiring", None)
    assert change.why == "not too many deaths for a while, after: 20 of 20 tokens died within 60 s"
    assert channel.retired == 20


def test_deaths_below_the_share_do_not_prolong_it(channel: Channel) -> None:
    """While most answers are good, the end comes although tokens die."""
    channel.die(20)
    for _ in range(9):
        channel.now_ms += RECOVERY_MS // 10
        channel.live(2)
        channel.die()
    channel.now_ms += RECOVERY_MS // 10
    assert channel.state() is InvalidationState.RETIRING


@pytest.mark.parametrize("pause_s", [900, 3_600, 6 * 3_600, 22 * 3_600])
def test_a_wrong_channel_that_nobody_mends_costs_few_tokens_a_day(channel: Channel, pause_s: int) -> None:
    """However its bursts of thirty pushes come for a month: a handful of tokens a day at most, after the first."""
    while channel.now_ms < 30 * DAY_MS:
        channel.die(30)
        channel.now_ms += pause_s * SECOND_MS
    assert channel.retired <= 19 * (30 + 8)


def test_the_wait_doubles_while_no_answer_is_good(channel: Channel) -> None:
    """Ten minutes, twenty, …, not more than a day."""
    waits = []
    for _ in range(10):
        (*_, change) = channel.die(21)
        assert change.until_ms is not None
        waits.append((change.until_ms - channel.now_ms) // RECOVERY_MS)
        channel.now_ms += DAY_MS
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 128, 128]


def test_a_good_answer_ends_the_doubling(channel: Channel) -> None:
    """A channel that answers well now and then begins with the first wait again."""
    for _ in range(3):
        channel.die(20)
        channel.now_ms = (channel.breaker._ends_ms) + 1
    channel.live()
    (change,) = channel.die(20)
    assert change.until_ms == channel.now_ms + RECOVERY_MS


def test_good_answers_clear_the_channel(channel: Channel) -> None:
    """A hundred good answers since it was suspected, not before: the deaths are real, whatever their share."""
    channel.live(1000)
    channel.die(20)
    assert channel.live(99) == []
    (change,) = channel.live()
    assert (change.before, change.after) == ("keeping", "believing")
    assert change.why == "100 good answers, after: 20 tokens in a row died"
    channel.now_ms += 61 * SECOND_MS
    before = channel.retired
    for _ in range(100):
        assert channel.die(19) == []
        assert channel.live() == []
    assert channel.retired == before + 1900


def test_a_cleared_channel_that_goes_wrong_is_stopped(channel: Channel) -> None:
    """Belief has an end: a hundred deaths in a row."""
    channel.die(20)
    channel.live(100)
    before = channel.retired
    (change,) = channel.die(500)
    assert (change.before, change.after, change.why) == ("believing", "keeping", "100 tokens in a row died")
    assert channel.retired == before + 99


def test_belief_ends_when_the_mass_has_died(channel: Channel) -> None:
    """Ten minutes after the last excess the channel is like any other again."""
    channel.die(20)
    channel.live(100)
    channel.now_ms += 61 * SECOND_MS
    channel.die(25)
    channel.now_ms += RECOVERY_MS - 1
    assert channel.state() is InvalidationState.BELIEVING
    channel.live()
    channel.now_ms += 1
    (change,) = channel.live()
    assert (change.before, change.after) == ("believing", "retiring")
    before = channel.retired
    channel.die(100)
    assert channel.retired == before + 19


@pytest.mark.parametrize(("dead", "campaigns"), [(0.3, 1), (0.6, 2), (0.8, 2), (0.9, 2), (0.95, 3)])
@pytest.mark.parametrize("seed", range(3))
def test_an_old_database_is_cleaned(dead: float, campaigns: int, seed: int) -> None:
    """Ten thousand tokens of which most died years ago: after a few pushes to all of them, hardly one is left.

    A hundred answers a second, a push a day; nobody helps.
    """
    random, channel = Random(seed), Channel()  # noqa: S311 - a repeatable example
    tokens = [random.random() < dead for _ in range(10_000)]
    for _ in range(campaigns):
        left = []
        for has_died in random.sample(tokens, len(tokens)):
            channel.now_ms += 10
            retired = channel.retired
            channel.answer(has_died=has_died)
            left += [has_died] if channel.retired == retired else []
        tokens = left
        channel.now_ms += DAY_MS
    assert sum(tokens) <= 0.05 * dead * 10_000
    assert tokens.count(False) == 10_000 - channel.retired - sum(tokens)


def test_it_can_be_switched_off() -> None:
    """Whoever knows that all tokens are dead sets the limit to 0, and each is believed."""
    channel = Channel(InvalidationPolicy(deaths=0))
    assert channel.die(1000) == []
    assert channel.retired == 1000


@given(
    answers=st.lists(st.tuples(st.booleans(), st.sampled_from([0, 1, 1_000, 61_000, 600_000]))),
    deaths=st.integers(1, 9),
)
def test_no_mass_is_believed_unheard(answers: list[tuple[bool, int]], deaths: int) -> None:
    """Whatever comes: changes are told when they are, and without ``good`` good answers no row as long is retired."""
    policy = InvalidationPolicy(deaths=deaths, good=10)
    channel, state, row = Channel(policy), InvalidationState.RETIRING.value, 0
    for has_died, step_ms in answers:
        channel.now_ms += step_ms
        retired = channel.retired
        change = channel.answer(has_died=has_died)
        if change:
            assert change.before == state
            assert change.after != state
            state = change.after
        assert channel.state().value == state
        row = 0 if not has_died or state == "keeping" else row + channel.retired - retired
        assert row < (policy.good if state == "believing" else policy.deaths)

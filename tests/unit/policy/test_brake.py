"""The brake of the ingest: a deployment that buries everything stops itself, and goes on when it is mended."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.brake import Brake, BrakePolicy, BrakeState, Intake

POLICY = BrakePolicy()
PROBE_MS = 10_000


def stopped(intake: Intake = Intake.INTERNAL, count: int = 20) -> Brake:
    """Return a brake that has just stopped, at 0."""
    brake = Brake(POLICY)
    assert [bool(brake.observe(0, intake)) for _ in range(count)] == [False] * (count - 1) + [True]
    return brake


def test_it_lets_everything_through() -> None:
    """Nothing is held up as long as something is good now and then."""
    brake = Brake(POLICY)
    for _ in range(100):
        assert brake.observe(0, Intake.INTERNAL, 19) is None
        assert brake.observe(0, Intake.MALFORMED, 980) is None
        assert brake.observe(0, Intake.GOOD) is None
    assert (brake.state, brake.admits(0, 200), brake.wake_at(0), brake.why) == (BrakeState.RELEASED, 200, 0, "")


@pytest.mark.parametrize(
    ("intake", "count", "why"),
    [
        (Intake.INTERNAL, 20, "20 events in a row failed in processing"),
        (Intake.MALFORMED, 1000, "1000 events in a row went to the dead letters"),
    ],
)
def test_so_many_bad_ones_in_a_row_stop_it(intake: Intake, count: int, why: str) -> None:
    """Our own errors stop it soon, other people's nonsense late."""
    brake = stopped(intake, count)
    assert (brake.state, brake.why) == (BrakeState.STOPPED, why)
    assert (brake.admits(0, 200), brake.wake_at(0)) == (0, PROBE_MS)


def test_the_change_says_why_and_until_when() -> None:
    """One value for the log line."""
    change = Brake(POLICY).observe(5, Intake.INTERNAL, 25)
    assert change is not None
    assert (change.before, change.after) == ("released", "stopped")
    assert (change.why, change.until_ms) == ("25 events in a row failed in processing", 5 + PROBE_MS)


def test_nonsense_between_the_errors_hides_none() -> None:
    """Only a good event begins the row again."""
    brake = Brake(POLICY)
    for _ in range(19):
        assert brake.observe(0, Intake.INTERNAL) is None
        assert brake.observe(0, Intake.MALFORMED) is None
    assert brake.observe(0, Intake.INTERNAL) is not None


def test_all_bad_ones_count_together() -> None:
    """A thousand of any kind are too many, though few are errors of ours."""
    brake = Brake(POLICY)
    assert brake.observe(0, Intake.INTERNAL, 19) is None
    assert brake.observe(0, Intake.MALFORMED, 980) is None
    change = brake.observe(0, Intake.MALFORMED)
    assert change is not None
    assert change.why == "1000 events in a row went to the dead letters"


def test_one_is_tried_every_ten_seconds() -> None:
    """A probe that fails costs one event and another ten seconds."""
    brake = stopped()
    for probe in range(1, 50):
        now_ms = probe * PROBE_MS
        assert (brake.admits(now_ms - 1, 200), brake.admits(now_ms, 200), brake.admits(now_ms, 0)) == (0, 1, 0)
        assert brake.observe(now_ms, Intake.INTERNAL) is None
        assert brake.wake_at(now_ms) == now_ms + PROBE_MS
    assert brake.state is BrakeState.STOPPED


def test_a_probe_that_finds_nothing_may_be_repeated() -> None:
    """A stream that is empty when the probe's time comes delays the probe, and gives no second one."""
    brake = stopped()
    assert [brake.admits(PROBE_MS + wait_ms, 200) for wait_ms in (0, 1_000, 50_000)] == [1, 1, 1]


def test_a_good_one_releases_it() -> None:
    """A mended deployment goes on at full speed with its first good event, and has a whole row to lose again."""
    brake = stopped()
    change = brake.observe(PROBE_MS, Intake.GOOD)
    assert change is not None
    assert (change.before, change.after, change.until_ms) == ("stopped", "released", None)
    assert change.why == "recovered from: 20 events in a row failed in processing"
    assert (brake.admits(PROBE_MS, 200), brake.why) == (200, "")
    assert brake.observe(PROBE_MS, Intake.INTERNAL, 19) is None


@pytest.mark.parametrize(
    ("policy", "intake", "stops"),
    [
        (BrakePolicy(limit=0), Intake.MALFORMED, False),
        (BrakePolicy(limit=0), Intake.INTERNAL, True),
        (BrakePolicy(internal_limit=0), Intake.INTERNAL, True),
        (BrakePolicy(internal_limit=0, limit=0), Intake.INTERNAL, False),
    ],
)
def test_each_limit_can_be_switched_off(policy: BrakePolicy, intake: Intake, stops: bool) -> None:
    """0 is no limit."""
    brake = Brake(policy)
    changes = [brake.observe(0, intake) for _ in range(2000)]
    assert any(changes) is stops


@given(events=st.lists(st.tuples(st.sampled_from(Intake), st.integers(0, 15_000)), max_size=200))
def test_what_a_bad_deployment_buries_is_bounded(events: list[tuple[Intake, int]]) -> None:
    """Whatever comes: between two good events no more is taken than the limit and one probe every ten seconds."""
    policy = BrakePolicy(internal_limit=3, limit=7)
    brake, now_ms, bad, internal, probes, last_probe_ms = Brake(policy), 0, 0, 0, 0, 0
    for intake, step_ms in events:
        now_ms += step_ms
        if not brake.admits(now_ms, 1):
            assert brake.state is BrakeState.STOPPED
            continue
        if brake.state is BrakeState.STOPPED:
            assert now_ms - last_probe_ms >= PROBE_MS
            probes += 1
        change, last_probe_ms = brake.observe(now_ms, intake), now_ms
        bad, internal = (0, 0) if intake is Intake.GOOD else (bad + 1, internal + (intake is Intake.INTERNAL))
        probes = 0 if intake is Intake.GOOD else probes
        assert (brake.state is BrakeState.STOPPED) is (internal >= 3 or bad >= 7)
        assert bool(brake.why) is (brake.state is BrakeState.STOPPED)
        assert bad - probes <= policy.limit
        assert change is None or change.before != change.after

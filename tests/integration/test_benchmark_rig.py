"""The benchmarks' rig in small: it must not rot between the runs that somebody reads."""

from collections.abc import Iterator

import pytest

from tests.benchmarks.measure import Rounds, Size
from tests.benchmarks.missing import Missing
from tests.benchmarks.rig import Rig, running_rig
from tests.benchmarks.stages.timed_pipeline import ROWS, TimedPipeline, timed_worker
from tests.benchmarks.subjects.catalogue import SUBJECTS
from worker.processes import Children

_SIZE = Size(notifications=30, users=20, group=10)


@pytest.fixture(scope="module")
def rig(session_children: Children, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """A rig whose worker has the clocks in it."""
    try:
        with running_rig(session_children, tmp_path_factory.mktemp("rig") / "files", make_worker=timed_worker) as made:
            made.bind(_SIZE.users + _SIZE.group)
            yield made
    except Missing as reason:
        pytest.skip(str(reason))


def test_each_push_is_counted_at_the_vendor(rig: Rig) -> None:
    """All three vendors, single messages and groups: the worker's pushes are in nginx's log, each exactly once."""
    subjects = [SUBJECTS[name] for name in ("worker-mixed", "worker-group", "worker-huawei-group")]
    samples = list(Rounds(rig, _SIZE).run(subjects, 1))
    assert [sample.notifications for sample in samples] == [30, 30, 30]
    assert all(sample.arrivals.is_exact for sample in samples), samples
    singles, group, batch = (sample.arrivals.requests for sample in samples)
    assert (singles, group) == (30, 30)
    assert batch < 30


def test_every_stage_of_a_turn_is_seen(rig: Rig) -> None:
    """No stage and no script that a push goes through is without time, so that none has lost its functions."""
    pipeline = TimedPipeline(rig)
    pipeline.send(_SIZE.turn(90_000, SUBJECTS["worker-apns"], 1.0))
    rare = {"other threads"}  # ticks of 10 ms
    assert {stage for stage in ROWS if pipeline.last[stage] > 0} >= set(ROWS) - rare
    # What a lane is given at once is begun by the hand-off; begin.lua is for what it reads.
    assert set(pipeline.last_redis) >= {"facts.lua", "hand_off.lua", "settle.lua"}

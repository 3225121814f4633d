"""The measurements of latency and of a second process in small: they must not rot between the runs somebody reads."""

import pytest

from tests.benchmarks import latency, processes
from tests.benchmarks.latency import Plan
from tests.benchmarks.missing import Missing


def test_a_push_is_timed_until_it_is_at_the_vendor() -> None:
    """Each push of a load has come exactly once, and its way is timed, though the vendor answers late."""
    plan = Plan((50,), seconds=1.0, delay_ms=80, backlog=60, users=20)
    try:
        (found,) = latency.measured(plan, 1)
    except Missing as reason:
        pytest.skip(str(reason))
    assert found.capacity.arrivals.is_exact
    (sample,) = found.samples
    assert sample.arrivals.is_exact
    assert sample.arrivals.requests == sample.notifications > 0
    assert 0 < sample.ms["whole"]["p50"] <= sample.ms["whole"]["p99"] <= sample.ms["whole"]["p99.9"]


def test_two_processes_share_a_turn() -> None:
    """One and two processes each do their turn exactly once, both of the two do a part of it, within their quotas."""
    try:
        ((one, two),) = processes.measured(notifications=400, users=20, cores=0.4, number=1)
    except Missing as reason:
        pytest.skip(str(reason))
    assert (one.processes, two.processes) == (1, 2)
    assert one.settled.arrivals.is_exact
    assert two.settled.arrivals.is_exact
    assert one.parts == (1.0,)
    assert sum(two.parts) == pytest.approx(1.0)
    assert min(two.parts) > 0

"""Promises about what is printed of one worker beside two, and about their quotas."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.benchmarks.missing import Missing
from tests.benchmarks.processor import used_by
from tests.benchmarks.quotas import Hierarchy, group
from tests.benchmarks.saturation import Settled
from tests.benchmarks.sinks.book import Arrivals
from tests.benchmarks.two_workers.bench import Sample
from tests.benchmarks.two_workers.report import report

_EXACT, _TWICE = Arrivals(1, 0, 0, 0), Arrivals(1, 0, 1, 0)
_BUSY = "print(flush=True)\nwhile True: pass"


def _pair(one: float, two: float, arrivals: Arrivals = _EXACT) -> tuple[Sample, Sample]:
    first = Sample(1, Settled(one, 200.0, _EXACT, 1.0), (1.0,), 0.99)
    return first, Sample(2, Settled(two, 210.0, arrivals, 1.0), (0.47, 0.53), 0.98)


def test_the_gain_is_taken_within_a_round() -> None:
    """A round that was slow for both changes no ratio; the target is beside it."""
    told = list(report([_pair(1000.0, 1900.0), _pair(100.0, 180.0), _pair(1000.0, 1600.0)], 0.4))
    assert "notifications/s of two, of one's: 1.80 (1.60-1.90)" in told
    assert "CPU a notification of two, of one's: 1.05 (1.05-1.05)" in told
    assert told[-1].endswith("at least 1.7: 1.8")
    assert max(map(len, told)) <= 80


def test_a_gain_below_the_target_is_missed() -> None:
    """At least 1.7 is no upper bound."""
    assert list(report([_pair(1000.0, 1690.0)], 0.4))[-1].endswith("at least 1.7: 1.69  missed")


def test_a_gain_that_repeats_pushes_is_none() -> None:
    """Two processes that send a push twice are not faster."""
    told = list(report([_pair(1000.0, 2000.0, _TWICE)], 0.4))
    assert told[-1].endswith("at least 1.7: -")
    assert [line.split()[-1] for line in told[3:5]] == ["yes", "NO"]


def test_a_group_holds_a_process_to_its_quota() -> None:
    """A process that would take a whole core gets a fifth of one, and goes on freely when the group is gone."""
    try:
        with (
            group(0.2) as made,
            subprocess.Popen(
                [sys.executable, "-S", "-c", _BUSY], stdout=subprocess.PIPE, start_new_session=True
            ) as process,
        ):
            try:
                assert process.stdout
                process.stdout.readline()
                made.admit(process.pid)
                before, began = used_by(process.pid).cpu_s, time.monotonic()
                time.sleep(0.5)
                used = (used_by(process.pid).cpu_s - before) / (time.monotonic() - began)
            finally:
                process.kill()
    except Missing as reason:
        pytest.skip(str(reason))
    assert used < 0.4
    assert not made.path.exists()


def test_where_there_are_no_groups_one_line_says_so(tmp_path: Path) -> None:
    """A folder that is no control group, and one that is not there; nothing is left behind."""
    nowhere = [Hierarchy(tmp_path, {"cpu.max": "{quota} {period}"}), Hierarchy(tmp_path / "none", {})]
    with (
        pytest.raises(Missing, match=r"^no CPU quota to be had, .*No such file or directory; .* root$"),
        group(0.4, nowhere),
    ):
        pass
    assert not list(tmp_path.iterdir())

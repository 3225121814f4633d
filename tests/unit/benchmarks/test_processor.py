"""Promises about what is read from /proc."""

import os
import subprocess
import sys
import time

import pytest

from tests.benchmarks.processor import idle_s, threads_of, used_by

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")

#: A child's child is busy and ends; a second one goes on.
_FAMILY = """
import subprocess, sys
busy = "import time\\nwhile time.process_time() < 0.2: pass\\n"
subprocess.run([sys.executable, "-S", "-c", busy])
with subprocess.Popen([sys.executable, "-S", "-c", busy + "print(flush=True)\\ninput()"], stdin=subprocess.PIPE):
    input()
"""


def test_a_session_is_counted_with_children_that_live_and_that_have_ended() -> None:
    """CPU of a process, of the child that it has waited for and of the one that runs; memory of those that run."""
    command = [sys.executable, "-S", "-c", _FAMILY]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, start_new_session=True) as process:
        assert process.stdout
        process.stdout.readline()
        used = used_by(process.pid)
        assert "python" in " ".join(threads_of(process.pid))
        process.communicate()
    assert used.cpu_s >= 0.35  # two of 0.2, less a tick or two
    assert used.rss > 5_000_000


def test_idle_time_is_no_more_than_the_cores_had() -> None:
    """It grows with the clock at most, for each core; a tick or two may be counted late."""
    before, began = idle_s(), time.monotonic()
    time.sleep(0.1)
    assert 0 <= idle_s() - before <= (time.monotonic() - began + 0.05) * (os.cpu_count() or 1)

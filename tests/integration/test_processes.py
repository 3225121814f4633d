"""Children never outlive their parent. All hold the parent's stdout, so its end of file means that all are gone."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from worker.processes import Children
from worker.watchdog import read_watched, signal_group, start_time

ROOT = Path(__file__).parents[2]
#: The watchdog gives three seconds, to those who are deaf; the rest is for a busy machine.
_PATIENCE_S = 30

#: A child that says when it is ready and by which signal it ends; "deaf" ones only say the first.
CHILD = """
import os, signal, subprocess, sys
name = sys.argv[1]
def say(text):  # in one write, which no other child's can split
    os.write(1, f"{name} {text}\\n".encode())
def end(number, frame):
    say(f"ended by {signal.Signals(number).name}")
    sys.exit(7)
signal.signal(signal.SIGINT, end)
signal.signal(signal.SIGTERM, signal.SIG_IGN if "deaf" in name else end)
if "family" in name:
    subprocess.Popen([sys.executable, "-c", sys.argv[2], "deaf-grandchild"])
say("ready")
while True:
    signal.pause()
"""

PARENT = """
import signal, sys
from worker.processes import Children
with Children() as children:
    for name in sys.argv[2:]:
        children.start([sys.executable, "-c", sys.argv[1], name, sys.argv[1]])
    signal.pause()
"""


def child(name: str) -> list[str]:
    """Return the command of a child."""
    return [sys.executable, "-c", CHILD, name, CHILD]


def wait_for_lines(stream: IO[bytes] | None, *expected: str) -> None:
    """Read until each expected line has come, in any order; pytest's timeout is the deadline."""
    assert stream
    missing = {line.encode() + b"\n" for line in expected}
    while missing:
        line = stream.readline()
        assert line, f"ended without {missing}"
        missing.discard(line)


@pytest.fixture
def parent(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[bytes]]:
    """A process with the children named by the test, all of them ready."""
    names: list[str] = request.param
    grandchildren = ["deaf-grandchild" for name in names if "family" in name]
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, CHILD, *names],
        bufsize=0,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        start_new_session=True,
    ) as process:
        try:
            wait_for_lines(process.stdout, *(f"{name} ready" for name in [*names, *grandchildren]))
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("parent", [["plain", "deaf", "family"]], indirect=True)
def test_kill_9(parent: subprocess.Popen[bytes]) -> None:
    """Seconds after kill -9 of the parent nothing is left: no child, no deaf child, no grandchild."""
    parent.kill()
    rest, _ = parent.communicate(timeout=_PATIENCE_S)
    assert b"plain ended by SIGTERM" in rest


@pytest.mark.parametrize("parent", [["plain"]], indirect=True)
def test_sigterm_without_a_handler(parent: subprocess.Popen[bytes]) -> None:
    """A parent that SIGTERM ends at once leaves nothing either."""
    parent.terminate()
    rest, _ = parent.communicate(timeout=_PATIENCE_S)
    assert rest == b"plain ended by SIGTERM\n"


@pytest.mark.parametrize("parent", [["first", "second", "third"]], indirect=True)
def test_ctrl_c(parent: subprocess.Popen[bytes]) -> None:
    """Ctrl-C reaches the parent alone, which ends its children by SIGTERM, the youngest first."""
    os.killpg(parent.pid, signal.SIGINT)
    rest, _ = parent.communicate(timeout=_PATIENCE_S)
    assert rest.decode().splitlines() == [f"{name} ended by SIGTERM" for name in ("third", "second", "first")]
    assert parent.returncode not in (0, -signal.SIGKILL)


def test_orderly_stop() -> None:
    """A stopped child is asked by SIGTERM, and its own exit status is returned."""
    with Children() as children:
        process = children.start(child("plain"), stdout=subprocess.PIPE)
        with process.stdout or pytest.fail("no pipe") as output:
            wait_for_lines(output, "plain ready")
            assert children.stop(process) == 7


def test_deaf_child() -> None:
    """A child that ignores SIGTERM is killed once its deadline has passed."""
    with Children() as children:
        process = children.start(child("deaf"), stdout=subprocess.PIPE)
        with process.stdout or pytest.fail("no pipe") as output:
            wait_for_lines(output, "deaf ready")
            assert children.stop(process, deadline_s=0.1) == -signal.SIGKILL


def test_grandchildren() -> None:
    """What a stopped child leaves behind in its process group goes with it."""
    with Children() as children:
        process = children.start(child("family"), stdout=subprocess.PIPE)
        with process.stdout or pytest.fail("no pipe") as output:
            wait_for_lines(output, "family ready", "deaf-grandchild ready")
            children.stop(process)
            assert output.read() == b"family ended by SIGTERM\n"


def test_exception() -> None:
    """An exception ends the children on its way out and is not swallowed."""
    with pytest.raises(ZeroDivisionError), Children() as children:  # noqa: PT012 - leaving the block is what is tested
        process = children.start(["sleep", "60"])
        _ = 1 / 0
    assert process.returncode == -signal.SIGTERM


def test_arguments_reach_the_child_as_they_are(tmp_path: Path) -> None:
    """No shell interprets a child's arguments; its directory and environment are the given ones."""
    awkward = ["$HOME", "a  b", "'\"", "; exit 3", "*"]
    script = 'printf "%s\\n" "$PWD" "$WORD" "$@"'
    with Children() as children:
        process = children.start(
            ["sh", "-c", script, "sh", *awkward], stdout=subprocess.PIPE, cwd=tmp_path, env={"WORD": "given"}
        )
        with process.stdout or pytest.fail("no pipe") as output:
            assert output.read().decode().splitlines() == [str(tmp_path), "given", *awkward]


def test_unknown_program() -> None:
    """A program that does not exist is refused when it is started."""
    with Children() as children, pytest.raises(FileNotFoundError, match="no-such-program"):
        children.start(["no-such-program"])


def test_nothing_runs_unwatched(tmp_path: Path) -> None:
    """Without a watchdog a child is refused before its program has run."""
    trace = tmp_path / "trace"
    with Children() as children:
        children._watchdog.kill()
        children._watchdog.wait()
        with pytest.raises(BrokenPipeError):
            children.start(["sh", "-c", f"echo ran > {shlex.quote(str(trace))}"])
    assert not trace.exists()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only /proc tells a process from its pid's next owner")
def test_reused_pid() -> None:
    """A group whose leader started at another time than the watched one is left alone."""
    with Children() as children:
        process = children.start(["sleep", "60"])
        started = start_time(process.pid)
        assert not signal_group(process.pid, "1", signal.SIGKILL)
        assert signal_group(process.pid, started, 0)
        assert process.poll() is None


def test_watchdog_lines() -> None:
    """The watchdog watches what was announced and not released; a half-written line counts for nothing."""
    assert read_watched([b"+10 555\n", b"+11 \n", b"+12 7\n", b"-10\n", b"+13 99"]) == {11: None, 12: "7"}

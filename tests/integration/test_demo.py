"""The demo, run by a stranger: exact by an independent count, and nothing is left of it, however it ends."""

import os
import signal
import subprocess
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.command import COMMAND, ROOT, environment, json_lines, marked_processes
from tests.integration.eventually import eventually

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are found by /proc")
#: The highest badge that Huawei takes.
_HUAWEI_BADGE = 99


@dataclass(frozen=True, slots=True)
class Run:
    """A demo with a mark on all of its processes, in a directory that is not the source tree."""

    process: "subprocess.Popen[bytes]"
    marker: str
    temporary: Path

    def is_gone(self) -> bool:
        """Return whether no process of it is left."""
        return not marked_processes(self.marker)

    def has_worker(self) -> bool:
        """Return whether its last process has been started."""
        return any(" -m worker " in command for command in marked_processes(self.marker).values())


def _start(folder: Path, *options: str) -> Run:
    marker = f"mark-{uuid.uuid4()}"
    temporary = folder / marker
    temporary.mkdir()
    env = environment(TMPDIR=str(temporary))
    process = subprocess.Popen(
        [*COMMAND, "demo", *options],
        env=env,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    return Run(process, marker, temporary)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """A demo that is in the middle of it."""
    started = _start(tmp_path, "--pace", "50")
    try:
        eventually(started.has_worker, deadline_s=60)
        yield started
    finally:
        started.process.kill()
        started.process.communicate()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The JSON report of a whole demo."""
    run = _start(tmp_path_factory.mktemp("demo"), "--json", "--pace", "400")
    output, errors = run.process.communicate(timeout=110)
    assert run.process.returncode == 0, errors.decode()
    assert (b"Traceback" in errors, run.is_gone(), list(run.temporary.iterdir())) == (False, True, [])
    (report,) = json_lines(output.decode())
    return report


def _expected(kind: str) -> list[dict[str, Any]]:
    lines = json_lines((ROOT / "deploy/examples/demo/expected.jsonl").read_text("utf-8"))
    return [line[kind] for line in lines if kind in line]


def test_it_is_exact(report: dict[str, Any]) -> None:
    """The report says so, and lists no difference."""
    assert report["ok"] is True
    assert (report["missing"], report["twice"], report["extra"]) == ([], [], [])


def test_decisions_are_counted_as_expected(report: dict[str, Any]) -> None:
    """The numbers of receivers by reason are those of the expectations, counted here."""
    assert report["decisions"] == Counter(decision["reason"] for decision in _expected("decision"))


def test_pushes_are_the_expected_ones(report: dict[str, Any]) -> None:
    """The listed pushes are the expected ones, each once, with everything a person could see."""
    members = ("vendor", "token", "msg_id", "title", "body", "outcome")
    expected = Counter((*(push[name] for name in members), _shown_badge(push)) for push in _expected("push"))
    found = Counter((*(push[name] for name in members), push["badge"]) for push in report["pushes"])
    assert found == expected
    assert set(found.values()) == {1}


def _shown_badge(push: dict[str, Any]) -> int:
    badge = int(push["badge"])
    return min(badge, _HUAWEI_BADGE) if push["vendor"] == "huawei" else badge


def test_vendors_are_counted_as_listed(report: dict[str, Any]) -> None:
    """Accepted and rejected by vendor are the listed pushes, and each rejected token was retired."""
    outcomes = Counter((push["vendor"], push["outcome"] == "accepted") for push in report["pushes"])
    for vendor, counts in report["vendors"].items():
        assert counts["accepted"] == outcomes[vendor, True]
        assert counts["rejected"] == counts["retired"] == outcomes[vendor, False]


def test_events_are_counted_as_shipped(report: dict[str, Any]) -> None:
    """Events and malformed entries are as many as the files have lines, and each malformed one is a dead letter."""
    lines = {
        name: len((ROOT / f"deploy/examples/demo/{name}.jsonl").read_text("utf-8").splitlines()) for name in _FILES
    }
    assert (report["events"], report["malformed"]) == (lines["events"], lines["malformed"])
    assert report["dead_letters"] == lines["malformed"]


_FILES = ("events", "malformed")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_nothing(run: Run, number: signal.Signals) -> None:
    """Ctrl-C and SIGTERM end it with the shell's status; no process and no temporary file survives, no traceback."""
    run.process.send_signal(number)
    _, errors = run.process.communicate(timeout=40)
    assert (run.process.returncode, b"Traceback" in errors) == (128 + number, False)
    assert run.is_gone()
    assert list(run.temporary.iterdir()) == []


def test_kill_9_leaves_no_process(run: Run) -> None:
    """Kill -9 of the parent ends every other process within seconds."""
    # Parent, watchdog, Valkey, simulator, worker; what one of them asks of the system for a moment is not counted.
    eventually(lambda: len(marked_processes(run.marker)), lambda number: number == 5)
    os.kill(run.process.pid, signal.SIGKILL)
    eventually(run.is_gone)

"""The worker command: fleet and single process, from the start to the last process gone."""

import os
import signal
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.cli.command import COMMAND, environment, marked_processes, offline_push
from tests.integration.configuration import APNS, channels_of, write_configuration
from tests.integration.eventually import eventually
from tests.integration.vendors import Vendors

_NEEDS_PROC = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are found by /proc")
_STARTED = "dispatch started"


@dataclass(frozen=True, slots=True)
class Fleet:
    """A running command and the mark that all of its processes bear."""

    parent: "subprocess.Popen[bytes]"
    log: Path
    marker: str

    def workers(self) -> set[int]:
        """Return the pids of its Celery processes."""
        return {pid for pid, command in marked_processes(self.marker).items() if " -m worker " in command}

    def starts(self) -> int:
        """Return how many processes have started to dispatch."""
        return self.log.read_text("utf-8", "replace").count(_STARTED)

    def is_gone(self) -> bool:
        """Return whether no process is left."""
        return not marked_processes(self.marker)


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    """Two processes on an embedded server, both of them at work."""
    marker, log = f"mark-{uuid.uuid4()}", tmp_path / "log"
    folder = tmp_path / marker
    folder.mkdir()
    env = environment(TMPDIR=str(folder))
    with log.open("wb") as output:
        command = [*COMMAND, "worker", "--processes", "2"]
        parent = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    found = Fleet(parent, log, marker)
    try:
        eventually(found.starts, lambda starts: starts == 2, 60)
        assert len(found.workers()) == 2
        yield found
    finally:
        parent.kill()
        parent.wait()
    eventually(found.is_gone)


@_NEEDS_PROC
def test_a_dead_process_is_replaced_and_sigterm_drains_all(fleet: Fleet) -> None:
    """Kill -9 of one process starts another; SIGTERM to the parent drains both, status 0, and leaves nothing."""
    first, second = fleet.workers()
    os.kill(first, signal.SIGKILL)
    eventually(fleet.starts, lambda starts: starts == 3, 60)
    assert len(fleet.workers()) == 2
    assert second in fleet.workers()
    fleet.parent.terminate()
    assert fleet.parent.wait(40) == 0
    text = fleet.log.read_text()
    assert text.count('"dispatch stopped"') == 2
    assert text.count('"drained": true') == 2
    assert "Traceback" not in text
    assert fleet.is_gone()
    assert list((fleet.log.parent / fleet.marker).iterdir()) == []


@_NEEDS_PROC
def test_kill_9_of_the_parent_leaves_nothing(fleet: Fleet) -> None:
    """Kill -9 of the parent ends workers and embedded server within seconds."""
    # Parent, watchdog, Valkey, two workers; what one of them asks of the system for a moment is not counted.
    eventually(lambda: len(marked_processes(fleet.marker)), lambda number: number == 5)
    fleet.parent.kill()
    fleet.parent.wait()
    eventually(fleet.is_gone)


@_NEEDS_PROC
def test_ctrl_c_drains(fleet: Fleet) -> None:
    """Ctrl-C drains like SIGTERM."""
    fleet.parent.send_signal(signal.SIGINT)
    assert fleet.parent.wait(40) == 0
    text = fleet.log.read_text()
    assert (text.count('"drained": true'), "Traceback" in text, fleet.is_gone()) == (2, False, True)


@_NEEDS_PROC
def test_one_process_is_celery_itself(redis_url: str, tmp_path: Path) -> None:
    """A single process on a configured Redis becomes Celery itself, under no parent; SIGTERM ends it with status 0."""
    marker, log = f"mark-{uuid.uuid4()}", tmp_path / "log"
    env = environment(MARKER=marker, OFFLINE_PUSH_REDIS__URL=redis_url)
    with log.open("wb") as output:
        process = subprocess.Popen([*COMMAND, "worker"], env=env, stdout=output, stderr=output, cwd=tmp_path)
    try:
        eventually(lambda: log.read_text().count(_STARTED), deadline_s=60)
        (command,) = eventually(lambda: marked_processes(marker), lambda found: list(found) == [process.pid]).values()
        assert " -m worker " in command
        process.terminate()
        assert process.wait(40) == 0
    finally:
        process.kill()
        process.wait()
    assert '"drained": true' in log.read_text()
    assert "Traceback" not in log.read_text()


@pytest.mark.parametrize("processes", ["1", "2"])
def test_credentials_that_cannot_be_used(processes: str, vendors: Vendors, tmp_path: Path) -> None:
    """A bad key is named by its channel's path before anything starts, status 2, without a word of the key."""
    key, config = tmp_path / "broken.p8", tmp_path / "config.toml"
    key.write_text("-----BEGIN PRIVATE KEY-----\nnonsense-2718\n-----END PRIVATE KEY-----\n")
    channels = channels_of(vendors)
    channels[APNS]["key_file"] = str(key)
    # Nothing listens there: had anything been started, it would say so.
    write_configuration(config, "redis://127.0.0.1:1/0", channels)
    done = offline_push("worker", "--processes", processes, "--config", config)
    (line,) = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (2, "")
    assert "apps.org#app.channels[0]" in line
    assert "nonsense-2718" not in line


def test_data_dir_in_use(tmp_path: Path) -> None:
    """An embedded server's directory that cannot be used is one line, status 2."""
    file = tmp_path / "file"
    file.touch()
    done = offline_push("worker", env={"OFFLINE_PUSH_REDIS__DATA_DIR": str(file)})
    (line,) = done.stderr.splitlines()
    assert (done.returncode, str(file) in line) == (2, True)

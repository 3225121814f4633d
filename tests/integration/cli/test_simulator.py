"""The simulator command: ready line, clean end, taken port."""

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli.command import COMMAND, environment, offline_push, refused
from tests.loopback import ask


@pytest.fixture
def taken() -> Iterator[str]:
    """A port that somebody else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield str(server.getsockname()[1])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ready_line_and_clean_end(number: signal.Signals, tmp_path: Path) -> None:
    """One line of JSON says where everything is; a signal ends it with status 0, no word, and nothing left behind."""
    command = [*COMMAND, "simulator"]
    with subprocess.Popen(
        command, env=environment(TMPDIR=str(tmp_path)), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            health = ask("GET", f"{ready['control']}/_sim/health", timeout=30).status_code
            process.send_signal(number)
            rest, errors = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (health, process.returncode, rest, errors) == (200, 0, b"", b"")
    assert set(ready["endpoints"]) == {"apns", "fcm", "huawei"}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", ["--apns-port", "--control-port"])
def test_port_that_is_taken(option: str, taken: str) -> None:
    """A taken port is one line with the address, and status 2."""
    refused(offline_push("simulator", option, taken), taken, "address already in use")


def test_host_that_is_not_ours() -> None:
    """An address that is not this machine's is one line, and status 2."""
    refused(offline_push("simulator", "--host", "192.0.2.1"))


def test_data_dir_that_is_a_file(tmp_path: Path) -> None:
    """A file where the directory should be is one line with its name, and status 2."""
    path = tmp_path / "file"
    path.touch()
    refused(offline_push("simulator", "--data-dir", path), str(path))

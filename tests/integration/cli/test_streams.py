"""Closed, full and abandoned streams, terminals, old locales, and Ctrl-C."""

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.factories import case_record
from tests.integration.cli.command import COMMAND, environment, json_lines, offline_push, write_lines
from tests.integration.cli.terminal import terminal
from tests.integration.eventually import eventually
from worker.store.keys import Keys

_HAS_FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
#: Python takes ASCII at its word only like this.
_ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
_TEXT: dict[str, Any] = {
    "payload": {"bodies": [{"type": "txt", "msg": "晚上去吃火锅吗？🍲"}]},
    "settings": {"style": 1},
}


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough cases to be interrupted in the middle: 3 MB, half a second."""
    records = [case_record({"event": {"msg_id": str(number)}}, _TEXT) for number in range(6_000)]
    return write_lines(tmp_path_factory.mktemp("streams") / "cases.jsonl", records)


@pytest.mark.parametrize("json_flag", [(), ("--json",)])
def test_reader_that_has_seen_enough(cases: Path, json_flag: tuple[str, ...]) -> None:
    """A reader that leaves after the first line (``| head -1``) ends the command with status 0 and no word."""
    with subprocess.Popen(
        [*COMMAND, "replay", cases, *json_flag], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert b"pushed" in process.stdout.readline()
        process.stdout.close()
        assert (process.wait(60), process.stderr.read()) == (0, b"")


@pytest.mark.parametrize("arguments", [("--help",), ("replay", "-"), ("doctor",)])
def test_reader_that_never_read(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """A reader that has gone before the first word is no fault either."""
    case = write_lines(tmp_path / "case.jsonl", [case_record()])
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "wb") as nobody, case.open("rb") as stdin:
        process = subprocess.Popen(
            [*COMMAND, *arguments], env=environment(), stdin=stdin, stdout=nobody, stderr=subprocess.PIPE
        )
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, b"")


@_HAS_FULL
@pytest.mark.parametrize("arguments", [("replay", "CASES"), ("--help",), ("doctor",)])
def test_full_disk(cases: Path, arguments: tuple[str, ...]) -> None:
    """Output that cannot be written is one line on stderr and status 2, whether Python held it back or not."""
    command = [str(cases) if word == "CASES" else word for word in arguments]
    with Path("/dev/full").open("wb") as full:
        process = subprocess.Popen([*COMMAND, *command], env=environment(), stdout=full, stderr=subprocess.PIPE)
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (2, b"offline-push: No space left on device\n")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams(closed: str, tmp_path: Path) -> None:
    """A closed stream is as good as the null device: what is to be written elsewhere is written."""
    write_lines(tmp_path / "case.jsonl", [case_record()])
    command = ["sh", "-c", f'exec "$@" {closed}', "sh", *COMMAND, "replay", "case.jsonl"]
    done = subprocess.run(command, env=environment(), cwd=tmp_path, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert bool(done.stdout) == (">&-" not in closed.replace("2>&-", ""))


def test_closed_streams_are_not_given_to_sockets(config: Path, database: redis.Redis, tmp_path: Path) -> None:
    """With stdin and stdout closed a connection does not take their place, where a print would hit it."""
    write_lines(tmp_path / "state.jsonl", [{"appkey": "org#app", "user": "bob", "badge": 3}])
    command = ["sh", "-c", 'exec "$@" <&- >&-', "sh", *COMMAND, "load", "state.jsonl", "--config", str(config)]
    done = subprocess.run(command, env=environment(), cwd=tmp_path, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"1 records loaded\n")
    assert database.hget(Keys().user("org#app", "bob"), "b") == b"3"


@pytest.mark.parametrize("arguments", [("replay", "-"), ("replay", "-", "--json")])
def test_old_locale(arguments: tuple[str, ...]) -> None:
    """Where the locale knows ASCII only, JSON is UTF-8 all the same and nothing fails."""
    case = json.dumps(case_record(_TEXT, {"receiver": {"user": "李雷"}}), ensure_ascii=False)
    done = offline_push(*arguments, stdin=case, env=_ASCII)
    assert (done.returncode, done.stderr) == (0, "")
    assert "李雷" in done.stdout


@pytest.mark.parametrize("arguments", [("emit", "--help"), ("doctor",)])
def test_words_in_an_old_locale(arguments: tuple[str, ...]) -> None:
    """Where the locale knows ASCII only, characters beyond it make no command fail."""
    done = offline_push(*arguments, env=_ASCII)
    assert (done.returncode, done.stderr, len(done.stdout) > 100) == (0, "", True)


def test_terminal(cases: Path) -> None:
    """On a terminal a long input has a progress bar on stderr, and stdout stays clean JSON."""
    command = [*COMMAND, "replay", str(cases), "--json"]
    with terminal() as (end, seen):
        done = subprocess.run(command, env=environment(TERM="xterm"), stdout=subprocess.PIPE, stderr=end, check=True)
    assert len(json_lines(done.stdout.decode())) == 6_000
    assert b"cases.jsonl" in seen.result()
    assert b"Traceback" not in seen.result()


def test_ctrl_c_during_replay(cases: Path) -> None:
    """Ctrl-C in the middle ends with the shell's status 130 and no word."""
    with subprocess.Popen(
        [*COMMAND, "replay", cases], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (130, b"")


@pytest.mark.parametrize("command", ["load", "emit"])
def test_ctrl_c_during_writing(command: str, config: Path, database: redis.Redis) -> None:
    """Ctrl-C while lines are still coming ends with 130 and no traceback; what was written stays whole."""
    line = case_record() if command == "emit" else {"appkey": "org#app", "user": "bob", "badge": 3}
    written = Keys().events if command == "emit" else Keys().user("org#app", "bob")
    with subprocess.Popen(
        [*COMMAND, command, "-", "--config", config],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        process.stdin.write((json.dumps(line) + "\n").encode() * 600)
        process.stdin.flush()
        # One batch whole, of which this is the last: then it waits for more lines.
        eventually(lambda: database.exists(written) and (command == "load" or database.xlen(written) == 500))
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (130, b"")
    assert command == "load" or database.xlen(written) == 500

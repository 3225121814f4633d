"""JSON lines in every state that editors, pipes and operating systems leave them in."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import redis

from tests.factories import case_record
from tests.integration.cli.command import COMMAND, environment, json_lines, offline_push, refused
from worker.store.keys import Keys

_CASE = json.dumps(case_record(), ensure_ascii=False)
_READERS = ("replay", "emit", "load")


def _case(msg_id: str) -> str:
    return json.dumps(case_record({"event": {"msg_id": msg_id}}))


@pytest.mark.parametrize("command", _READERS)
def test_missing_file(command: str, config: Path, tmp_path: Path) -> None:
    """A file that is not there is named in one line, status 2."""
    refused(offline_push(command, tmp_path / "none.jsonl", "--config", config), "none.jsonl", "No such file")


def test_directory(tmp_path: Path) -> None:
    """A directory is named in one line, status 2."""
    refused(offline_push("replay", tmp_path), str(tmp_path), "Is a directory")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_forbidden_file(tmp_path: Path) -> None:
    """A file that may not be read is named in one line, status 2."""
    path = tmp_path / "cases.jsonl"
    path.touch(mode=0)
    refused(offline_push("replay", path), "cases.jsonl", "Permission denied")


def test_file_that_loops(tmp_path: Path) -> None:
    """A link to itself is named in one line, status 2."""
    path = tmp_path / "loop.jsonl"
    path.symlink_to(path)
    refused(offline_push("replay", path), "loop.jsonl")


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that opens and cannot be read")
def test_file_that_fails_to_be_read() -> None:
    """A disk that fails after the file was opened is one line with the file's name, status 2."""
    refused(offline_push("replay", "/proc/self/mem"), "/proc/self/mem", "Input/output error")


@pytest.mark.parametrize("text", ["", "\n", "\r\n \n\t\n", "\ufeff"])
def test_nothing_to_read(text: str) -> None:
    """An empty file, and one of blank lines, give nothing and are no fault."""
    done = offline_push("replay", "-", stdin=text)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_bad_lines_are_numbered_and_the_rest_goes_on(tmp_path: Path) -> None:
    """Each bad line is reported with file, number, path and reason; the good ones are decided; status 1."""
    path = tmp_path / "cases.jsonl"
    bad = ['{"at":', '"text"', '{"at":1}', _CASE.replace('"chat"', '"chatt"'), "[" * 5000, '{"at":"x","event":{}}']
    path.write_bytes("\n".join([_case("first"), "", *bad, _case("last")]).encode() + b"\n\xff\xfe\n\x00\n")
    done = offline_push("replay", path, "--json")
    assert done.returncode == 1
    assert [record["msg_id"] for record in json_lines(done.stdout)] == ["first", "last"]
    reports = [line.split(": ")[:2] for line in done.stderr.splitlines()]
    numbers = [3, 4, 5, 6, 7, 8, 10, 11]
    assert [where for where, _ in reports] == [f"{path}:{number}" for number in numbers]
    assert [place for _, place in reports] == ["$", "$", "$.event", "$.event.chat_type", "$", "$.at", "$", "$"]


def test_windows_files() -> None:
    """A byte order mark and CRLF line ends are not part of the lines."""
    text = f"\ufeff{_case('first')}\r\n\r\n{_case('last')}\r\n{{\r\n"
    done = offline_push("replay", "-", "--json", stdin=text)
    assert [record["msg_id"] for record in json_lines(done.stdout)] == ["first", "last"]
    assert (done.returncode, done.stderr) == (1, "<stdin>:4: $: not JSON: Input data was truncated\n")


def test_last_line_without_its_end() -> None:
    """A last line without a line end counts."""
    assert len(json_lines(offline_push("replay", "-", "--json", stdin=_CASE).stdout)) == 1


def test_huge_line() -> None:
    """A line of 20 MB is decided like any other."""
    huge = json.dumps(case_record({"payload": {"bodies": [{"type": "txt", "msg": "x" * 20_000_000}]}}))
    done = offline_push("replay", "-", "--json", stdin=huge)
    (record,) = json_lines(done.stdout)
    assert (record["reason"], len(done.stdout) < 100_000) == ("pushed", True)


def test_reports_hold_no_message_text() -> None:
    """A report says where a line is wrong and never what somebody wrote."""
    secret = {"payload": {"bodies": [{"type": "txt", "msg": "midnight-at-the-pier"}], "meta": []}}
    done = offline_push("replay", "-", stdin=json.dumps(case_record(secret)))
    assert done.returncode == 1
    assert "$.event.payload.meta" in done.stderr
    assert "pier" not in done.stderr


def test_first_lines_are_decided_before_the_last_is_written() -> None:
    """Standard input is read as it comes: nobody has to end it to see that a line is bad."""
    with subprocess.Popen(
        [*COMMAND, "replay", "-"],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(b"{\n")
        process.stdin.flush()
        assert process.stderr.readline().startswith(b"<stdin>:1: ")
        process.communicate(timeout=60)


@pytest.mark.parametrize(("command", "word"), [("load", "1 record"), ("emit", "1 event")])
def test_bad_lines_do_not_stop_writing(command: str, word: str, config: Path, database: redis.Redis) -> None:
    """Load and emit report a bad line by its number, write the rest, say how many, and end with status 1."""
    good = '{"appkey":"org#app","user":"bob","badge":3}' if command == "load" else _CASE
    done = offline_push(command, "-", "--config", config, stdin=f"{{\n\n{good}\n")
    report, count = done.stderr.splitlines()
    assert (done.returncode, report.startswith("<stdin>:1: $: "), count.startswith(word)) == (1, True, True)
    assert database.exists(Keys().events if command == "emit" else Keys().user("org#app", "bob")) == 1

"""The command line as a stranger runs it: a real process with a clean environment and no terminal."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

import msgspec
from typer.testing import CliRunner

from tests.warm import WarmProcess
from worker.cli import app

ROOT = Path(__file__).parents[3]
PROGRAM = "worker.cli"
COMMAND = [sys.executable, "-m", PROGRAM]
#: PYTHONPATH: the tests must not depend on what is installed. UTF-8 comes with every Python we support.
_CLEAN = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "COLUMNS": "80", "LC_ALL": "C.UTF-8"}
_CLEAN |= {name: os.environ[name] for name in ("TMPDIR",) if name in os.environ}

Done = subprocess.CompletedProcess[str]


def environment(**changes: str) -> dict[str, str]:
    """Return the clean environment with changes."""
    return _CLEAN | changes


def offline_push(
    *arguments: str | Path,
    stdin: str | bytes = b"",
    cwd: Path | None = None,
    env: Mapping[str, str] = MappingProxyType({}),
) -> Done:
    """Run one command to its end; whatever happens, it must not end in a traceback."""
    command = [*COMMAND, *map(str, arguments)]
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        given.write(stdin.encode() if isinstance(stdin, str) else stdin)
        given.seek(0)
        streams = given.fileno(), output.fileno(), errors.fileno()
        program = PROGRAM, command[len(COMMAND) :]
        process = WarmProcess(program, env=environment(**env), cwd=cwd or Path.cwd(), streams=streams)
        done = subprocess.CompletedProcess(command, _status(process), _text(output), _text(errors))
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done


def _status(process: WarmProcess) -> int:
    try:
        return process.wait(60)
    finally:
        process.kill()


def _text(written: IO[bytes]) -> str:
    written.seek(0)
    return written.read().decode("utf-8", "replace")


def dead_letters(config: Path, *arguments: str) -> Done:
    """Run a command on dead letters inside this process: a start costs more than the command."""
    variables = environment(OFFLINE_PUSH_CONFIG=str(config))
    result = CliRunner().invoke(app, ["dead-letters", *arguments], env=variables)
    assert isinstance(result.exception, SystemExit | None), result.exception
    return subprocess.CompletedProcess(arguments, result.exit_code, result.stdout, result.stderr)


def refused(done: Done, *words: str) -> None:
    """Expect bad usage or configuration: status 2, nothing on stdout, one line that holds the words."""
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("offline-push: ")
    assert all(word in line for word in words), line


def json_lines(text: str) -> list[dict[str, Any]]:
    """Return JSON lines, each of them an object."""
    # Not splitlines: text in JSON may hold what Python takes for line ends, U+2028 for one.
    return [msgspec.json.decode(line, type=dict[str, Any]) for line in text.split("\n") if line]


def write_lines(path: Path, records: Sequence[Mapping[str, Any]]) -> Path:
    """Write JSON lines and return the path."""
    path.write_bytes(b"".join(msgspec.json.encode(record) + b"\n" for record in records))
    return path


def marked_processes(marker: str) -> dict[int, str]:
    """Return pid and command line of each process with the marker in its environment or its directory.

    Valkey writes its title over its environment, but stays in its data directory. A zombie has neither.
    """
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if marker.encode() in (folder / "environ").read_bytes() + os.fsencode((folder / "cwd").readlink()):
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:  # it has ended meanwhile
            continue
    return found

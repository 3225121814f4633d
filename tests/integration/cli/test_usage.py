"""Help, version and wrong arguments."""

import os
import subprocess
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.integration.cli.command import COMMAND, environment, offline_push
from tests.promptness import least

#: Of processor time.
INSTANT_S = 1.0

#: Commands with commands below them.
GROUPS = {"dead-letters": ("list", "show", "retry", "drop"), "retired": ("list", "restore")}
SINGLE = (
    "demo",
    "worker",
    "api",
    "simulator",
    "emit",
    "load",
    "dump",
    "replay",
    "explain",
    "doctor",
    "backlog",
    "token",
    "reseal",
)
COMMANDS = (*SINGLE, *GROUPS)
BELOW = [(group, name) for group, names in GROUPS.items() for name in names]


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS), *BELOW])
def test_help_is_instant_and_fits_80_columns(command: tuple[str, ...], tmp_path: Path) -> None:
    """Each help is on stdout, within 80 columns, after less than a second of processor time however busy we are."""
    output = tmp_path / "help"

    def used_s() -> float:
        # The first one of a checkout compiles, and on cores that are shared each second does less.
        with output.open("wb") as file:
            process = subprocess.Popen([*COMMAND, *command, "--help"], env=environment(), stdout=file, stderr=file)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        return usage.ru_utime + usage.ru_stime

    assert least(used_s, INSTANT_S) < INSTANT_S
    text = output.read_text("utf-8")
    assert text.startswith("Usage: ")
    assert max(map(len, text.splitlines())) < 80


@pytest.mark.parametrize(
    ("arguments", "names"), [((), COMMANDS), *(((group,), names) for group, names in GROUPS.items())]
)
def test_help_lists_every_command(arguments: tuple[str, ...], names: Sequence[str]) -> None:
    """The help names every command with a summary."""
    listed = offline_push(*arguments, "-h").stdout.partition("Commands:")[2].splitlines()
    assert {line.split()[0] for line in listed if len(line.split()) > 1} == set(names)


def test_version() -> None:
    """The version is the distribution's."""
    done = offline_push("--version")
    assert (done.returncode, done.stdout) == (0, f"offline-push {version('offline-push')}\n")


@pytest.mark.parametrize("arguments", [(), *((group,) for group in GROUPS)])
def test_no_command_is_bad_usage_with_help(arguments: tuple[str, ...]) -> None:
    """Without a command the help is on stderr, and the status is 2."""
    done = offline_push(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Commands:" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("pusch",), "'pusch'"),
        (("replay",), "'FILE'"),
        (("replay", "a", "b"), "b"),
        (("replay", "-", "--config"), "--config"),
        (("explain", "--app", "org#app"), "--user"),
        (("explain", "--app", "a", "--user", "b", "--last", "0"), "--last"),
        (("worker", "--processes", "0"), "--processes"),
        (("worker", "--log-level", "loud"), "loud"),
        (("simulator", "--apns-port", "65536"), "--apns-port"),
        (("simulator", "--profile", "wild"), "wild"),
        (("demo", "--pace", "0"), "--pace"),
        (("dead-letters", "bury"), "'bury'"),
    ],
)
def test_wrong_arguments(arguments: tuple[str, ...], word: str) -> None:
    """Wrong arguments end with status 2, the usage, and one line that names the mistake."""
    done = offline_push(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    *usage, error = filter(None, done.stderr.splitlines())
    assert [line.split()[0] for line in usage] in ([], ["Usage:", "Try"])
    assert error.startswith("Error: ")
    assert word in error

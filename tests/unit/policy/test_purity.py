"""The policy is pure: deciding touches nothing but its arguments."""

import ast
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.factories import PHONE, TABLET, case_record, group, online

ROOT = Path(__file__).parents[3]
SOURCES = sorted((ROOT / "policy").glob("*.py"))
#: Of the standard library: no clock, no randomness, no file, no network, no thread, no log, no environment.
ALLOWED = {
    "collections",
    "dataclasses",
    "datetime",
    "enum",
    "functools",
    "re",
    "typing",
    "zoneinfo",
    "msgspec",
    "policy",
}

PROBE = """
import collections.abc, dataclasses, datetime, enum, functools, os, re, sys, typing, zoneinfo
import msgspec

class Forbidden(dict):
    def _refuse(self, *_):
        raise AssertionError("the environment was read")
    __getitem__ = get = __contains__ = __iter__ = keys = items = copy = _refuse

ACTIONS = {"os.system", "os.putenv", "_thread.start_new_thread"}

def refuse(event, arguments):
    wrote = event == "open" and set(str(arguments[1])) & set("wax+")
    if wrote or event.split(".")[0] in {"socket", "subprocess"} or event in ACTIONS:
        raise AssertionError(event)

record = sys.stdin.buffer.read()
output = sys.stdout.buffer
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
os.environ = os.environb = Forbidden()
sys.addaudithook(refuse)

from policy.case import Case
for decision in msgspec.json.decode(record, type=Case).decisions():
    output.write(msgspec.json.encode(decision.record()))
"""


def _decide_in_a_new_process(record: bytes, hash_seed: str) -> bytes:
    command = [sys.executable, "-c", PROBE, str(ROOT)]
    done = subprocess.run(command, input=record, capture_output=True, check=False, env={"PYTHONHASHSEED": hash_seed})
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.fixture(scope="module")
def record() -> bytes:
    """A case that uses every part: zone, filter, template, two devices, mentions."""
    return msgspec.json.encode(
        case_record(
            {
                "event": group("bob", "carol"),
                "ext": {
                    "em_at_list": ["dave", "carol", "bob"],
                    "em_push_filter": {"ignore_device_id": ["x", "y", "ios_1"]},
                    "em_push_template": {"name": "t", "content_args": ["{$msg}"]},
                },
                "settings": {"type": "AT", "ignoreInterval": "1:0-2:0"},
                "app": {"multi_device": "any-offline", "templates": {"t": {"content_pattern": "{0}"}}},
                "receiver": {"devices": [PHONE, TABLET], "presence": [online("b"), online("a")]},
            }
        )
    )


def test_deciding_opens_nothing_and_reads_no_environment(record: bytes) -> None:
    """Importing the policy and deciding opens no socket, writes no file, starts nothing and reads no environment."""
    assert b'"outcome":"push"' in _decide_in_a_new_process(record, "0")


def test_every_process_decides_the_same_bytes(record: bytes) -> None:
    """Two processes that order their sets differently write the same record."""
    assert _decide_in_a_new_process(record, "1") == _decide_in_a_new_process(record, "2")


def _imported(source: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(source.read_text(encoding="utf-8"))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return {
        name.split(".")[0]
        for name in plain | {node.module or "." for node in nodes if isinstance(node, ast.ImportFrom)}
    }


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_policy_imports_nothing_that_acts(source: Path) -> None:
    """A module of the policy imports only itself, msgspec, and what of the standard library does not act."""
    assert _imported(source) <= ALLOWED


def test_there_is_something_to_check() -> None:
    """The sources are found."""
    assert len(SOURCES) > 10


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_policy_asks_for_no_time(source: Path) -> None:
    """No module asks the clock: the time is an argument."""
    called = {
        node.attr for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))) if isinstance(node, ast.Attribute)
    }
    assert not called & {"now", "utcnow", "today", "time", "time_ns", "monotonic"}

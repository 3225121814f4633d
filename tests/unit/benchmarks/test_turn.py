"""Promises about what is sent in a turn."""

import json
import shutil
import subprocess
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.benchmarks.measure import Size
from tests.benchmarks.subjects.catalogue import SUBJECTS
from tests.benchmarks.subjects.subject import Shape
from tests.benchmarks.turn import VENDORS, Turn

_PEERS = Path(__file__).parents[2] / "benchmarks" / "peers"
_PRINT = """
const { notifications } = require('./control.cjs');
process.stdout.write(JSON.stringify([...notifications(JSON.parse(process.argv[3]))]));
"""


@pytest.mark.parametrize("name", SUBJECTS)
def test_no_two_pushes_are_alike(name: str) -> None:
    """Whatever its shape, a turn has as many distinct pushes as it says, and messages that come to just these."""
    turn = Size(120, 50, 40).turn(7, SUBJECTS[name], 1.0)
    pushes = Counter(turn.pushes())
    assert set(pushes.values()) == {1}
    assert pushes.total() == turn.count
    assert [user for _, users in turn.messages() for user in users] == [turn.user(n) for n in range(turn.count)]


def test_groups_are_whole_and_of_their_own_users() -> None:
    """Half a group would cost more a receiver; a receiver of other messages would have another badge."""
    group = next(subject for subject in SUBJECTS.values() if subject.shape is Shape.GROUPS)
    turn = Size(100, 50, 40).turn(1, group, 0.5)
    (first, users), (second, _) = turn.messages()
    assert (len(users), first != second) == (40, True)
    assert not set(users) & {user for _, each in Turn(2, 50, 50, group.vendors).messages() for user in each}


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_peers_in_node_send_the_same(tmp_path: Path) -> None:
    """JavaScript's names of tokens, users and messages are Python's."""
    turn = Turn(3, 7, 2, VENDORS, first=4)
    script = tmp_path / "print.cjs"
    script.write_text(_PRINT.replace("./", f"{_PEERS}/"))
    done = subprocess.run(["node", script, "{}", json.dumps(asdict(turn))], capture_output=True, check=True, timeout=60)
    assert [(each["token"], each["data"]) for each in json.loads(done.stdout)] == list(turn.notifications())


def test_every_subject_is_in_the_readme() -> None:
    """The table of the README lists the subjects in the order of the run, and no others."""
    lines = (_PEERS.parent / "README.md").read_text("utf-8").split("\n### Method", 1)[0].splitlines()
    rows = [line.split(" | ")[0].strip("| `") for line in lines if line.startswith("| `")]
    assert rows == list(SUBJECTS)

"""The figures of a run, which is how the proofs are read: each once, from whichever process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_TEST = """
import pytest

@pytest.fixture(scope="module")
def before(figure):
    figure("{name}, before")

def test_it(before, figure):
    figure("{name}, meanwhile")
    assert {holds}
"""


@pytest.mark.parametrize("processes", [[], ["-n2", "--dist=loadfile"]], ids=["one process", "two processes"])
def test_they_are_printed_at_the_end(tmp_path: Path, processes: list[str]) -> None:
    """What fixtures and tests note is printed once, file by file, also of tests that fail."""
    for name, holds in (("one", True), ("two", False)):
        (tmp_path / f"test_{name}.py").write_text(_TEST.format(name=name, holds=holds))
    command = [sys.executable, "-m", "pytest", "-p", "tests.figures", "-p", "xdist", *processes, str(tmp_path)]
    own = {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    environment = os.environ | own
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    figures = [line for line in done.stdout.splitlines() if line.startswith(("one,", "two,"))]
    assert figures == ["one, before", "one, meanwhile", "two, before", "two, meanwhile"], done.stdout

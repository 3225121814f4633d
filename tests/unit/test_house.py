"""Promises about the source itself: nothing happens at import, and no file or function outgrows its reader."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("policy", "providers", "worker")
LONGEST_FILE, LONGEST_FUNCTION, LONGEST_SCRIPT = 300, 40, 100

#: Imports every module with sockets, threads and processes watched.
WATCHED_IMPORT = """
import importlib, sys, threading
names, seen = sys.argv[1:], []
def hook(event, arguments):
    if event in ("socket.connect", "subprocess.Popen"):
        seen.append(event)
before = threading.active_count()
sys.addaudithook(hook)
for name in names:
    importlib.import_module(name)
assert not seen, seen
assert threading.active_count() == before, "a thread was started at import"
"""


def sources() -> list[Path]:
    """Return every Python file of the three packages."""
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Yield (name, lines of code below the docstring) of each function."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            if body:
                yield f"{path.relative_to(ROOT)}:{node.name}", (body[-1].end_lineno or 0) - body[0].lineno + 1


def test_no_file_outgrows_its_reader() -> None:
    """Files stay below 300 lines, half of them below 110."""
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in sources()}
    assert not [str(path) for path, length in lengths.items() if length > LONGEST_FILE]
    assert median(lengths.values()) <= 110


def test_no_function_outgrows_its_reader() -> None:
    """Functions stay below 40 lines, half of them below 8."""
    lengths = dict(found for path in sources() for found in functions(path))
    assert not [name for name, length in lengths.items() if length > LONGEST_FUNCTION]
    assert median(lengths.values()) <= 8


@pytest.mark.parametrize(
    "script", sorted((ROOT / "worker" / "store" / "lua").glob("*.lua")), ids=lambda path: path.stem
)
def test_every_script_says_what_it_takes_and_returns(script: Path) -> None:
    """A Lua script is short and its header names KEYS, ARGV and result."""
    text = script.read_text("utf-8")
    assert len(text.splitlines()) <= LONGEST_SCRIPT
    header = text.split("\nlocal", 1)[0]
    assert all(f"-- {part}" in header for part in ("KEYS", "ARGV", "result"))


def test_nothing_happens_at_import() -> None:
    """Importing every module connects to nothing, starts no thread and no process."""
    entry_points = {"worker.cli.__main__", "providers.simulator.__main__", "worker.watchdog"}
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in sources()]
    command = [sys.executable, "-c", WATCHED_IMPORT, *(name for name in names if name not in entry_points)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["constraints.txt", "tests/benchmarks/constraints.txt"])
def test_the_pins_name_no_index(name: str) -> None:
    """Each constraints.txt holds versions and hashes, and no address."""
    text = (ROOT / name).read_text("utf-8")
    assert "--hash=sha256:" in text
    assert "://" not in text
    assert "--index" not in text

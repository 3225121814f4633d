"""Promises about the pictures."""

import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.benchmarks import newest, plots, results
from tests.benchmarks.growth.dimensions import DIMENSIONS
from tests.benchmarks.measure import Sample
from tests.benchmarks.memory.__main__ import ROWS
from tests.benchmarks.sinks.book import Arrivals


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Results and plots of one's own."""
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    monkeypatch.setattr(plots, "FOLDER", tmp_path / "plots")
    return tmp_path


def _write_results() -> None:
    sample = Sample("a point", 100, 250.0, 90.0, 20.0, 0.5, 80_000_000, Arrivals(100, 0, 0, 0))
    samples = {name: {str(size): [asdict(sample)] * 3 for size in each.sizes} for name, each in DIMENSIONS.items()}
    results.write("growth", {"samples": samples})
    results.write("memory", {"bytes": {server: dict.fromkeys(ROWS, 300.0) for server in ("valkey 9.1.2", "redis 7")}})


def test_without_matplotlib_one_line_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is no dependency of anything else, so most people do not have it."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(sys.modules, "tests.benchmarks.drawing", raising=False)
    assert plots.main() == 1
    assert capsys.readouterr().err == "matplotlib is not installed: make bench-plots installs it\n"


def test_without_results_one_line_says_what_to_run(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A picture of nothing is not drawn."""
    pytest.importorskip("matplotlib")
    assert plots.main() == 1
    assert capsys.readouterr().err == "no results of growth yet: run python -m tests.benchmarks.growth first\n"
    assert not list(folders.iterdir())


def test_results_are_read_as_they_were_written(folders: Path) -> None:
    """The newest file has all dimensions and sizes, in their order, and all rows of both servers."""
    _write_results()
    assert [(row.dimension, row.size) for row in newest.growth()] == [
        (name, size) for name, each in DIMENSIONS.items() for size in each.sizes
    ]
    assert [list(sizes) for sizes in newest.memory().values()] == [list(ROWS)] * 2
    assert len(list(folders.glob("*.json"))) == 2


def test_pictures_are_small(folders: Path) -> None:
    """Each is a PNG below 60 kB, so that a README may hold all of them."""
    pytest.importorskip("matplotlib")
    _write_results()
    assert plots.main() == 0
    drawn = {path.name: path.read_bytes() for path in (folders / "plots").iterdir()}
    assert set(drawn) == {"growth-bounded.png", "growth-free.png", "memory.png"}
    assert all(content.startswith(b"\x89PNG") and len(content) < 60_000 for content in drawn.values())

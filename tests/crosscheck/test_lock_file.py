"""Promises about the lock files of the strangers."""

import json
from pathlib import Path
from typing import Any

import pytest

_TESTS = Path(__file__).parents[1]
pytestmark = pytest.mark.parametrize(
    "folder", [_TESTS / "crosscheck", _TESTS / "compatibility"], ids=lambda it: it.name
)


def read(path: Path) -> Any:
    """Return a JSON file."""
    return json.loads(path.read_text())


def test_the_lock_names_no_registry(folder: Path) -> None:
    """Every package has its hash and no download address, so any registry may serve it and none can change it."""
    packages = read(folder / "package-lock.json")["packages"]
    strangers = {path: package for path, package in packages.items() if path}
    assert strangers
    assert all(package["integrity"].startswith("sha512-") for package in strangers.values())
    assert not any("resolved" in package for package in strangers.values())


def test_the_strangers_are_pinned(folder: Path) -> None:
    """Each is one exact version: a new one may report differently."""
    wanted = read(folder / "package.json")["dependencies"]
    assert all(version[0].isdigit() for version in wanted.values())

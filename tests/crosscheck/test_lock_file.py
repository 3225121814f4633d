"""Promises about the lock file of the strangers."""

import json
from pathlib import Path

FOLDER = Path(__file__).parent


def test_the_lock_names_no_registry() -> None:
    """Every package has its hash and no download address, so any registry may serve it and none can change it."""
    packages = json.loads((FOLDER / "package-lock.json").read_text())["packages"]
    strangers = {path: package for path, package in packages.items() if path}
    assert strangers
    assert all(package["integrity"].startswith("sha512-") for package in strangers.values())
    assert not any("resolved" in package for package in strangers.values())


def test_the_strangers_are_pinned() -> None:
    """Each is one exact version: a new one may report differently."""
    wanted = json.loads((FOLDER / "package.json").read_text())["dependencies"]
    assert all(version[0].isdigit() for version in wanted.values())

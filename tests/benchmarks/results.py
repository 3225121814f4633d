"""What a run leaves behind: one JSON file with every sample, and what the machine was."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.benchmarks.missing import Missing

FOLDER = Path(__file__).parent / "results"
_VERSIONS = {"nginx": ["nginx", "-v"], "node": ["node", "--version"], "h2load": ["h2load", "--version"]}


def write(name: str, content: Mapping[str, Any]) -> Path:
    """Write a run's file, named for what was run and when; return its path."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps({"machine": machine(), **content}, indent=1))
    return path


def newest(name: str) -> Any:
    """Return the content of the newest file of a kind of run.

    Raises:
        Missing: there was none yet.
    """
    paths = sorted(FOLDER.glob(f"{name}-*Z.json"))
    if not paths:
        raise Missing(f"no results of {name} yet: run python -m tests.benchmarks.{name} first")
    return json.loads(paths[-1].read_text())


def machine() -> dict[str, Any]:
    """Return what a reader of the figures has to know of the machine."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        # With its build: one without profile-guided optimization takes a tenth more.
        "python": sys.version,
        "load": os.getloadavg(),
        **{name: _version(command) for name, command in _VERSIONS.items()},
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return next(iter(names), platform.machine())


def _version(command: list[str]) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    except FileNotFoundError:
        return None
    return (done.stdout + done.stderr).strip()

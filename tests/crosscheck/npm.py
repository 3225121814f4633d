"""The strangers from npm: installed once from the lock file, then driven as child processes."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent
LOCK = "package-lock.json"
#: Says which lock file the installed packages came from; npm removes it with them.
_STAMP = Path("node_modules", ".lock-sha256")
_INSTALL = [
    *("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=optional"),
    # By itself npm waits 70 s before it calls a registry unreachable.
    *("--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=4000"),
]
#: Below pytest's own limit, so that a silent registry is a skip and not a failure.
_PATIENCE_S = 100
#: npm's words for a fault of the two files here; any other is the registry's or the machine's.
_OUR_FAULTS = frozenset({"EUSAGE", "EINTEGRITY", "EJSONPARSE", "ERESOLVE"})
_OLDEST_NODE = 20


def install(folder: Path = FOLDER) -> None:
    """Install the packages of a folder's lock file, unless they are there; skip without node, npm or a registry."""
    _require_node()
    patience_ends = time.monotonic() + _PATIENCE_S
    with (folder / LOCK).open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one test process installs, the others find it done
        digest, stamp = hashlib.sha256(lock.read()).hexdigest(), folder / _STAMP
        if stamp.exists() and stamp.read_text() == digest:
            return
        _install(folder, max(patience_ends - time.monotonic(), 1.0))
        stamp.write_text(digest)


def _install(folder: Path, patience_s: float) -> None:
    try:
        done = subprocess.run(_INSTALL, cwd=folder, capture_output=True, text=True, timeout=patience_s, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm ci did not end within {_PATIENCE_S} s")
    _judge(done)


def drive(script: str, job: Mapping[str, Any], ca_file: Path) -> Any:
    """Run a driver with one job; return its report. ``ca_file`` is trusted besides the usual authorities."""
    done = subprocess.run(
        ["node", str(FOLDER / script)],
        input=json.dumps(job),
        env=_environment(ca_file),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _require_node() -> None:
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed: no foreign clients to test with")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
    if int(version.removeprefix("v").split(".")[0]) < _OLDEST_NODE:
        pytest.skip(f"node {version.strip()} is too old for the foreign clients")


def _judge(done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode == 0:
        return
    code = re.search(r"^npm (?:error|ERR!) code (\S+)", done.stderr, re.MULTILINE)
    if code is None or code[1] in _OUR_FAULTS:
        pytest.fail(f"npm ci: {done.stderr}")
    pytest.skip(f"npm ci could not install the foreign clients: {code[1]}")


def _environment(ca_file: Path) -> dict[str, str]:
    # A proxy would be asked for addresses that exist only here.
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return {**kept, "NODE_EXTRA_CA_CERTS": str(ca_file)}

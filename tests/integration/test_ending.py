"""How a worker process ends that cannot start, or that cannot go on: with a line, and a status that says so."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: A worker's bootstep with an engine that breaks; it would go on for half a minute.
BROKEN = """
import time
from worker import step
class Broken:
    async def run(self):
        raise RuntimeError("broken")
step.build = lambda *_: Broken()
step.DispatchStep(object()).start(None)
time.sleep(30)
"""


REDIS = '[redis]\nurl = "redis://127.0.0.1:1/0"\n'
CHANNEL = """
[[apps."org#app".channels]]
notifier = "a"
provider = "apns"
topic = "t"
key_file = "config.toml"
key_id = "K"
team_id = "T"
"""


def run(folder: Path, config: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run Python with a worker's configuration to its end."""
    path = folder / "config.toml"
    path.write_text(config)
    env = {**os.environ, "OFFLINE_PUSH_CONFIG": str(path)}
    command = [sys.executable, "-W", "ignore", *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("config", "line"),
    [
        ("[worker]\nstall_s = 1\n", "worker.stall_s: must exceed 21 s"),
        (REDIS + CHANNEL, '"fault": "apps.org#app.channels[0]:'),
        ("", "redis.url: not set"),
    ],
    ids=["a value", "a credential", "no server"],
)
def test_a_configuration_that_cannot_work_is_one_line_and_a_failure(tmp_path: Path, config: str, line: str) -> None:
    """Without a traceback, also when it is Celery that starts the worker."""
    done = run(tmp_path, config, "-m", "worker", "-P", "threads", "-l", "info")
    assert done.returncode == 2
    assert [each for each in done.stderr.splitlines() if line in each]
    assert "Traceback" not in done.stderr


def test_an_engine_that_breaks_ends_the_process(tmp_path: Path) -> None:
    """One line that says so, and a status that is no success."""
    done = run(tmp_path, REDIS, "-c", BROKEN)
    assert done.returncode == 70
    assert "dispatch failed, ending the process" in done.stdout
    assert "RuntimeError" in done.stdout

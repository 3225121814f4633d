"""A process whose engine has ended does not go on as if nothing had happened."""

import subprocess
import sys
from pathlib import Path

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


def test_an_engine_that_breaks_ends_the_process(tmp_path: Path) -> None:
    """One line that says so, and a status that is no success."""
    config = tmp_path / "config.toml"
    config.write_text('[redis]\nurl = "redis://127.0.0.1:1/0"\n')
    done = subprocess.run(
        [sys.executable, "-c", BROKEN],
        cwd=ROOT,
        env={"OFFLINE_PUSH_CONFIG": str(config)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 70
    assert "dispatch failed, ending the process" in done.stdout
    assert "RuntimeError" in done.stdout

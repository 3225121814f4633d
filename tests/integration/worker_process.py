"""A real Celery worker in a process of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self

from tests.integration.eventually import eventually
from tests.integration.vendors import ROOT
from worker.processes import Children

_PYTHON = [sys.executable, "-W", "ignore", "-m"]
_WORKER = [
    "-q",
    "-A",
    "worker.app",
    "worker",
    "-P",
    "threads",
    "-c",
    "2",
]
#: Of a process on a machine that starts many.
_START_S = 60.0
_QUIET = ["--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "INFO"]


@dataclass
class WorkerProcess:
    """Starts, kills and stops one worker; its log grows over all its lives."""

    children: Children
    configuration: Path
    #: What runs it: celery, or something that becomes celery.
    module: str = "celery"
    #: More of its environment.
    variables: dict[str, str] = field(default_factory=dict)
    _lives: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __enter__(self) -> Self:
        """Have it gone at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Kill it if it still runs."""
        self.gone()

    @property
    def pid(self) -> int:
        """The process id of its latest life."""
        return self._lives[-1].pid

    @property
    def is_alive(self) -> bool:
        """Whether its latest life goes on."""
        return self._lives[-1].poll() is None

    @property
    def log_path(self) -> Path:
        """Where it writes its log."""
        return self.configuration.with_suffix(".log")

    def start(self) -> None:
        """Start it; returns at once."""
        with self.log_path.open("ab") as log:
            self.start_writing_to(log)

    def start_writing_to(self, output: IO[bytes] | int) -> None:
        """Start it with another log, a pipe for instance; returns at once."""
        env = {**os.environ, **self.variables, "OFFLINE_PUSH_CONFIG": str(self.configuration)}
        command = [*_PYTHON, self.module, *_WORKER, *_QUIET]
        self._lives.append(self.children.start(command, env=env, stdout=output, stderr=output, cwd=ROOT))

    def started(self) -> "WorkerProcess":
        """Start it and wait until it dispatches."""
        seen = len(self.lines("dispatch started"))
        self.start()
        eventually(lambda: len(self.lines("dispatch started")), lambda number: number > seen, _START_S)
        return self

    def kill(self) -> None:
        """SIGKILL: no handler, no farewell."""
        self._lives[-1].kill()
        self._lives[-1].wait()
        self.children.stop(self._lives[-1])

    def gone(self) -> None:
        """Kill it if it still runs: at the end of a test that failed, it would go on in the next one's database."""
        if self._lives and self.is_alive:
            self.kill()

    def stop(self, deadline_s: float = 40.0) -> int:
        """SIGTERM; return the exit status."""
        return self.children.stop(self._lives[-1], deadline_s)

    def terminate(self) -> None:
        """SIGTERM; returns at once."""
        self._lives[-1].terminate()

    def ended(self, deadline_s: float = 40.0) -> int:
        """Wait until it has ended by itself; return the exit status."""
        status = self._lives[-1].wait(deadline_s)
        self.children.stop(self._lives[-1])
        return status

    def log(self) -> str:
        """Return everything it has written."""
        return self.log_path.read_text("utf-8", "replace") if self.log_path.exists() else ""

    def lines(self, event: str = "") -> list[dict[str, Any]]:
        """Return its structured log lines, or those of one event; what is being written just now is not one yet."""
        written = self.log().split("\n")[:-1]
        lines = [json.loads(line) for line in written if line.startswith("{") and event in line]
        return [line for line in lines if not event or line["event"] == event]

"""Worker processes under one parent: started, started again when they die, drained together."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Never

import structlog

from worker.config_sections import WorkerSettings
from worker.processes import Children

_POLL_S = 0.2
#: A worker that dies at once must not be started in a busy loop, nor for ever: what supervises us has to see it.
_RESTART_AFTER_S = 2.0
_QUICK_DEATH_S = 10.0
_QUICK_DEATHS = 5
#: What Celery needs besides the drain.
_STOP_S = 10
_log = structlog.get_logger(__name__)


def celery_command(log_level: str, number: int) -> list[str]:
    """Return the command of one worker process.

    The threads pool keeps our event loop's thread in the process that Celery controls; gossip, mingle and
    heartbeats serve a fleet of task workers and would only cost traffic here.
    """
    options = ["-P", "threads", "-c", "2", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    name = ["-n", f"dispatch-{number}-{os.getpid()}@%h"]
    return [sys.executable, "-P", "-m", "worker", *options, *name, "-l", log_level]


def exec_worker(command: list[str]) -> Never:
    """Become a worker process: signals and exit status are Celery's own."""
    os.execv(command[0], command)  # noqa: S606 - our own interpreter, no shell


def supervise(
    children: Children, log_level: str, processes: int, environment: Mapping[str, str], settings: WorkerSettings
) -> None:
    """Run worker processes until SIGTERM or Ctrl-C, then drain them all at once."""
    fleet = Fleet(children, log_level, environment, settings)
    for number in range(1, processes + 1):
        fleet.start(number)
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        while True:
            time.sleep(_POLL_S)
            fleet.restart_dead()
    except KeyboardInterrupt:
        fleet.drain()
    finally:
        signal.signal(signal.SIGTERM, previous)


class SupervisorError(Exception):
    """The worker processes cannot be kept alive; their own log lines say why."""


class Fleet:
    """The processes by number."""

    def __init__(
        self, children: Children, log_level: str, environment: Mapping[str, str], settings: WorkerSettings
    ) -> None:
        """Start nothing yet."""
        self._children, self._log_level = children, log_level
        self._environment, self._settings = environment, settings
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        self._started: dict[int, float] = {}
        self._quick_deaths = 0

    def start(self, number: int) -> None:
        """Start one process; each serves its metrics on a port of its own."""
        environment = dict(self._environment)
        if self._settings.metrics_port:
            environment["OFFLINE_PUSH_WORKER__METRICS_PORT"] = str(self._settings.metrics_port + number - 1)
        self._started[number] = time.monotonic()
        self._running[number] = self._children.start(celery_command(self._log_level, number), env=environment)

    def restart_dead(self) -> None:
        """Start again what has ended by itself: what it held is reclaimed.

        Raises:
            SupervisorError: processes end as soon as they are started, again and again.
        """
        for number, process in list(self._running.items()):
            if (status := process.poll()) is not None:
                _log.error("worker process ended, starting it again", number=number, status=status)
                self._children.stop(process)
                self._note_death(time.monotonic() - self._started[number])
                time.sleep(_RESTART_AFTER_S)
                self.start(number)

    def _note_death(self, lived_s: float) -> None:
        self._quick_deaths = self._quick_deaths + 1 if lived_s < _QUICK_DEATH_S else 0
        if self._quick_deaths == _QUICK_DEATHS:
            raise SupervisorError(f"worker processes end within {_QUICK_DEATH_S:.0f} s of their start; see their log")

    def drain(self) -> None:
        """Tell all processes to end, then wait for each."""
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            self._children.stop(process, self._settings.drain_s + _STOP_S)

"""Programs of the project as most tests start them: real processes, forked from one that has imported everything.

A start costs a second of imports, and the tests start hundreds. Forked programs differ in that alone: they have their
own pid, session, directory, environment and streams. Tests of starts, streams and endings, the demo, and the long forms
start programs in full. https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods
"""

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import warnings
from collections.abc import Mapping, Sequence
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import Any

#: What costs time to import. None of it reads a configuration or starts a thread when it is imported.
_IMPORTED = ["worker.cli", "worker.bootstrap", "worker.app", "worker.tasks", "worker.api.app", "uvicorn"]
_IMPORTED += ["celery.bin.celery", "celery.apps.worker", "rich.console", "tests.warm", "providers.simulator.__main__"]
_PROGRAMS = ("celery", "worker.cli", "providers.simulator")
#: One for each process of a test run, started at the first use.
_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(_IMPORTED)

Program = tuple[str, Sequence[str]]


def program_of(command: Sequence[str]) -> Program | None:
    """Return module and arguments of a command that starts a program of the project, None for any other."""
    if command[0] != sys.executable or "-m" not in command:
        return None
    at = command.index("-m") + 1
    return (command[at], command[at + 1 :]) if command[at] in _PROGRAMS else None


class WarmProcess(subprocess.Popen[bytes]):
    """A forked program; of ``Popen`` it has the pid, the waiting and the signals, but no pipes."""

    def __init__(self, program: Program, *, env: Mapping[str, str], cwd: Path, streams: tuple[int, int, int]) -> None:
        """Start ``python -m`` module with arguments; ``streams`` are the descriptors that it inherits as 0, 1 and 2."""
        self.args = [program[0], *program[1]]
        self.stdin = self.stdout = self.stderr = None
        given = tuple(map(_Descriptor, streams))
        # A daemon is ended with the process that started it.
        self._forked = _FORKING.Process(target=_become, args=(program, dict(env), str(cwd), given), daemon=True)
        self._forked.start()
        assert self._forked.pid is not None
        self.pid: int = self._forked.pid
        self.returncode = None
        self._child_created = False  # the child of the server that forks: Popen itself has nobody to wait for

    def poll(self) -> int | None:
        """Return the exit status, None while it runs."""
        self.returncode = self._forked.exitcode
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit status once it has ended.

        Raises:
            TimeoutExpired: it has not within so many seconds.
        """
        self._forked.join(timeout)
        status = self.poll()
        if status is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return status


class _Descriptor:
    """A descriptor on its way to another process."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __reduce__(self) -> tuple[Any, ...]:
        return _received, (DupFd(self._number),)


def _received(passed: Any) -> int:
    return int(passed.detach())


def _become(program: Program, env: dict[str, str], cwd: str, streams: tuple[int, int, int]) -> None:
    """Become the program, as far as it can tell."""
    module, arguments = program
    os.setsid()
    _inherit(streams)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    warnings.simplefilter("ignore")
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _inherit(streams: tuple[int, int, int]) -> None:
    for number, given in enumerate(streams):
        os.dup2(given, number)
        os.close(given)
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(number, mode, encoding="utf-8", closefd=False) for number, mode in enumerate("rww")
    )

"""Child processes that never outlive their parent, however it ends."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Self

from worker import watchdog

#: What a child may be given as its output: an open file, a descriptor, or one of subprocess's constants.
Output = IO[bytes] | int | None

#: Waits for one line before it becomes the child, and gives up when its parent is gone: a child runs only once
#: the watchdog knows of it, so that there is no moment at which the parent's death could leave it behind.
_GATE = ("/bin/sh", "-c", 'read -r _ && exec "$@" </dev/null', "sh")


class Children:
    """Starts child processes, each in a session of its own, and ends them all when its block is left.

    A watchdog process ends them when this process dies without leaving the block, by SIGKILL for instance.
    Ctrl-C reaches this process only, which then ends the children in its own order, the youngest first.
    Children read nothing from standard input. Do not fork this process without exec while the block is open:
    the copy would keep the watchdog waiting.
    """

    def __enter__(self) -> Self:
        """Start the watchdog."""
        self._running: dict[subprocess.Popen[bytes], str | None] = {}
        # By file, isolated and without site: it starts in 15 ms, whatever the directory and the environment.
        command = [sys.executable, "-I", "-S", str(Path(watchdog.__file__))]
        quiet = subprocess.DEVNULL
        self._watchdog = subprocess.Popen(  # noqa: S603 - our own interpreter and file
            command, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet, cwd="/", start_new_session=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        """End the children, then the watchdog; a second Ctrl-C leaves the children to the watchdog."""
        try:
            self.stop_all()
        finally:
            with self._watchdog:  # closes the pipe and waits
                pass
            self._reap_rest()

    def start(
        self,
        args: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        stdout: Output = None,
        stderr: Output = None,
        cwd: Path | None = None,
        pass_fds: Sequence[int] = (),
    ) -> subprocess.Popen[bytes]:
        """Start a child; arguments as of ``subprocess.Popen``.

        Raises:
            FileNotFoundError: There is no such program.
            BrokenPipeError: The watchdog is gone, so nothing can be promised.
        """
        program = shutil.which(args[0])
        if program is None:
            raise FileNotFoundError(args[0])
        process = subprocess.Popen(  # noqa: S603 - no shell sees the arguments: "$@" passes them on as they are
            [*_GATE, program, *args[1:]],
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=stderr,
            env=env,
            cwd=cwd,
            pass_fds=pass_fds,
            start_new_session=True,
        )
        self._admit(process)
        return process

    def stop(self, process: subprocess.Popen[bytes], deadline_s: float = 10.0) -> int:
        """End one child and return its exit status: SIGTERM to it, up to ``deadline_s`` seconds, SIGKILL to its group.

        Only the child itself is asked, since it may want its own children for an orderly end.
        """
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(deadline_s)
        watchdog.signal_group(process.pid, self._running.get(process), signal.SIGKILL)
        status = process.wait()
        self._release(process)
        return status

    def stop_all(self, deadline_s: float = 10.0) -> None:
        """End all children, the youngest first, each with ``deadline_s`` seconds."""
        for process in reversed(list(self._running)):
            self.stop(process, deadline_s)

    def _admit(self, process: subprocess.Popen[bytes]) -> None:
        """Put a child under watch, then open its gate."""
        with _input(process) as gate:
            self._watch(process)
            with suppress(BrokenPipeError):  # it may have been killed already
                os.write(gate.fileno(), b"\n")

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        started = watchdog.start_time(process.pid)
        self._running[process] = started
        self._tell(f"+{process.pid} {started or ''}\n")

    def _release(self, process: subprocess.Popen[bytes]) -> None:
        self._running.pop(process, None)
        with suppress(BrokenPipeError):  # a watchdog that is gone watches nothing
            self._tell(f"-{process.pid}\n")

    def _tell(self, line: str) -> None:
        # Past Python's buffer: a pipe takes a short line whole or not at all.
        os.write(_input(self._watchdog).fileno(), line.encode("ascii"))

    def _reap_rest(self) -> None:
        """Collect children whose orderly end was interrupted."""
        for process, started in self._running.items():
            watchdog.signal_group(process.pid, started, signal.SIGKILL)
            process.wait()


def _input(process: subprocess.Popen[bytes]) -> IO[bytes]:
    if process.stdin is None:
        raise ValueError("started without a pipe as its input")
    return process.stdin

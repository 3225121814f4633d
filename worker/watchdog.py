"""Ends process groups whose owner has died: ``python worker/watchdog.py``, driven through its standard input.

``+PID START`` puts a group under watch, ``-PID`` releases it, and the end of input means that the owner is gone,
however it went: groups still under watch get SIGTERM, and SIGKILL three seconds later.
Standard library only, so that it starts at once and runs without the project's packages.
"""

import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

GRACE_S = 3.0
_POLL_S = 0.02

#: Group leader's pid and its start time; None where the system does not tell.
Watched = dict[int, str | None]


def start_time(pid: int) -> str | None:
    """Return when a process started, in clock ticks since boot, or None without such a process or without /proc.

    Field 22 of https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html; counted from behind the command's name,
    which may hold blanks and brackets.
    """
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[19]
    except OSError:
        return None


def signal_group(pid: int, started: str | None, number: signal.Signals | int) -> bool:
    """Send a signal to a group unless its pid now names another process; 0 only asks. Return whether it was there.

    A leader that is gone is no objection: the system gives its pid to nobody while its group has members.
    """
    now = start_time(pid)
    if started and now and now != started:
        return False
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):  # macOS: EPERM for a group of zombies
        return False
    return True


def end_groups(watched: Watched, grace_s: float = GRACE_S) -> None:
    """End all groups: SIGTERM, up to ``grace_s`` seconds of patience for all together, SIGKILL."""
    left = [group for group in watched.items() if signal_group(*group, signal.SIGTERM)]
    deadline = time.monotonic() + grace_s
    while left and time.monotonic() < deadline:
        time.sleep(_POLL_S)
        left = [group for group in left if signal_group(*group, 0)]
    for group in left:
        signal_group(*group, signal.SIGKILL)


def read_watched(lines: Iterable[bytes]) -> Watched:
    """Return what is under watch when the owner's lines end. A line cut short by its death counts for nothing."""
    watched: Watched = {}
    for line in _whole(lines):
        pid, _, started = line[1:].decode("ascii").strip().partition(" ")
        if line.startswith(b"+"):
            watched[int(pid)] = started or None
        else:
            watched.pop(int(pid), None)
    return watched


def _whole(lines: Iterable[bytes]) -> Iterator[bytes]:
    return (line for line in lines if line.endswith(b"\n"))


def main() -> None:
    """Watch until the owner is gone. Signals meant for the whole terminal or service must not end it first."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    end_groups(read_watched(sys.stdin.buffer))


if __name__ == "__main__":
    main()

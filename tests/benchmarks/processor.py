"""What processes have used, read from Linux's /proc: CPU time of a whole session of processes, its threads, its memory.

https://man7.org/linux/man-pages/man5/proc.5.html
"""

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")
#: Fields of the first line of /proc/stat: idle, and idle while a disk works.
_IDLE = slice(4, 6)
#: Fields of /proc/PID/stat behind the name, counted from 0: session; utime, stime, cutime, cstime.
_SESSION, _OWN, _REAPED = 3, slice(11, 13), slice(13, 15)


class Used(NamedTuple):
    """CPU seconds, and resident memory in bytes."""

    cpu_s: float
    rss: int


def used_by(session: int) -> Used:
    """Return what the processes of a session have used, children that have ended included, and their memory now."""
    pids = list(_pids_of(session))
    return Used(sum(map(_cpu_s, pids)), sum(map(_rss, pids)))


def threads_of(pid: int) -> dict[str, float]:
    """Return the CPU seconds of a process's living threads, by name."""
    used: defaultdict[str, float] = defaultdict(float)
    for task in _PROC.joinpath(str(pid), "task").iterdir():
        name, fields = _stat(task)
        used[name] += sum(map(int, fields[_OWN])) * _TICK_S
    return dict(used)


def idle_s() -> float:
    """Return for how long the machine's cores had nothing to do since it was started, in seconds of one core."""
    fields = _PROC.joinpath("stat").read_text().split("\n", 1)[0].split()
    return sum(map(int, fields[_IDLE])) * _TICK_S


def _pids_of(session: int) -> Iterator[int]:
    for path in _PROC.iterdir():
        if path.name.isdecimal() and (found := _stat_or_none(path)) and int(found[1][_SESSION]) == session:
            yield int(path.name)


def _cpu_s(pid: int) -> float:
    found = _stat_or_none(_PROC / str(pid))
    return sum(int(ticks) for part in (_OWN, _REAPED) for ticks in found[1][part]) * _TICK_S if found else 0.0


def _rss(pid: int) -> int:
    try:
        pages = _PROC.joinpath(str(pid), "statm").read_text().split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _stat_or_none(path: Path) -> tuple[str, list[str]] | None:
    try:
        return _stat(path)
    except OSError:  # it has just ended
        return None


def _stat(path: Path) -> tuple[str, list[str]]:
    """Return a process's or thread's name and the fields behind it. The name may hold blanks and brackets."""
    head, _, tail = path.joinpath("stat").read_text().rpartition(")")
    return head.partition("(")[2], tail.split()

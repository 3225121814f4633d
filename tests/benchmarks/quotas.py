"""Control groups: a process that gets so much of a core and no more, so that others have the rest to themselves.

https://www.kernel.org/doc/html/latest/scheduler/sched-bwc.html
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.missing import Missing

#: Short, so that a process is not halted for long at a time.
_PERIOD_US = 20_000
#: Linux grants no quota below a millisecond.
LEAST_CORES = 1000 / _PERIOD_US
_PROCESSES = "cgroup.procs"


class Hierarchy(NamedTuple):
    """Where groups are made, and what of a group's files is written for a quota in microseconds a period."""

    root: Path
    files: Mapping[str, str]


#: Of version 2, and of version 1, which also stands beside the other.
HIERARCHIES = (
    Hierarchy(Path("/sys/fs/cgroup"), {"cpu.max": "{quota} {period}"}),
    Hierarchy(Path("/sys/fs/cgroup/cpu"), {"cpu.cfs_period_us": "{period}", "cpu.cfs_quota_us": "{quota}"}),
)


@dataclass(frozen=True, slots=True)
class Group:
    """A group of processes with a quota."""

    path: Path

    def admit(self, pid: int) -> None:
        """Put a process under the quota, all its threads included."""
        (self.path / _PROCESSES).write_text(str(pid))


@contextmanager
def group(cores: float, hierarchies: Sequence[Hierarchy] = HIERARCHIES) -> Iterator[Group]:
    """Make a group that gets so many cores, for the length of the block; what still runs then goes on without it.

    Raises:
        Missing: this machine has no such groups, or this user may not make them.
    """
    path = _made(hierarchies, {"quota": str(round(cores * _PERIOD_US)), "period": str(_PERIOD_US)})
    try:
        yield Group(path)
    finally:
        for pid in (path / _PROCESSES).read_text().split():
            (path.parent / _PROCESSES).write_text(pid)
        path.rmdir()


def _made(hierarchies: Sequence[Hierarchy], values: Mapping[str, str]) -> Path:
    why = "none is mounted"
    for root, files in hierarchies:
        try:
            return _group_in(root, {name: text.format_map(values) for name, text in files.items()})
        except OSError as error:
            why = f"{root}: {error.strerror}"
    raise Missing(f"no CPU quota to be had, {why}; it takes Linux's control groups, and root")


def _group_in(root: Path, files: Mapping[str, str]) -> Path:
    path = Path(tempfile.mkdtemp(prefix="offline-push-", dir=root))
    try:
        for name, text in files.items():
            # The kernel made these files: where they are not, this is no control group, or not the processor's.
            with (path / name).open("r+") as file:
                file.write(text)
    except OSError:
        path.rmdir()
        raise
    return path

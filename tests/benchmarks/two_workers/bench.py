"""Turns of one worker and of two on one rig."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count

from tests.benchmarks.quotas import Group
from tests.benchmarks.rig import Rig
from tests.benchmarks.saturation import Settled, saturated
from tests.benchmarks.turn import Turn
from tests.benchmarks.two_workers.member import Member

_VENDORS = ("apns",)
#: Of a turn's notifications, so many go ahead uncounted, so that a worker that was just started is warm.
_WARM_UP = 0.5


@dataclass(frozen=True, slots=True)
class Sample:
    """One turn of so many processes: what they settled, which part each did, how much of their quotas they used."""

    processes: int
    settled: Settled
    parts: tuple[float, ...]
    quota_used: float


class Bench:
    """One worker that runs all the time, and a second one for its turns."""

    def __init__(self, rig: Rig, notifications: int, cores: float, groups: tuple[Group, Group]) -> None:
        """The rig's worker is a ``Member``; ``cores`` is the quota of each group."""
        assert isinstance(rig.worker, Member)
        self._rig, self._notifications, self._cores = rig, notifications, cores
        self._first, self._groups, self._numbers = rig.worker, groups, count()

    def one(self) -> Sample:
        """Measure the first worker alone."""
        return self._sample([self._first])

    def two(self) -> Sample:
        """Measure both; the second is started for it and stopped behind it."""
        second = self._first.another()
        with ExitStack() as stack:
            stack.callback(second.gone)
            second.started()
            sample = self._sample([self._first, second])
            assert second.stop() == 0, second.log()
            return sample

    def _sample(self, members: Sequence[Member]) -> Sample:
        for member, quota in zip(members, self._groups, strict=False):
            quota.admit(member.pid)
        saturated(self._rig, self._turn(_WARM_UP), members)
        before = [member.accepted() for member in members]
        settled = saturated(self._rig, self._turn(1.0), members)
        done = [member.accepted() - start for member, start in zip(members, before, strict=True)]
        used = settled.cpu_us / 1e6 * settled.per_s / (self._cores * len(members))
        return Sample(len(members), settled, tuple(part / sum(done) for part in done), used)

    def _turn(self, share: float) -> Turn:
        wanted = max(1, round(self._notifications * share))
        return Turn(next(self._numbers), wanted, self._rig.bound, _VENDORS)

"""Rounds: in each of them every point of a dimension has its turn, so that what slows the machine slows all of them."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from tests.benchmarks.growth.dimensions import Dimension
from tests.benchmarks.growth.point import Point
from tests.benchmarks.measure import Sample
from tests.benchmarks.rig import Configure, Rig, running_rig
from worker.processes import Children

#: What all else on the machine needs, the rigs among it.
_SPARE_BYTES = 1_000_000_000


class Run:
    """Measures dimensions one after another; ``missing`` says why a point has no samples."""

    def __init__(self, children: Children, folder: Path, notifications: int) -> None:
        """Rigs live in ``folder``; a turn has so many notifications."""
        self._children, self._folder, self._notifications = children, folder, notifications
        self._turns = count(step=2)
        self.missing: dict[str, str] = {}

    def samples(self, dimension: Dimension, sizes: Sequence[int], rounds: int) -> Iterator[tuple[int, Sample]]:
        """Yield size and sample, round by round. The first round is not counted: connections and caches are made."""
        with dimension.points(self._rig, list(self._fitting(dimension, sizes))) as points:
            for point in points:
                self._sample(dimension, point)
            for _ in range(rounds):
                for point in points:
                    yield point.size, self._sample(dimension, point)

    def _sample(self, dimension: Dimension, point: Point) -> Sample:
        return point.sample(f"{dimension.name} {point.size:,}", next(self._turns), self._notifications)

    def _fitting(self, dimension: Dimension, sizes: Sequence[int]) -> Iterator[int]:
        """Yield the sizes that there is memory for, the smallest first."""
        left = _available_bytes() - _SPARE_BYTES
        for size in sorted(sizes):
            left -= size * dimension.bytes_each
            if left >= 0:
                yield size
            else:
                why = f"needs {-left / 1e6:,.0f} MB of memory more than there is"
                self.missing[f"{dimension.name} {size:,}"] = why

    @contextmanager
    def _rig(self, configure: Configure) -> Iterator[Rig]:
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        with running_rig(self._children, folder / "rig", configure=configure) as rig:
            # Redis writing its log anew is a cost of having been filled, not of a push.
            rig.client.config_set("auto-aof-rewrite-percentage", 0)
            yield rig


def _available_bytes() -> int:
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))

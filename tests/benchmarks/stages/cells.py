"""The cells of a stage clock in a file that both sides map: the worker adds up, the benchmark reads."""

import mmap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.stages.clock import CELLS, StageClock

_BYTES = 8
#: Steps of the calibration.
_TRIALS, _TRIES = 10_000, 5


class Time(NamedTuple):
    """CPU seconds of a stage, its steps, and the steps of other stages right within it."""

    cpu_s: float
    steps: int
    within: int

    def __sub__(self, earlier: "Time") -> "Time":
        """Return what has been added since."""
        return Time(self.cpu_s - earlier.cpu_s, self.steps - earlier.steps, self.within - earlier.within)


class Toll(NamedTuple):
    """What the clock itself costs, CPU seconds a step: in the step's own stage, and in the one around it."""

    own_s: float
    outer_s: float

    def without(self, time: Time) -> float:
        """Return a stage's CPU seconds without what the clock took."""
        return time.cpu_s - time.steps * self.own_s - time.within * self.outer_s


@contextmanager
def mapped(path: Path, stages: Sequence[str]) -> "Iterator[memoryview[int]]":
    """Map the file's cells for the length of the block."""
    with path.open("r+b") as file, mmap.mmap(file.fileno(), len(stages) * CELLS * _BYTES) as memory:
        cells = memoryview(memory).cast("q")
        try:
            yield cells
        finally:
            cells.release()


def make(path: Path, stages: Sequence[str]) -> None:
    """Write a file of empty cells."""
    path.write_bytes(bytes(len(stages) * CELLS * _BYTES))


def times(cells: "memoryview[int]", stages: Sequence[str]) -> Mapping[str, Time]:
    """Return what was added up so far."""
    rows = zip(stages, range(0, len(cells), CELLS), strict=True)
    return {stage: Time(cells[start] / 1e9, cells[start + 1], cells[start + 2]) for stage, start in rows}


def toll() -> Toll:
    """Measure what the clock itself costs, undisturbed."""
    return min(_toll() for _ in range(_TRIES))


def _toll() -> Toll:
    """Make an empty step within another stage, many times."""
    stages = ("loop", "outer", "inner")
    cells = memoryview(bytearray(len(stages) * CELLS * _BYTES)).cast("q")
    clock = StageClock(stages, cells)
    inner = clock.timed(_nothing, "inner")

    def outer() -> None:
        for _ in range(_TRIALS):
            inner()

    clock.timed(outer, "outer")()
    found = times(cells, stages)
    return Toll(found["inner"].cpu_s / _TRIALS, found["outer"].cpu_s / _TRIALS)


def _nothing() -> None:
    return

"""The worker with a clock in each stage, as a subject: what each turn took, by stage."""

from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks.rig import Rig
from tests.benchmarks.stages.boundaries import STAGES
from tests.benchmarks.stages.cells import make, mapped, times, toll
from tests.benchmarks.stages.redis_costs import RedisCosts
from tests.benchmarks.stages.timed_worker import VARIABLE
from tests.benchmarks.subjects.worker import Pipeline
from tests.benchmarks.turn import Turn
from tests.integration.worker_process import WorkerProcess
from worker.processes import Children

#: Celery's, the probes', the guard's.
OTHERS = "other threads"
ROWS = (*STAGES, OTHERS)


def timed_worker(children: Children, configuration: Path) -> WorkerProcess:
    """Return a worker, not started, that keeps its cells beside its configuration."""
    path = _cells_of(configuration)
    make(path, STAGES)
    module = "tests.benchmarks.stages.timed_worker"
    return WorkerProcess(children, configuration, module=module, variables={VARIABLE: str(path)})


class TimedPipeline(Pipeline):
    """Remembers of its last turn the CPU microseconds a notification in each row, without what the clocks took."""

    def __init__(self, rig: Rig) -> None:
        """The rig's worker is a ``timed_worker``."""
        super().__init__(rig)
        self._cells, self._toll = _cells_of(rig.worker.configuration), toll()
        self._redis = RedisCosts(rig.client)
        self.last: Mapping[str, float] = {}
        #: What Redis did, by script.
        self.last_redis: Mapping[str, float] = {}
        #: What the clocks took.
        self.last_toll_us = 0.0

    def send(self, turn: Turn) -> None:
        """Send a turn and remember."""
        self._redis.reset()
        with mapped(self._cells, STAGES) as cells:
            before, process = times(cells, STAGES), self.used().cpu_s
            super().send(turn)
            after = times(cells, STAGES)
        spent = {stage: after[stage] - before[stage] for stage in STAGES}
        loop_s = sum(time.cpu_s for time in spent.values())
        rest = {OTHERS: max(0.0, self.used().cpu_s - process - loop_s)}
        kept = {stage: self._toll.without(time) for stage, time in spent.items()}
        self.last = _each(kept | rest, turn)
        self.last_redis = _each(self._redis.seconds(), turn)
        self.last_toll_us = (loop_s - sum(kept.values())) * 1e6 / turn.count


def _each(spent: Mapping[str, float], turn: Turn) -> dict[str, float]:
    """Return microseconds a notification."""
    return {name: seconds * 1e6 / turn.count for name, seconds in spent.items()}


def _cells_of(configuration: Path) -> Path:
    return configuration.with_suffix(".stages")

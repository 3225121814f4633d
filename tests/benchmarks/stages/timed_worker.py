"""A worker with a clock in each stage: arguments as of ``celery``, ``BENCH_STAGES`` names the file of cells."""

import os
from pathlib import Path

from tests.benchmarks.stages.boundaries import STAGES, install
from tests.benchmarks.stages.cells import mapped
from tests.benchmarks.stages.clock import StageClock

VARIABLE = "BENCH_STAGES"


def main() -> None:
    """Put the clock in and become the worker."""
    with mapped(Path(os.environ[VARIABLE]), STAGES) as cells:
        install(StageClock(STAGES, cells))
        from celery.__main__ import main as celery

        celery()


if __name__ == "__main__":
    main()

"""One push on its way through this worker."""

from typing import NamedTuple

from worker.job import Job


class Push(NamedTuple):
    """An entry of an outbox that can be sent. ``deliveries`` counts the workers that read it, this one included."""

    entry_id: bytes
    job: Job
    deliveries: int = 1

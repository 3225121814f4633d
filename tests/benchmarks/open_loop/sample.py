"""What one load showed in one round."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.benchmarks.open_loop.journey import Journey, latencies_ms
from tests.benchmarks.sinks.book import Arrivals


@dataclass(frozen=True, slots=True)
class Sample:
    """One load, in percent of the capacity, and what it came to."""

    load: int
    per_s: float
    notifications: int
    #: That the worker used.
    cores: float
    #: Milliseconds by step and percentile.
    ms: Mapping[str, Mapping[str, float]]
    arrivals: Arrivals

    @classmethod
    def of(cls, load: int, seconds: float, cores: float, journeys: Sequence[Journey], arrivals: Arrivals) -> "Sample":
        """Return the sample of a load that lasted so long."""
        return cls(load, len(journeys) / seconds, len(journeys), cores, latencies_ms(journeys), arrivals)

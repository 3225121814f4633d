"""How long pushes took: a Prometheus histogram that many of a request enter at once.

The library's own takes them one by one, at a hundredth of what a push costs each; so this one keeps the counts and
leaves their form to the library.
https://prometheus.github.io/client_python/collector/custom/
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final

from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

_NAME: Final = "offline_push_dwell_seconds"
_SAYS: Final = "From the message's timestamp to the vendor's acceptance, by provider"


class Dwell:
    """The times of one provider's pushes."""

    __slots__ = ("_ends", "counts", "sum_s")

    def __init__(self, ends_s: Sequence[float]) -> None:
        """``ends_s`` are the buckets' upper bounds, seconds, rising; the last one is infinite."""
        self._ends = ends_s
        self.counts, self.sum_s = [0] * len(ends_s), 0.0

    def observe(self, seconds: float, pushes: int = 1) -> None:
        """Note that so many pushes took so long."""
        self.counts[bisect_left(self._ends, seconds)] += pushes
        self.sum_s += seconds * pushes


class DwellCollector(Collector):
    """The histogram of all providers."""

    def __init__(self, ends_s: Sequence[float]) -> None:
        """``ends_s`` are the buckets' upper bounds, seconds, rising."""
        self._ends = (*ends_s, float("inf"))
        self._by_provider: dict[str, Dwell] = {}

    def of(self, provider: str) -> Dwell:
        """Return a provider's, which is shown from now on."""
        return self._by_provider.setdefault(provider, Dwell(self._ends))

    def describe(self) -> Iterator[HistogramMetricFamily]:
        """Return the name, before there is anything to show."""
        yield HistogramMetricFamily(_NAME, _SAYS, labels=("provider",))

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """Return the metric as it is now."""
        family = HistogramMetricFamily(_NAME, _SAYS, labels=("provider",))
        for provider, dwell in list(self._by_provider.items()):
            totals = accumulate(list(dwell.counts))
            buckets = [(_le(end), total) for end, total in zip(self._ends, totals, strict=True)]
            family.add_metric([provider], buckets, dwell.sum_s)
        yield family


def _le(end: float) -> str:
    """Return a bucket's bound as the library writes those of its own histograms."""
    return str(floatToGoString(end))  # type: ignore[no-untyped-call]

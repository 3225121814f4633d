"""How long pushes take, as a histogram: one that every push is counted in, at a fifth of the usual price."""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from prometheus_client.metrics_core import HistogramMetricFamily
from prometheus_client.registry import REGISTRY, Collector, CollectorRegistry
from prometheus_client.utils import floatToGoString

#: The upper bounds of the buckets but the last, seconds.
BOUNDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)
_NAMES: Final = (*map(floatToGoString, BOUNDS), "+Inf")


class Dwell:
    """The times of one vendor's pushes."""

    __slots__ = ("_counts", "_sum_s")

    def __init__(self) -> None:
        """Count nothing yet."""
        self._counts, self._sum_s = [0] * len(_NAMES), 0.0

    def observe(self, seconds: float, pushes: int = 1) -> None:
        """Count pushes that took as long. Call it on the event loop only: there is no lock."""
        self._counts[bisect_left(BOUNDS, seconds)] += pushes
        self._sum_s += seconds * pushes

    def add_to(self, family: HistogramMetricFamily, vendor: str) -> None:
        """Show what was counted."""
        family.add_metric([vendor], list(zip(_NAMES, accumulate(self._counts), strict=True)), self._sum_s)


class Dwells(Collector):
    """A histogram with a label, ``provider``; with ``prometheus_client``'s own each push costs it 1.3 µs."""

    def __init__(self, name: str, meaning: str, registry: CollectorRegistry = REGISTRY) -> None:
        """``name`` without the suffixes of its series."""
        self._name, self._meaning = name, meaning
        self._by_vendor: dict[str, Dwell] = {}
        registry.register(self)

    def labels(self, vendor: str) -> Dwell:
        """Return what counts a vendor's pushes."""
        return self._by_vendor.setdefault(vendor, Dwell())

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """Return everything that was counted."""
        family = HistogramMetricFamily(self._name, self._meaning, labels=["provider"])
        for vendor, dwell in sorted(self._by_vendor.items()):
            dwell.add_to(family, vendor)
        yield family

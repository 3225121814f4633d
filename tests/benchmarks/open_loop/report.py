"""The printed tables of a latency run: medians of the rounds with their spread."""

from collections.abc import Iterator, Sequence

from tests.benchmarks.figures import Spread
from tests.benchmarks.open_loop.journey import PERCENTILES
from tests.benchmarks.open_loop.sample import Sample
from tests.benchmarks.saturation import Settled
from tests.benchmarks.targets import LATENCY

#: The load that the target speaks of, in percent.
HALF = 50
_FIGURE = "{:>9}{:>10}"


def report(capacities: Sequence[Settled], rounds: Sequence[Sequence[Sample]], delay_ms: int) -> Iterator[str]:
    """Yield the lines. Each round has the same loads in the same order."""
    rate = Spread.of([each.per_s for each in capacities])
    yield f"one process settles {rate.median:,.0f}/s ({rate.lowest:,.0f}-{rate.highest:,.0f}) at {delay_ms} ms delay"
    if not all(each.arrivals.is_exact for each in capacities):
        yield "not all of these arrived exactly once: loads are shares of a wrong capacity"
    yield ""
    loads = list(zip(*rounds, strict=True))
    yield from _wholes(loads)
    yield ""
    yield from _steps(loads)
    yield ""
    yield LATENCY.line(half_load_ms(loads))


def half_load_ms(loads: Sequence[Sequence[Sample]]) -> float | None:
    """Return what the target speaks of; None when it was not measured, or a push was lost or came twice."""
    half = [sample for load in loads for sample in load if sample.load == HALF]
    if not half or not _is_exact(half):
        return None
    return _spread(half, "whole", "p99").median


def _wholes(loads: Sequence[Sequence[Sample]]) -> Iterator[str]:
    """Yield a row for each load: from when an event was due to its request at the vendor."""
    heads = (_FIGURE.format(f"{name} ms", "low-high") for name in PERCENTILES)
    yield f"{'load':4}{'/s':>7}{'cores':>6}{''.join(heads)}  once"
    for load in loads:
        per_s, cores = (Spread.of([getattr(each, name) for each in load]).median for name in ("per_s", "cores"))
        figures = "".join(_figure(_spread(load, "whole", name)) for name in PERCENTILES)
        yield f"{load[0].load:>3}%{per_s:>7,.0f}{cores:>6.2f}{figures}{'yes' if _is_exact(load) else 'NO':>6}"


def _figure(spread: Spread) -> str:
    return _FIGURE.format(f"{spread.median:.1f}", f"{spread.lowest:.0f}-{spread.highest:.0f}")


def _steps(loads: Sequence[Sequence[Sample]]) -> Iterator[str]:
    """Yield a row for each load and step."""
    yield f"{'load':5}{'step':16}" + "".join(f"{f'{name} ms':>10}" for name in PERCENTILES)
    for load in loads:
        for step in load[0].ms:
            figures = "".join(f"{_spread(load, step, name).median:>10.1f}" for name in PERCENTILES)
            yield f"{load[0].load:>3}% {step:16}{figures}"


def _spread(samples: Sequence[Sample], step: str, name: str) -> Spread:
    return Spread.of([sample.ms[step][name] for sample in samples])


def _is_exact(samples: Sequence[Sample]) -> bool:
    return all(sample.arrivals.is_exact for sample in samples)

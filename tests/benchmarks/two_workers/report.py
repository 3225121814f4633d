"""The printed table of one worker beside two: medians of the rounds with their spread."""

import os
from collections.abc import Iterator, Sequence

from tests.benchmarks.figures import Spread, ratios
from tests.benchmarks.targets import TWO_PROCESSES
from tests.benchmarks.two_workers.bench import Sample

_FORM = "{:9}{:>7}{:>13}{:>8}{:>9}{:>10}{:>6}{:>12}{:>6}"


def report(rounds: Sequence[tuple[Sample, Sample]], cores: float) -> Iterator[str]:
    """Yield the lines that are printed."""
    yield f"each process gets {cores:g} of {len(os.sched_getaffinity(0))} cores; Redis, sink and others have the rest"
    yield ""
    yield _FORM.format("processes", "/s", "low-high", "CPU µs", "low-high", "of quota", "idle", "parts", "once")
    columns = [list(column) for column in zip(*rounds, strict=True)]
    yield from map(_row, columns)
    yield ""
    for name, what in (("per_s", "notifications/s"), ("cpu_us", "CPU a notification")):
        one, two = ([getattr(sample.settled, name) for sample in column] for column in columns)
        yield f"{what} of two, of one's: {_told(ratios(two, one), 2)}"
    yield ""
    yield TWO_PROCESSES.line(_gain(columns))


def _row(samples: Sequence[Sample]) -> str:
    rate, cpu = (Spread.of([getattr(sample.settled, name) for sample in samples]) for name in ("per_s", "cpu_us"))
    used, idle = (
        Spread.of(each).median for each in zip(*((one.quota_used, one.settled.idle) for one in samples), strict=True)
    )
    parts = [f"{Spread.of(part).median:.0%}" for part in zip(*(sample.parts for sample in samples), strict=True)]
    return _FORM.format(
        samples[0].processes,
        f"{rate.median:,.0f}",
        f"{rate.lowest:,.0f}-{rate.highest:,.0f}",
        f"{cpu.median:.0f}",
        f"{cpu.lowest:.0f}-{cpu.highest:.0f}",
        f"{used:.0%}",
        f"{idle:.2f}",
        " + ".join(parts),
        "yes" if _is_exact(samples) else "NO",
    )


def _gain(columns: Sequence[Sequence[Sample]]) -> float | None:
    """Return notifications/s of two, of one's; None when a push was lost or came twice."""
    if not all(map(_is_exact, columns)):
        return None
    one, two = ([sample.settled.per_s for sample in column] for column in columns)
    return ratios(two, one).median


def _is_exact(samples: Sequence[Sample]) -> bool:
    return all(sample.settled.arrivals.is_exact for sample in samples)


def _told(spread: Spread, digits: int) -> str:
    return f"{spread.median:.{digits}f} ({spread.lowest:.{digits}f}-{spread.highest:.{digits}f})"

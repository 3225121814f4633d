"""The histogram that every push is counted in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from worker.dwell import BOUNDS, Dwells

SECONDS = st.floats(0, 10_000) | st.sampled_from(BOUNDS)
#: Vendor, seconds, pushes that took so long.
OBSERVED = st.lists(st.tuples(st.sampled_from(["apns", "fcm"]), SECONDS, st.integers(1, 3)))


@given(OBSERVED)
def test_it_shows_what_the_usual_one_shows(observed: list[tuple[str, float, int]]) -> None:
    """The page of metrics has the same lines as that of prometheus_client's histogram, but for when it was made."""
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    own = Dwells("push_seconds", "Meaning", ours)
    usual = Histogram("push_seconds", "Meaning", ("provider",), registry=theirs, buckets=BOUNDS)
    for vendor, seconds, pushes in observed:
        own.labels(vendor).observe(seconds, pushes)
        for _ in range(pushes):
            usual.labels(vendor).observe(seconds)
    assert [figures(line) for line in page(ours)] == [figures(line) for line in page(theirs)]


def figures(line: str) -> tuple[str, object]:
    """Return the name of a line and its figure, of which a sum may differ by the order in which it was made."""
    name, _, figure = line.rpartition(" ")
    return (name, figure) if line.startswith("#") else (name, pytest.approx(float(figure)))


def page(registry: CollectorRegistry) -> list[str]:
    """Return the lines of a page in their order by name."""
    lines = generate_latest(registry).decode().splitlines()
    return sorted(line for line in lines if "_created" not in line)

"""The histogram that every push is counted in."""

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from worker.dwell import BOUNDS, Dwells

SECONDS = st.lists(st.tuples(st.sampled_from(["apns", "fcm"]), st.floats(0, 10_000) | st.sampled_from(BOUNDS)))


@given(SECONDS)
def test_it_shows_what_the_usual_one_shows(observed: list[tuple[str, float]]) -> None:
    """The page of metrics has the same lines as that of prometheus_client's histogram, but for when it was made."""
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    own = Dwells("push_seconds", "Meaning", ours)
    usual = Histogram("push_seconds", "Meaning", ("provider",), registry=theirs, buckets=BOUNDS)
    for vendor, seconds in observed:
        own.labels(vendor).observe(seconds)
        usual.labels(vendor).observe(seconds)
    assert page(ours) == page(theirs)


def page(registry: CollectorRegistry) -> list[str]:
    """Return the lines of a page in their order by name."""
    lines = generate_latest(registry).decode().splitlines()
    return sorted(line for line in lines if "_created" not in line)

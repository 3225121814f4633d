"""Events of several apps that are worked off app by app."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from worker.app_order import Readable, by_app
from worker.codec import PresenceEvent
from worker.store.stream import Entry

APPS = st.lists(st.sampled_from(["org#a", "org#b", "org#c", "org#d"]))


def events_of(apps: list[str]) -> list[Readable]:
    """Return one event of each app named; entry ids count on."""
    return [
        (Entry(b"%d-0" % number, {}), PresenceEvent(app, "bob", "web_1", "online", 1))
        for number, app in enumerate(apps)
    ]


@given(APPS, st.integers(1, 5))
def test_each_apps_events_keep_their_order_and_stand_together(apps: list[str], size: int) -> None:
    """All come once, in full portions but for the last; the apps with fewer events come before those with more."""
    events = events_of(apps)
    portions = list(by_app(events, size))
    assert [len(portion) for portion in portions[:-1]] == [size] * (len(portions) - 1)
    row = [pair for portion in portions for pair in portion]
    assert sorted(entry.id for entry, _ in row) == sorted(entry.id for entry, _ in events)
    for app in set(apps):
        mine = [pair for pair in events if pair[1].appkey == app]
        start = row.index(mine[0])
        assert row[start : start + len(mine)] == mine
    counts = Counter(apps)
    assert [counts[event.appkey] for _, event in row] == sorted(counts[app] for app in apps)

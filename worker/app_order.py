"""In which order events of several apps are worked off that were read together."""

from collections.abc import Iterator, Sequence

from worker.codec import Event
from worker.store.stream import Entry

#: As many are read, if they wait, and sorted together: of each of two hundred apps twenty come in a row then. A script
#: that puts them aside can name some 8000 (Lua's unpack).
SORTED_TOGETHER = 4_000
Readable = tuple[Entry, Event]


def by_app(events: Sequence[Readable], size: int) -> Iterator[list[Readable]]:
    """Yield events in portions of at most so many, each app's in their order and together; who has few comes first.

    So a flood holds up the other apps by nothing, and they it by little.
    """
    of_app: dict[str, list[Readable]] = {}
    for entry, event in events:
        of_app.setdefault(event.appkey, []).append((entry, event))
    row = [pair for pairs in sorted(of_app.values(), key=len) for pair in pairs]
    return (row[start : start + size] for start in range(0, len(row), size))

"""A preview as records, for ``--json`` and for the tables: one object for each number there is."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from worker.preview.tally import AGES, Tally
from worker.store.waiting import Lengths

#: (app, notifier, provider).
Channel = tuple[str, str, str]


def tally_records(tally: Tally) -> Iterator[dict[str, Any]]:
    """Yield what waits on the events streams, and what would become of it."""
    for app, kind in sorted({(app, kind) for app, kind, _ in tally.events}):
        ages = {age: tally.events[app, kind, age] for age in AGES}
        yield {"record": "events", "app": app, "kind": kind, "count": sum(ages.values()), "ages": ages}
    for (app, fate), count in sorted(tally.fates.items()):
        outcome = {"outcome": fate.outcome, "reason": fate.reason}
        yield {"record": "decisions", "app": app, **outcome, "count": count}
    for road in sorted(tally.pushes):
        head = {"app": road.app, "notifier": road.notifier, "provider": road.provider}
        counts = {"pushes": tally.pushes[road], "notifications": tally.notifications(road)}
        is_exact = road not in tally.folds or tally.folds[road].is_exact
        yield {"record": "pushes", **head, "catch_up": road.catch_up.value, **counts, "is_exact": is_exact}


def waiting_records(waiting: Mapping[Channel, Sequence[Lengths]], dead: int) -> Iterator[dict[str, Any]]:
    """Yield what waits behind the decision, of each channel over all partitions, and the dead letters."""
    for (app, notifier, provider), lengths in waiting.items():
        total = Lengths(*map(sum, zip(*lengths, strict=True)))
        yield {"record": "waiting", "app": app, "notifier": notifier, "provider": provider, **total._asdict()}
    yield {"record": "dead_letters", "count": dead}

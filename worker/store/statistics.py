"""What became of an app's pushes, by UTC day and provider."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from worker.store.keys import Partitions
from worker.store.scripts import Scripts

#: Provider and outcome, such as ``apns:accepted`` or ``fcm:rejected:UNREGISTERED``.
Counts = Counter[str]


class StatisticsStore:
    """Reads the counters that settling and receipts write."""

    def __init__(self, scripts: Scripts, partitions: Partitions) -> None:
        """Bind; nothing is sent before the first call."""
        self._scripts, self._partitions = scripts, partitions

    async def of_days(self, appkey: str, days: Sequence[str]) -> list[Counts]:
        """Return the counters of each day (``2026-09-21``), summed over all partitions."""
        questions = [[keys.statistics(appkey, day) for day in days] for keys in self._partitions.all]
        answers = await asyncio.gather(*(self._scripts.run("counters", names, []) for names in questions))
        sums: list[Counts] = [Counter() for _ in days]
        for answer in answers:
            for total, flat in zip(sums, answer, strict=True):
                total.update(_counts(flat))
        return sums


def _counts(flat: Sequence[bytes]) -> Counts:
    pairs = zip(flat[::2], flat[1::2], strict=True)
    return Counter({name.decode("utf-8", "replace"): int(count) for name, count in pairs if count.isdigit()})

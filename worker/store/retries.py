"""The retry schedules of one partition's channels: which of them hold anything, asked of all at once."""

from collections.abc import Callable, Sequence

from worker.store.outbox import OutboxStore
from worker.store.scripts import Scripts


class RetryStore:
    """Looks at the schedules of one partition."""

    def __init__(self, scripts: Scripts, outboxes: Callable[[], Sequence[OutboxStore]]) -> None:
        """Nothing is sent before the first call. ``outboxes`` are asked for each time: channels come and go."""
        self._scripts, self._outboxes = scripts, outboxes

    async def waiting(self) -> list[OutboxStore]:
        """Return the channels of which pushes are to be sent again, now or later."""
        outboxes = self._outboxes()
        if not outboxes:
            return []
        lengths = await self._scripts.run("lengths", [outbox.schedule for outbox in outboxes], [])
        return [outbox for outbox, length in zip(outboxes, lengths, strict=True) if length]

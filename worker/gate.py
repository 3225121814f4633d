"""The way to one vendor: so many pushes at a time, shared by the channel's lanes of all partitions."""

import asyncio


class Gate:
    """Counts the slots taken. Lanes that read at the same moment may together take a few more than there are."""

    def __init__(self, slots: int) -> None:
        """``slots`` is how many pushes may be in flight."""
        self._slots, self._taken = slots, 0
        self._changed = asyncio.Event()

    @property
    def taken(self) -> int:
        """How many pushes are in flight."""
        return self._taken

    @property
    def free(self) -> int:
        """How many more pushes may be started."""
        return max(0, self._slots - self._taken)

    def take(self, count: int) -> None:
        """Note that so many pushes were read."""
        self._taken += count

    def give(self, count: int) -> None:
        """Note that so many pushes are settled."""
        self._taken -= count
        self._changed.set()

    async def wait_free(self) -> int:
        """Wait for a free slot; return how many there are."""
        while not self.free:
            self._changed.clear()
            await self._changed.wait()
        return self.free

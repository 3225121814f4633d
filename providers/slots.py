"""So many at a time: who comes when all slots are taken waits in line."""

import asyncio
from collections import deque


class Slots:
    """Slots of one event loop. Who finds one takes it without a look at the line, which a semaphore would cast."""

    __slots__ = ("_all", "_free", "_line")

    def __init__(self, free: int) -> None:
        self._all = self._free = free
        #: Those who wait, the first in front; some may have gone.
        self._line: deque[asyncio.Future[None]] = deque()

    @property
    def are_free(self) -> bool:
        """Whether nobody has a slot; nobody waits then."""
        return self._free == self._all

    def take(self) -> bool:
        """Take a slot if one is free; nobody waits then."""
        if not self._free:
            return False
        self._free -= 1
        return True

    async def wait(self, ends_at: float) -> bool:
        """Wait for a slot until a time of the loop's clock, and take it; tell whether there was one in time."""
        loop = asyncio.get_running_loop()
        place = loop.create_future()
        self._line.append(place)
        try:
            async with asyncio.timeout_at(ends_at):
                await place
        except BaseException as error:
            if place.done() and not place.cancelled():  # given at the same moment
                self.give()
            if isinstance(error, TimeoutError):
                return False
            raise
        if loop.time() < ends_at:
            return True
        self.give()
        return False

    def give(self) -> None:
        """Give a slot back: the first in line has it."""
        while self._line:
            place = self._line.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._free += 1

    def add(self, count: int) -> None:
        """Have so many slots more."""
        self._all += count
        for _ in range(count):
            self.give()

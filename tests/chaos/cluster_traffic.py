"""IM servers of a Cluster, each careful: it adds an event again until a replica has it."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random

from redis.exceptions import RedisError

from tests.chaos.load import Message, now_ms
from tests.integration.eventually import eventually
from worker.store.cluster_client import ClusterClient
from worker.store.connection import Connection
from worker.store.keys import Keys, Partitions

_GROUP_SIZE = 8
#: Between two events of one partition.
_PACE_S = 0.1
#: How long a producer waits for a replica, as deploy/README.md has it.
_WAIT_MS = 100


@dataclass
class Traffic:
    """An IM server for each partition; the receivers of each event are drawn from all users."""

    connection: Connection
    partitions: Partitions
    users: range
    chance: Random
    #: The events that a replica has: none of them may be lost.
    promised: list[Message] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _is_over: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def flowing(self) -> AsyncIterator[None]:
        """Add events for the length of the block, and until each that was begun is promised."""
        async with asyncio.TaskGroup() as group:
            for keys in self.partitions.all:
                group.create_task(self._add_to(keys))
            yield
            self._is_over.set()

    async def more(self, number: int) -> None:
        """Wait until so many more are promised."""
        mark = len(self.promised) + number
        await asyncio.to_thread(eventually, lambda: len(self.promised) >= mark, deadline_s=60)

    async def _add_to(self, keys: Keys) -> None:
        while not self._is_over.is_set():
            receivers = tuple(self.chance.sample(self.users, _GROUP_SIZE))
            message = Message(f"msg{next(self._numbers):08}", receivers)
            while not await self._is_promised(keys, message):  # noqa: ASYNC110 - no event tells that a replica is back
                await asyncio.sleep(_PACE_S)
            self.promised.append(message)
            await asyncio.sleep(_PACE_S)

    async def _is_promised(self, keys: Keys, message: Message) -> bool:
        writer = self.connection.writer
        assert isinstance(writer, ClusterClient)
        try:
            async with writer.at(keys.events).pipeline(transaction=False) as pipe:
                pipe.xadd(keys.events, {"message": message.event(now_ms())})
                pipe.execute_command("WAIT", 1, _WAIT_MS)
                _, confirmed = await pipe.execute()
        except RedisError:
            return False
        return bool(confirmed)

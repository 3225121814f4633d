"""A writer that tries each number once: the witness of what a client repeats by itself, and of what is lost."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio import Redis

from worker.store.cluster_client import ClusterClient
from worker.store.connection import Connection

#: Adds a number to a stream.
ADD = "return redis.call('XADD', KEYS[1], '*', 'n', ARGV[1])"
_WAIT_MS = 100


@dataclass
class Attempts:
    """Adds numbers to a stream, by turns as the worker does it (a script) and as a careful producer does it (WAIT)."""

    connection: Connection
    stream: str
    #: How many replicas a careful producer waits for.
    replicas: int = 0
    tried: int = 0
    #: The numbers that the careful producer was promised.
    safe: set[int] = field(default_factory=set)
    errors: list[Exception] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Open nothing yet."""
        self._script = self.connection.writer.register_script(ADD)

    async def once(self) -> bool:
        """Try the next number; return whether it was accepted."""
        number, self.tried = self.tried, self.tried + 1
        try:
            if number % 2:
                await self._script(keys=[self.stream], args=[number])
            else:
                await self._carefully(number)
        except Exception as error:  # noqa: BLE001 - which errors there are is what a test asks
            self.errors.append(error)
            return False
        return True

    async def until_accepted(self) -> None:
        """Try number after number until one is accepted."""
        while not await self.once():  # noqa: ASYNC110 - no event tells that a server is back
            await asyncio.sleep(0.02)

    async def numbers(self) -> list[int]:
        """Return the numbers in the stream, one that is there twice twice."""
        entries: Any = await self.connection.writer.xrange(self.stream)
        return [int(fields[b"n"]) for _, fields in entries]

    async def _carefully(self, number: int) -> None:
        """Add a number and wait for the replicas; WAIT speaks of the writes of its own connection."""
        async with self._server().pipeline(transaction=False) as pipe:
            pipe.eval(ADD, 1, self.stream, number)
            pipe.execute_command("WAIT", self.replicas, _WAIT_MS)
            _, confirmed = await pipe.execute()
        if confirmed >= self.replicas:
            self.safe.add(number)

    def _server(self) -> Redis:
        writer = self.connection.writer
        return writer.at(self.stream) if isinstance(writer, ClusterClient) else writer

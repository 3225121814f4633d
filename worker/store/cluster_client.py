"""One client for a whole Cluster: a command goes to the client of its key's slot, a scan to every master."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.client import Pipeline
from redis.commands.core import AsyncScript
from redis.crc import key_slot
from redis.exceptions import DataError

from worker.store.cluster_map import ClusterMap
from worker.store.confirmed_writes import ConfirmedWrites
from worker.store.keys import Keys

#: Where a command's first key stands, if not right behind its name.
_KEY_PLACES: dict[str, Callable[[Sequence[Any]], int]] = {
    "EVAL": lambda arguments: 3 if arguments[2] else len(arguments),
    "EVALSHA": lambda arguments: 3 if arguments[2] else len(arguments),
    "XREAD": lambda arguments: arguments.index(b"STREAMS") + 1,
    "XREADGROUP": lambda arguments: arguments.index(b"STREAMS") + 1,
}
#: Commands without a key go where partition 0 is.
_ANY_KEY = Keys().events


class ClusterClient(Redis):
    """Looks like a client of one server. A command's keys, and those of a transaction, must be of one partition."""

    def __init__(self, cluster: ClusterMap, slot_client: Callable[[int], Redis]) -> None:
        """``slot_client`` makes the client of one slot; nothing is opened before the first command."""
        self._cluster, self._slot_client = cluster, slot_client
        slot = _slot_of(_ANY_KEY)
        first = slot_client(slot)
        super().__init__(connection_pool=first.connection_pool)
        self._clients = {slot: self._alike(first)}
        self._confirmed_writes: dict[int, ConfirmedWrites] = {}

    def at(self, key: str | bytes) -> Redis:
        """Return the client of a key's slot, the same one each time."""
        slot = _slot_of(key)
        client = self._clients.get(slot)
        if client is None:
            client = self._clients[slot] = self._alike(self._slot_client(slot))
        return client

    def send_by(self, wrap: Callable[[Redis], Redis]) -> None:
        """Let a client that is made of it stand for the client of each slot."""
        inner = self._slot_client
        self._slot_client = lambda slot: wrap(self._alike(inner(slot)))
        self._clients = {slot: self._alike(wrap(client)) for slot, client in self._clients.items()}

    def confirmed_writes(self, key: str | bytes) -> ConfirmedWrites:
        """Return what writes into a key's slot and waits for a replica, the same each time."""
        return self._confirmed_writes.setdefault(_slot_of(key), ConfirmedWrites(self.at(key)))

    def _alike(self, client: Redis) -> Redis:
        """Let a slot's client read answers as this one is told to (``set_response_callback``)."""
        client.response_callbacks = self.response_callbacks
        return client

    def pools(self) -> list[ConnectionPool]:
        """Return the connections of all slots."""
        return [client.connection_pool for client in self._clients.values()]

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Run a command where its key is."""
        return await self.at(key_of(args)).execute_command(*args, **options)  # type: ignore[no-untyped-call]

    # redis-py declares these two for its synchronous client.
    def register_script(self, script: Any) -> "ClusterScript":  # type: ignore[override]
        """Return a script that is loaded where its keys are."""
        return ClusterScript(self, script)

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> "_Pipeline":  # noqa: ARG002
        """Return a pipeline that is split by slot; a transaction must not be."""
        return _Pipeline(self, transaction)

    async def scan_iter(self, *args: Any, **options: Any) -> AsyncIterator[Any]:  # type: ignore[override]
        """Yield the keys of every master."""
        for master in await self._cluster.masters():
            async with self._cluster.node(master) as client:
                async for key in client.scan_iter(*args, **options):
                    yield key

    async def aclose(self, close_connection_pool: bool | None = None) -> None:  # noqa: ARG002
        """Close the clients of all slots."""
        for client in self._clients.values():
            await client.aclose()


class ClusterScript(AsyncScript):
    """redis-py loads a script that is unknown to a server (NOSCRIPT) through the client that it called it by."""

    def __init__(self, cluster: ClusterClient, script: Any) -> None:
        super().__init__(cluster, script)
        self._cluster = cluster

    async def __call__(self, keys: Any = None, args: Any = None, client: Any = None) -> Any:
        """Run it where its keys are."""
        return await super().__call__(keys, args, client or self._cluster.at(keys[0] if keys else _ANY_KEY))

    async def run_confirmed(self, keys: Sequence[str], arguments: Sequence[Any], mark: str) -> Any:
        """Run it and return when a replica, if there is one, has what it wrote; see ``ConfirmedWrites.run``."""
        return await self._cluster.confirmed_writes(mark).run(self, keys, arguments, mark)


class _Pipeline(Pipeline):
    """Runs each slot's commands as a pipeline of their own."""

    def __init__(self, cluster: ClusterClient, transaction: bool) -> None:
        super().__init__(cluster.connection_pool, cluster.response_callbacks, transaction, None)
        self._cluster = cluster

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Run the commands; return their answers in order."""
        commands = self.command_stack
        places: dict[Redis, list[int]] = {}
        for place, (args, _) in enumerate(commands):
            places.setdefault(self._cluster.at(key_of(args)), []).append(place)
        if self.is_transaction and len(places) > 1:
            raise DataError("a transaction of several partitions")
        answers: list[Any] = [None] * len(commands)

        async def run(client: Redis, its: list[int]) -> None:
            part = client.pipeline(self.is_transaction)
            part.command_stack = [commands[place] for place in its]
            for place, answer in zip(its, await part.execute(raise_on_error), strict=True):
                answers[place] = answer

        # A part that fails must not leave the others running behind the caller's back.
        ends = await asyncio.gather(*(run(*pair) for pair in places.items()), return_exceptions=True)
        await self.reset()  # type: ignore[no-untyped-call]
        for end in ends:
            if end:
                raise end
        return answers


def _slot_of(key: str | bytes) -> int:
    return int(key_slot(key.encode() if isinstance(key, str) else key))


def key_of(arguments: Sequence[Any]) -> str | bytes:
    """Return the first key of a command, or any for a command without one."""
    find = _KEY_PLACES.get(arguments[0])
    place = find(arguments) if find else 1
    key = arguments[place] if len(arguments) > place else _ANY_KEY
    return key if isinstance(key, str | bytes) else str(key)

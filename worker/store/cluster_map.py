"""Which node of a Cluster serves a slot: read from any node that answers, believed until a node says otherwise.

redis-py's own RedisCluster is not used. Measured with 8.1: each error of one node makes it drop and renew the
connections to all the others, a flushed script cannot be loaded while any master is dead, and an ASK is followed on
another connection than its ASKING, which never ends. Our partitions are one slot each, so that a connection which
knows its slot is all that is needed.
"""

import asyncio
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, ClusterDownError, RedisError, ResponseError

from worker.store.place import Address


@dataclass(frozen=True, slots=True)
class Range:
    """Slots from ``first`` to ``last``, both included, and who serves them."""

    first: int
    last: int
    master: Address
    replicas: tuple[Address, ...]


class ClusterMap:
    """The slots' masters, shared by all connections of a process."""

    def __init__(self, seeds: Sequence[Address], node: Callable[[Address], Redis]) -> None:
        """``seeds`` are asked at first, and again when nobody else answers; ``node`` makes a client of one node."""
        self._seeds, self.node = tuple(seeds), node
        self._ranges: list[Range] = []
        #: What nodes said (MOVED) since the map was read: newer than it.
        self._moved: dict[int, Address] = {}
        #: Nodes that were not reached since the map was read.
        self._doubted: set[Address] = set()
        self._reading: asyncio.Task[None] | None = None

    def known_master(self, slot: int) -> Address | None:
        """Return who served the slot when we last heard of it."""
        moved = self._moved.get(slot)
        return moved or next((each.master for each in self._ranges if each.first <= slot <= each.last), None)

    async def master(self, slot: int) -> Address:
        """Return who serves the slot; ask the cluster when nobody is known or the known one was not reached.

        Raises:
            RedisError: no node answers, or the slot has no master.
        """
        known = self.known_master(slot)
        if known is None or known in self._doubted:
            await self._read()
            known = self.known_master(slot)
        if known is None:
            raise ClusterDownError(f"no node of the cluster serves slot {slot}")
        return known

    def moved(self, slot: int, master: Address) -> None:
        """Believe a node that says who serves a slot."""
        self._moved[slot] = master

    def doubt(self, address: Address) -> None:
        """Ask again before the next connection to this node."""
        self._doubted.add(address)

    async def masters(self) -> list[Address]:
        """Return the nodes that serve slots now, in order."""
        return sorted({each.master for each in await self.ranges()})

    async def ranges(self) -> list[Range]:
        """Return the whole map as the cluster has it now."""
        await self._read()
        return self._ranges

    async def aclose(self) -> None:
        """Stop asking."""
        if self._reading:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self) -> None:
        """Read the map, once for all who ask for it meanwhile."""
        self._reading = self._reading or asyncio.create_task(self._read_once())
        # Who is cancelled leaves the others their answer.
        await asyncio.shield(self._reading)

    async def _read_once(self) -> None:
        try:
            self._ranges = await self._first_answer()
            self._moved.clear()
            self._doubted.clear()
        finally:
            self._reading = None

    async def _first_answer(self) -> list[Range]:
        faults: list[RedisError] = []
        for address in self._candidates():
            try:
                return await self._ask(address)
            except RedisError as fault:
                faults.append(fault)
        # What an operator has to mend says more than who is away.
        raise next((fault for fault in faults if isinstance(fault, ResponseError | AuthenticationError)), faults[0])

    def _candidates(self) -> list[Address]:
        """Return whom to ask: at random, so that one node's wrong view does not stay, those not reached at last."""
        served = {address for each in self._ranges for address in (each.master, *each.replicas)}
        known = {*self._seeds, *served, *self._moved.values()}
        return sorted(known, key=lambda address: (address in self._doubted, random.random()))  # noqa: S311

    async def _ask(self, address: Address) -> list[Range]:
        async with self.node(address) as client:
            answer = await client.execute_command("CLUSTER SLOTS")  # type: ignore[no-untyped-call]
            return list(_ranges(answer, address))


def _ranges(answer: Any, asked: Address) -> Iterable[Range]:
    """Yield the ranges of https://redis.io/docs/latest/commands/cluster-slots/."""
    for first, last, *nodes in answer:
        master, *replicas = [_address(host, port, asked) for host, port, *_ in nodes]
        yield Range(first, last, master, tuple(replicas))


def _address(host: bytes | None, port: int, asked: Address) -> Address:
    """Return a node's address; one that does not know its own name is where we asked."""
    return Address(host.decode() if host else asked.host, port)

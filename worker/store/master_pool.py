"""Connections to the master that Sentinel names, left in time when it names another.

redis-py's own Sentinel object is not used: while several tasks look for the master it loses sentinels from its list.
And it keeps to a master that an operator replaces (SENTINEL FAILOVER): that one goes on taking writes for some ten
seconds, until Sentinel makes it a replica and all of them are lost.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from redis.asyncio import Redis, SentinelConnectionPool
from redis.asyncio.sentinel import MasterNotFoundError
from redis.exceptions import RedisError

from worker.store.packing import PackingMasterConnection, PackingMasterTlsConnection
from worker.store.place import Address

#: How long a deposed master that still answers may be ours.
_ASK_EVERY_S = 0.5


class MasterWatch:
    """Knows the master as the sentinels do. Whoever answered last is asked first."""

    def __init__(self, sentinels: Mapping[Address, Redis], name: str) -> None:
        """Ask nothing yet."""
        self._sentinels, self._name = dict(sentinels), name
        self._master: Address | None = None
        self._asked_at = 0.0
        self._asking: asyncio.Task[Address] | None = None

    async def master(self) -> Address:
        """Ask for the master, once for all who want to know meanwhile.

        Raises:
            MasterNotFoundError: no sentinel answers, or none knows one that is up.
        """
        return await asyncio.shield(self._ask())

    def has_deposed(self, address: Address) -> bool:
        """Return whether the last answer named another master. Never waits: the next answer counts the next time."""
        if asyncio.get_running_loop().time() - self._asked_at > _ASK_EVERY_S:
            self._ask()
        return self._master not in {None, address}

    async def aclose(self) -> None:
        """Stop asking."""
        if self._asking:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    def _ask(self) -> "asyncio.Task[Address]":
        if self._asking is None:
            self._asked_at = asyncio.get_running_loop().time()
            self._asking = asyncio.create_task(self._find())
            self._asking.add_done_callback(self._note)
        return self._asking

    def _note(self, answer: "asyncio.Task[Address]") -> None:
        """Remember an answer; without one no sentinel knows better than the connections there are."""
        self._asking = None
        self._master = None if answer.cancelled() or answer.exception() else answer.result()

    async def _find(self) -> Address:
        said = []
        for address, sentinel in self._sentinels.items():
            try:
                state: Any = await sentinel.execute_command("SENTINEL MASTER", self._name)  # type: ignore[no-untyped-call]
            except RedisError as fault:
                said.append(f"{address} {fault}")
                continue
            if state["is_master"] and not (state["is_sdown"] or state["is_odown"]):
                self._sentinels = {address: sentinel} | self._sentinels
                return Address(state["ip"], state["port"])
            said.append(f"{address} says it is down")
        raise MasterNotFoundError(f"no master {self._name}: {'; '.join(said)}")


class MasterPool(SentinelConnectionPool):
    """A pool that hands out no connection to a deposed master."""

    def __init__(self, name: str, watch: MasterWatch, *, ssl: bool, **options: Any) -> None:
        """``options`` are those of the connections; ``ssl`` for TLS."""
        kind = PackingMasterTlsConnection if ssl else PackingMasterConnection
        super().__init__(name, watch, connection_class=kind, **options)  # type: ignore[no-untyped-call]
        self._watch = watch

    async def get_master_address(self) -> Address:
        """Return where a new connection goes."""
        return await self._watch.master()

    async def ensure_connection(self, connection: Any) -> None:
        """Connect when need be."""
        if connection.is_connected and self._watch.has_deposed(Address(connection.host, connection.port)):
            await connection.disconnect()
        await super().ensure_connection(connection)

"""Clients of the master that Sentinel names: each of their connections asks for it when it is made."""

import asyncio
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from worker.store.client_options import QUICK_S, client_options, without_address
from worker.store.master_pool import MasterPool, MasterWatch
from worker.store.place import Address, Sentinels

#: A sentinel answers from memory; the next one is asked when it does not.
_ASK_S = 1.0


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one sentinel says: the master's address, None for a name it does not know, or the fault of asking."""

    sentinel: Address
    master: Address | None = None
    fault: RedisError | None = None


class SentinelSource:
    """Makes clients of one master."""

    def __init__(self, place: Sentinels) -> None:
        """Connect to nothing yet.

        Raises:
            ValueError: an option of the URL cannot have its value.
        """
        self._place = place
        options = _sentinel_options(place)
        self._sentinels = {address: Redis(**address._asdict(), **options) for address in place.addresses}
        self._watch = MasterWatch(self._sentinels, place.master)

    def client(self, timeout_s: float) -> Redis:
        """Return a client whose commands take at most ``timeout_s``."""
        options, is_tls = without_address(client_options(self._place.url, timeout_s, QUICK_S))
        return Redis.from_pool(MasterPool(self._place.master, self._watch, ssl=is_tls, **options))

    async def opinions(self) -> list[Opinion]:
        """Ask every sentinel who the master is."""
        return await asyncio.gather(*(self._opinion(address) for address in self._sentinels))

    async def has_quorum(self) -> bool:
        """Return whether every sentinel sees enough of the others to replace the master."""
        try:
            for sentinel in self._sentinels.values():
                await sentinel.execute_command("SENTINEL CKQUORUM", self._place.master)  # type: ignore[no-untyped-call]
        except RedisError:
            return False
        return True

    async def aclose(self) -> None:
        """Close the connections to the sentinels."""
        await self._watch.aclose()
        for sentinel in self._sentinels.values():
            await sentinel.aclose()

    async def _opinion(self, address: Address) -> Opinion:
        command = ("SENTINEL GET-MASTER-ADDR-BY-NAME", self._place.master)
        try:
            answer = await self._sentinels[address].execute_command(*command)  # type: ignore[no-untyped-call]
        except RedisError as fault:
            return Opinion(address, fault=fault)
        return Opinion(address, Address(answer[0].decode(), int(answer[1])) if answer else None)


def _sentinel_options(place: Sentinels) -> dict[str, Any]:
    """Return the options of clients of the sentinels: TLS as to the servers, the credentials their own."""
    options, is_tls = without_address(client_options(place.url))
    own = {
        "socket_timeout": _ASK_S,
        "socket_connect_timeout": _ASK_S,
        "retry": Retry(NoBackoff(), 0),
        "maint_notifications_config": options["maint_notifications_config"],
        "username": place.username,
        "password": place.password,
        "ssl": is_tls,
    }
    return own | {name: value for name, value in options.items() if name.startswith("ssl_")}

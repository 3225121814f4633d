"""Two Redis clients: one whose reads may block, one for everything else. Neither repeats anything by itself.

They take the same commands and scripts whatever the place: one server, a master under Sentinel, a Cluster. What is
repeated, and when, is decided in ``worker.patience``.
"""

from dataclasses import dataclass
from typing import Protocol

from redis.asyncio import ConnectionPool, Redis

from worker.store.client_options import TIMEOUT_S, client_options
from worker.store.cluster import ClusterSource
from worker.store.cluster_client import ClusterClient
from worker.store.place import Cluster, Place, Sentinels
from worker.store.sentinel import SentinelSource


class Source(Protocol):
    """Makes clients."""

    def client(self, timeout_s: float) -> Redis:
        """Return a client whose commands take at most ``timeout_s``."""

    async def aclose(self) -> None:
        """Close what is not a client's own."""


@dataclass(frozen=True, slots=True)
class Connection:
    """The clients of one process. ``reader`` takes a connection for each blocked read."""

    reader: Redis
    writer: Redis
    source: Source

    async def renew(self) -> None:
        """Connect anew before the next call: what is idle is closed now, what is in use once it is free."""
        for pool in (*_pools(self.reader), *_pools(self.writer)):
            await pool.update_active_connections_for_reconnect()  # type: ignore[no-untyped-call]
            await _close_idle(pool)

    async def aclose(self) -> None:
        """Close all."""
        await self.reader.aclose()
        await self.writer.aclose()
        await self.source.aclose()


def connect(place: Place, block_ms: int = 0) -> Connection:
    """Return clients for a place, a URL or else; ``block_ms`` is the longest blocking read. Nothing is opened yet.

    Raises:
        ValueError: an option of the URL cannot have its value.
    """
    source = _source(place)
    return Connection(source.client(TIMEOUT_S + block_ms / 1000), source.client(TIMEOUT_S), source)


def _pools(client: Redis) -> list[ConnectionPool]:
    return client.pools() if isinstance(client, ClusterClient) else [client.connection_pool]


async def _close_idle(pool: ConnectionPool) -> None:
    """Close at once, within one turn of the loop, what nobody uses.

    The pool's own ``disconnect`` closes each in a task of its own, and waits: by then a call may have begun with it.
    """
    for connection in tuple(pool._available_connections):  # noqa: SLF001 - there is no public way
        await connection.disconnect(nowait=True)


class _ServerSource:
    """Makes clients of one server."""

    def __init__(self, url: str) -> None:
        self._url = url

    def client(self, timeout_s: float) -> Redis:
        return Redis.from_pool(ConnectionPool(**client_options(self._url, timeout_s)))

    async def aclose(self) -> None:
        """Close nothing: all there is belongs to the clients."""


def _source(place: Place) -> Source:
    match place:
        case Sentinels():
            return SentinelSource(place)
        case Cluster():
            return ClusterSource(place)
        case str():
            return _ServerSource(place)

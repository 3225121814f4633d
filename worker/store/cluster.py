"""Clients of a Cluster: their connections belong to a slot and go to whichever node serves it."""

from typing import Any

from redis.asyncio import Connection, ConnectionPool, Redis, SSLConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import MovedError
from redis.exceptions import TimeoutError as RedisTimeoutError

from worker.store.client_options import QUICK_S, client_options, without_address
from worker.store.cluster_client import ClusterClient
from worker.store.cluster_map import ClusterMap
from worker.store.packing import PackingConnection, PackingTlsConnection
from worker.store.place import Address, Cluster

#: A node answers from memory; the next one is asked when it does not.
_ASK_S = 1.0
#: A slot that moves again while it is followed is waited for like any trouble.
_REDIRECTIONS = 3


class ClusterSource:
    """Makes clients of a Cluster."""

    def __init__(self, place: Cluster) -> None:
        """Connect to nothing yet.

        Raises:
            ValueError: an option of the URL cannot have its value.
        """
        self._url = place.url
        options = client_options(place.url)
        self._is_tls = without_address(options)[1]
        seed = Address(options.get("host", "localhost"), options.get("port", 6379))
        self.map = ClusterMap([seed, *place.nodes], self.node)

    def node(self, address: Address, timeout_s: float = _ASK_S) -> Redis:
        """Return a client of one node, whatever it serves; the caller closes it."""
        options, _ = without_address(client_options(self._url, timeout_s, _ASK_S))
        kind = SSLConnection if self._is_tls else Connection
        return Redis.from_pool(ConnectionPool(connection_class=kind, host=address.host, port=address.port, **options))

    def client(self, timeout_s: float) -> Redis:
        """Return a client whose commands take at most ``timeout_s``, redirections aside."""
        options, _ = without_address(client_options(self._url, timeout_s, QUICK_S))
        kind = _SlotTlsConnection if self._is_tls else _SlotConnection

        def slot_client(slot: int) -> Redis:
            return _SlotClient.from_pool(ConnectionPool(connection_class=kind, cluster=self.map, slot=slot, **options))

        return ClusterClient(self.map, slot_client)

    async def aclose(self) -> None:
        """Stop asking for the map."""
        await self.map.aclose()


class _SlotClient(Redis):
    """Sends a command again that a node answered with MOVED: proof that it was not executed.

    A pipeline is not sent again: some of its commands may have been executed before the slot moved.
    """

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        for _ in range(_REDIRECTIONS):
            try:
                return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
            except MovedError:
                continue  # the connection has told the map
        return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]


class _FollowsSlot(PackingConnection):
    """Looks up who serves its slot when it is made, and again before each use."""

    def __init__(self, *, cluster: ClusterMap, slot: int, **options: Any) -> None:
        super().__init__(**options)
        self._cluster, self._slot = cluster, slot

    async def connect(self) -> None:
        """Connect to the slot's master; leave a node that no longer is."""
        if self.is_connected:
            if self._cluster.known_master(self._slot) == (self.host, self.port):
                return
            await self.disconnect()
        self.host, self.port = await self._cluster.master(self._slot)
        try:
            await super().connect()  # type: ignore[no-untyped-call]
        except (RedisConnectionError, RedisTimeoutError):
            self._cluster.doubt(Address(self.host, self.port))
            raise

    async def read_response(self, *args: Any, **options: Any) -> Any:
        """Return an answer; learn from one that says where the slot is, and from a connection that breaks."""
        try:
            return await super().read_response(*args, **options)
        except MovedError as error:
            self._cluster.moved(error.slot_id, Address(error.host or self.host, error.port))
            raise
        except (RedisConnectionError, RedisTimeoutError):
            self._cluster.doubt(Address(self.host, self.port))
            raise


class _SlotConnection(_FollowsSlot):
    """Over TCP."""


class _SlotTlsConnection(_FollowsSlot, PackingTlsConnection):
    """Over TLS."""

"""The three kinds of places that can hold the state, each with real servers that may be killed."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.cluster_servers import ClusterServers
from tests.chaos.sentinel_servers import MASTER, SentinelServers
from tests.chaos.server_process import ServerProcess, arguments, program_of
from tests.ports import HOST
from worker.embedded import Backend
from worker.processes import Children
from worker.store.keys import Keys
from worker.store.place import Address, Cluster, Place, Sentinels

PARTITIONS = 8


@dataclass(frozen=True, slots=True)
class Topology:
    """A place that holds ``PARTITIONS`` partitions, as the clients and as a configuration file name it."""

    place: Place
    toml: str
    #: How many replicas there are to confirm a write.
    replicas: int
    #: ``kill -9`` of the server of partition 0; returns when a server serves the partition again.
    strike: Callable[[], None]
    #: The servers that take writes now.
    masters: Callable[[], list[ServerProcess]]
    #: Ends every server: what nobody uses any more is no load on the tests that follow.
    stop: Callable[[], None]


def one_server(children: Children, directory: Path, backend: Backend) -> Topology:
    """Run one server, which is started again when it was killed."""
    options = {"bind": HOST, "appendonly": "yes", "appendfsync": "always", "maxmemory_policy": "noeviction"}
    server = ServerProcess(children, [program_of(backend), *arguments(options)], directory)
    server.start()

    def strike() -> None:
        server.kill()
        server.start()

    return Topology(server.url, _toml(url=server.url), 0, strike, lambda: [server], server.stop)


def under_sentinel(children: Children, directory: Path, backend: Backend) -> Topology:
    """Run a master and a replica, which takes its place."""
    servers = SentinelServers(children, directory, backend=backend)
    servers.start()

    def strike() -> None:
        master = servers.current_master()
        master.kill()
        servers.wait_for_failover(master)

    addresses = servers.sentinel_addresses
    toml = _toml(sentinels=addresses, master=MASTER)
    return Topology(sentinels_of(servers), toml, 1, strike, lambda: [servers.current_master()], servers.stop)


def in_cluster(children: Children, directory: Path, backend: Backend) -> Topology:
    """Run three masters with a replica each."""
    servers = ClusterServers(children, directory, backend=backend, replicas=1)
    servers.start()

    def strike() -> None:
        servers.owner(Keys().events).kill()
        servers.wait_until_ok()

    url = servers.nodes[0].url
    toml = _toml(url=url, cluster=True) + '[celery]\nbroker_url = "memory://"\n'
    return Topology(Cluster(url), toml, 1, strike, servers.masters, servers.stop)


def sentinels_of(servers: SentinelServers) -> Sentinels:
    """Return the place of a master under Sentinel."""
    addresses = tuple(Address.parse(each) for each in servers.sentinel_addresses)
    return Sentinels("redis://sentinel/0", MASTER, addresses)


def _toml(**members: str | bool | list[str]) -> str:
    # Texts, lists and booleans are the same in TOML and in JSON.
    lines = [f"{name} = {json.dumps(value)}" for name, value in members.items()]
    return "\n".join(["[redis]", *lines, f"partitions = {PARTITIONS}"]) + "\n"


KINDS = {"server": one_server, "sentinel": under_sentinel, "cluster": in_cluster}

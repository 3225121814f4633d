"""A real Cluster on loopback: masters, replicas, and what may happen to them."""

from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import redis

from tests.chaos.access import Access
from tests.chaos.server_process import OPEN, ServerProcess, arguments, program_of, replicating
from tests.chaos.started import Started
from tests.integration.eventually import eventually
from tests.ports import HOST, own_port
from worker.embedded import Backend
from worker.processes import Children

SLOTS = 16_384
_JOIN_S = 30
_JUNK = b"x" * 1_000_000


class ClusterServers(Started):
    """Masters with the slots shared evenly among them, and ``replicas`` replicas for each."""

    def __init__(
        self,
        children: Children,
        directory: Path,
        *,
        backend: Backend = "valkey",
        masters: int = 3,
        replicas: int = 0,
        appendfsync: str = "everysec",
        node_timeout_ms: int = 1000,
        access: Access = OPEN,
        **options: str,
    ) -> None:
        """Start nothing yet. ``options`` are further options of every node, with ``_`` for ``-``."""
        self._masters, self._replicas = masters, replicas
        common = replicating(appendfsync) | {
            "cluster_enabled": "yes",
            "cluster_config_file": "nodes.conf",
            "cluster_node_timeout": str(node_timeout_ms),
            # One dead master without a replica must not stop the others.
            "cluster_require_full_coverage": "no",
            "cluster_allow_replica_migration": "no",
        }
        if access.folder:
            common["tls_cluster"] = "yes"
        command = [program_of(backend), *arguments(common | access.server_options() | options)]
        self._buses = [own_port() for _ in range(masters * (1 + replicas))]
        self.nodes = [
            ServerProcess(children, [*command, "--cluster-port", str(bus)], directory / f"node{number}", access)
            for number, bus in enumerate(self._buses)
        ]

    @property
    def seeds(self) -> list[str]:
        """The addresses of all nodes, ``host:port``."""
        return [node.address for node in self.nodes]

    def start(self) -> None:
        """Start the nodes, join them, share the slots out, and wait until every node says that the cluster is ok."""
        for node in self.nodes:
            node.start()
        self._share_slots()
        self._meet()
        self._replicate()
        self.wait_until_ok()

    def stop(self) -> None:
        """End every node that still runs."""
        for node in self.nodes:
            if node.is_running:
                node.stop()

    def wait_until_ok(self, deadline_s: float = _JOIN_S) -> None:
        """Wait until every running node sees every slot served and every replica in step with its master."""
        running = [node for node in self.nodes if node.is_running]
        for node in running:
            eventually(partial(_trouble_of, node), lambda trouble: not trouble, deadline_s)

    def owner(self, key: str) -> ServerProcess:
        """Return the running node that serves a key now.

        Raises:
            AssertionError: nobody does.
        """
        for node in self.nodes:
            if node.is_running and _serves(node, key):
                return node
        raise AssertionError(f"no running node serves {key}")

    def masters(self) -> list[ServerProcess]:
        """Return the running nodes that replicate no other."""
        return [node for node in self.nodes if node.is_running and _master_port(node) is None]

    def replicas_of(self, master: ServerProcess) -> list[ServerProcess]:
        """Return the running replicas of a node."""
        return [node for node in self.nodes if node.is_running and _master_port(node) == master.port]

    def cut_off(self, replica: ServerProcess, key: str) -> None:
        """Freeze the only replica of a key's master, and fill what the kernel keeps for it by writing that key.

        Without the filling a thawed replica would still find there what a master wrote before it died.
        """
        with self.owner(key).client() as client:
            replica.freeze()
            eventually(lambda: _held_back(client, key), lambda size: size > len(_JUNK), _JOIN_S)

    def move_slot_to(self, key: str, target: ServerProcess) -> Iterator[int]:
        """Move a key's slot to another master as an operator does: yield after each step the keys still to go.

        https://redis.io/docs/latest/commands/cluster-setslot/
        """
        source = self.owner(key)
        with source.client() as old, target.client() as new:
            slot, old_id, new_id = old.execute_command("CLUSTER KEYSLOT", key), _id_of(old), _id_of(new)
            new.execute_command("CLUSTER SETSLOT", slot, "IMPORTING", old_id)
            old.execute_command("CLUSTER SETSLOT", slot, "MIGRATING", new_id)
            while keys := old.execute_command("CLUSTER GETKEYSINSLOT", slot, 10):
                yield old.execute_command("CLUSTER COUNTKEYSINSLOT", slot)
                old.execute_command("MIGRATE", HOST, target.port, "", 0, 5000, "KEYS", *keys)
            yield 0
            for client in (new, old):
                client.execute_command("CLUSTER SETSLOT", slot, "NODE", new_id)

    def _meet(self) -> None:
        with self.nodes[0].client() as first:
            for node, bus in zip(self.nodes[1:], self._buses[1:], strict=True):
                first.execute_command("CLUSTER MEET", HOST, node.port, bus)
        for node in self.nodes:
            eventually(partial(_known, node), lambda count: count == len(self.nodes), _JOIN_S)

    def _share_slots(self) -> None:
        edges = [SLOTS * number // self._masters for number in range(self._masters + 1)]
        for number, (start, end) in enumerate(pairwise(edges)):
            with self.nodes[number].client() as client:
                client.execute_command("CLUSTER SET-CONFIG-EPOCH", number + 1)
                client.execute_command("CLUSTER ADDSLOTSRANGE", start, end - 1)

    def _replicate(self) -> None:
        for number, node in enumerate(self.nodes[self._masters :]):
            with self.nodes[number % self._masters].client() as master, node.client() as client:
                client.execute_command("CLUSTER REPLICATE", _id_of(master))


def _id_of(client: redis.Redis) -> Any:
    return client.execute_command("CLUSTER MYID")  # type: ignore[no-untyped-call]


def _held_back(client: redis.Redis, key: str) -> int:
    """Write more for the replica; return how much the master itself keeps for it, in bytes."""
    client.set(key, _JUNK)
    (link,) = client.client_list(_type="replica")
    return int(link["omem"])


def _known(node: ServerProcess) -> int:
    """Return how many nodes a node knows and has shaken hands with."""
    with node.client() as client:
        nodes: Any = client.execute_command("CLUSTER NODES")
    return sum("handshake" not in each["flags"] for each in nodes.values())


def _serves(node: ServerProcess, key: str) -> bool:
    try:
        with node.client() as client:
            client.exists(key)
    except redis.ResponseError:  # MOVED, CLUSTERDOWN
        return False
    return True


def _master_port(node: ServerProcess) -> int | None:
    """Return the port of the master that a node replicates; a master replicates none."""
    with node.client() as client:
        replication: Any = client.info("replication")
    return int(replication["master_port"]) if "master_port" in replication else None


def _trouble_of(node: ServerProcess) -> str:
    """Return why a node does not find everything in order yet, or nothing."""
    with node.client() as client:
        cluster: Any = client.execute_command("CLUSTER INFO")
        replication: Any = client.info("replication")
    if (cluster["cluster_state"], cluster["cluster_slots_ok"]) != ("ok", str(SLOTS)):
        return str(cluster)
    return "replica out of step" if replication.get("master_link_status", "up") == "down" else ""

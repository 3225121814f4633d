"""A real master with replicas under Sentinel on loopback, and what may happen to them."""

from functools import partial
from pathlib import Path
from typing import Any

import redis

from tests.chaos.access import Access
from tests.chaos.server_process import OPEN, ServerProcess, arguments, program_of, replicating
from tests.chaos.started import Started
from tests.integration.eventually import eventually
from tests.ports import HOST
from worker.embedded import Backend
from worker.processes import Children

MASTER = "mymaster"
_READY_S = 30


class SentinelServers(Started):
    """One master, its replicas, and three sentinels that put a replica in the place of a master that is gone."""

    def __init__(
        self,
        children: Children,
        directory: Path,
        *,
        backend: Backend = "valkey",
        replicas: int = 1,
        sentinels: int = 3,
        appendfsync: str = "everysec",
        down_after_ms: int = 1000,
        failover_timeout_ms: int = 1500,
        access: Access = OPEN,
        **options: str,
    ) -> None:
        """Start nothing yet. ``options`` are further options of every server, with ``_`` for ``-``.

        ``access`` is that of the servers and, with the same password, of the sentinels.
        """
        program = program_of(backend)
        command = [program, *arguments(replicating(appendfsync) | access.server_options() | options)]
        self.servers = [ServerProcess(children, command, directory / f"server{n}", access) for n in range(1 + replicas)]
        self._quorum, self._access = sentinels // 2 + 1, access
        self._timing = {"down-after-milliseconds": down_after_ms, "failover-timeout": failover_timeout_ms}
        folders = [directory / f"sentinel{number}" for number in range(sentinels)]
        # The file is a sentinel's memory: it writes there what it learns.
        self.sentinels = [
            ServerProcess(children, [program, str(folder / "sentinel.conf"), "--sentinel"], folder, access)
            for folder in folders
        ]

    @property
    def sentinel_addresses(self) -> list[str]:
        """``host:port`` of each sentinel."""
        return [sentinel.address for sentinel in self.sentinels]

    def start(self) -> None:
        """Start everything and wait until all know each other and every replica is in step."""
        master, *replicas = self.servers
        master.start()
        for replica in replicas:
            replica.start()
            with replica.client() as client:
                client.replicaof(HOST, master.port)
        eventually(lambda: all(map(_is_in_step, replicas)), deadline_s=_READY_S)
        for sentinel in self.sentinels:
            (sentinel.directory / "sentinel.conf").write_text(self._file(master))
            sentinel.start()
        self.wait_until_ok()

    def stop(self) -> None:
        """End every process that still runs, the sentinels first."""
        for process in (*self.sentinels, *self.servers):
            if process.is_running:
                process.stop()

    def current_master(self) -> ServerProcess:
        """Return the server that most sentinels name; it may be dead."""
        named = eventually(self._named, deadline_s=_READY_S)
        port = max(named, key=named.count)
        return next(server for server in self.servers if server.port == port)

    def replicas(self) -> list[ServerProcess]:
        """Return the running servers that are not the master."""
        master = self.current_master()
        return [server for server in self.servers if server.is_running and server is not master]

    def wait_for_failover(self, old: ServerProcess, deadline_s: float = _READY_S) -> ServerProcess:
        """Wait until another server is named and takes writes; return it."""

        def successor() -> ServerProcess | None:
            master = self.current_master()
            return master if master is not old and _role(master) == "master" else None

        found = eventually(successor, deadline_s=deadline_s)
        assert found
        return found

    def wait_until_ok(self, deadline_s: float = _READY_S) -> None:
        """Wait until the sentinels agree, know each other, and every running replica is in step."""
        for sentinel in (each for each in self.sentinels if each.is_running):
            eventually(partial(self._knows_all, sentinel), deadline_s=deadline_s)
        eventually(lambda: _role(self.current_master()) == "master", deadline_s=deadline_s)
        eventually(lambda: all(map(_is_in_step, self.replicas())), deadline_s=deadline_s)

    def _file(self, master: ServerProcess) -> str:
        lines = [f"sentinel monitor {MASTER} {HOST} {master.port} {self._quorum}"]
        lines += [f"sentinel {name} {MASTER} {value}" for name, value in self._timing.items()]
        if password := self._access.password:
            lines += [f"sentinel auth-pass {MASTER} {password}"]
            lines += [f"requirepass {password}", f"sentinel sentinel-pass {password}"]
        return "\n".join([f"bind {HOST}", *lines]) + "\n"

    def _named(self) -> list[int]:
        return [port for sentinel in self.sentinels if sentinel.is_running for port in self._named_by(sentinel)]

    def _named_by(self, sentinel: ServerProcess) -> list[int]:
        """Return the master's port; nothing of a sentinel that does not answer."""
        try:
            with sentinel.client() as client:
                address: Any = client.sentinel_get_master_addr_by_name(MASTER)
        except redis.RedisError:
            return []
        return [int(address[1])]

    def _knows_all(self, sentinel: ServerProcess) -> bool:
        with sentinel.client() as client:
            state: Any = client.sentinel_master(MASTER)
        others, replicas = len(self.sentinels) - 1, len(self.servers) - 1
        return (state["num-other-sentinels"], state["num-slaves"]) == (others, replicas)


def _replication(server: ServerProcess) -> dict[str, Any]:
    try:
        with server.client() as client:
            fields: Any = client.info("replication")
    except redis.RedisError:
        return {"role": "gone"}
    return dict(fields)


def _role(server: ServerProcess) -> str:
    return str(_replication(server)["role"])


def _is_in_step(server: ServerProcess) -> bool:
    return bool(_replication(server).get("master_link_status") == "up")

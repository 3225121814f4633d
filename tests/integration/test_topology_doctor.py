"""``doctor`` on each kind of place, and places that are not what the configuration calls them."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.cluster_servers import ClusterServers
from tests.chaos.sentinel_servers import MASTER
from tests.integration.cli.command import json_lines, offline_push
from tests.integration.places import run
from tests.integration.topologies import PARTITIONS, Topology, under_sentinel
from worker.config import Config, load_config
from worker.config_faults import ConfigError
from worker.doctor_redis import redis_findings
from worker.finding import Finding
from worker.processes import Children
from worker.redis_access import check_redis
from worker.store.connection import Connection
from worker.store.keys import Keys
from worker.store.place import Cluster, Sentinels


def doctor(directory: Path, toml: str) -> dict[str, Finding]:
    """Return what doctor finds out about Redis, in order."""

    async def findings() -> list[Finding]:
        return [finding async for finding in redis_findings(configured(directory, toml))]

    return {finding.check: finding for finding in asyncio.run(findings())}


def configured(directory: Path, toml: str) -> Config:
    """Return the configuration of a file with this text."""
    path = directory / "config.toml"
    path.write_text(toml)
    return load_config(path, {})


#: What doctor looks at, beside what it always looks at.
_WATCHERS = {str: [], Sentinels: ["sentinels"], Cluster: ["cluster"]}


def test_healthy(topology: Topology, tmp_path: Path) -> None:
    """Everything is in order, but that a replaced master may go on taking writes until it is told not to."""
    watchers = _WATCHERS[type(topology.place)]
    findings = doctor(tmp_path, topology.toml)
    failover = ["failover"] if watchers else []
    assert list(findings) == [*watchers, "redis", "persistence", "eviction", *failover, "backlog"]
    assert [check for check, finding in findings.items() if finding.status != "ok"] == failover
    for master in topology.masters():
        with master.client() as client:
            client.config_set("min-replicas-to-write", topology.replicas)
    done = offline_push("doctor", "--config", tmp_path / "config.toml", "--json")
    assert (done.returncode, {finding["status"] for finding in json_lines(done.stdout)}) == (0, {"ok"})


def test_one_bad_server_is_found(topology: Topology, tmp_path: Path) -> None:
    """One master that evicts is a fault, one without its file a warning; of several it is named."""
    master = topology.masters()[-1]
    with master.client() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        client.config_set("appendonly", "no")
        findings = doctor(tmp_path, topology.toml)
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("appendonly", "yes")
    assert (findings["eviction"].status, findings["persistence"].status) == ("fault", "warning")
    named = [check for check, finding in findings.items() if master.address in finding.detail]
    assert {"eviction", "persistence"} <= set(named) or not isinstance(topology.place, Cluster)


def test_backlog_of_all_partitions(topology: Topology, tmp_path: Path) -> None:
    """Events and dead letters are counted wherever they are."""

    async def fill(connection: Connection) -> None:
        for number in range(PARTITIONS):
            await connection.writer.xadd(Keys(number).events, {"message": "{}"})
        await connection.writer.xadd(Keys(PARTITIONS - 1).dead, {"reason": "x"})

    run(topology.place, fill)
    assert (
        doctor(tmp_path, topology.toml)["backlog"].detail
        == "8 events waiting, 1 dead letters; no worker has started yet"
    )


def wrong_names(topology: Topology) -> Iterator[tuple[str, str]]:
    """Yield configurations that call a place what it is not, and how the answer begins."""
    server = topology.masters()[0]
    url = f'[redis]\nurl = "{server.url}"\n'
    if isinstance(topology.place, Sentinels):
        yield topology.toml.replace(MASTER, "other"), "redis.master: no sentinel knows"
    elif isinstance(topology.place, Cluster):
        yield url, "redis.url: is a node of a cluster"
        yield topology.toml.replace("memory://", server.url), "celery.broker_url: is a node of a cluster"
    else:
        yield (
            f'{url}cluster = true\n[celery]\nbroker_url = "memory://"\n',
            "redis.url: This instance has cluster support",
        )
        yield f'[redis]\nsentinels = ["{server.address}"]\nmaster = "m"\n', "redis.sentinels: 127.0.0.1"


def test_a_place_called_what_it_is_not(topology: Topology, tmp_path: Path) -> None:
    """A worker is not started on a place of another kind; one line says what to change."""
    check_redis(configured(tmp_path, topology.toml))
    for toml, start in wrong_names(topology):
        with pytest.raises(ConfigError) as caught:
            check_redis(configured(tmp_path, toml))
        (fault,) = caught.value.faults
        assert fault.startswith(start)


def test_silence_is_found(session_children: Children, tmp_path: Path) -> None:
    """A sentinel that is gone is a warning, a master that nobody replaces a fault: both are named."""
    with ClusterServers(session_children, tmp_path / "cluster") as cluster:
        dead = cluster.nodes[1]
        dead.kill()
        toml = f'[redis]\nurl = "{cluster.nodes[0].url}"\ncluster = true\n[celery]\nbroker_url = "memory://"\n'
        finding = doctor(tmp_path, toml)["cluster"]
        assert (finding.status, dead.address in finding.detail) == ("fault", True)
    sentinel = under_sentinel(session_children, tmp_path / "sentinel", "valkey")
    try:
        assert isinstance(sentinel.place, Sentinels)
        finding = doctor(tmp_path, sentinel.toml.replace(str(sentinel.place.addresses[0]), dead.address))["sentinels"]
        assert (finding.status, dead.address in finding.detail) == ("warning", True)
    finally:
        sentinel.stop()

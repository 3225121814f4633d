"""A real worker whose Redis master dies, or refuses: it goes on by itself, Celery's own part included."""

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.sentinel import Sentinel

from tests.chaos.cluster_servers import ClusterServers
from tests.chaos.sentinel_servers import MASTER, SentinelServers
from tests.chaos.server_process import is_installed
from tests.integration.configuration import channels_of, write_configuration
from tests.integration.deployment import Deployment, fresh
from tests.integration.eventually import eventually
from tests.integration.vendors import ROOT, Vendors
from tests.integration.worker_process import WorkerProcess
from tests.ports import HOST
from worker.processes import Children

PUSHES = 30


def under_sentinel(servers: SentinelServers, children: Children, vendors: Vendors, path: Path) -> Deployment:
    """Return a deployment whose worker, broker included, and whose producer ask Sentinel for the master."""
    redis_keys = {"sentinels": servers.sentinel_addresses, "master": MASTER}
    write_configuration(path, "redis://any/0", channels_of(vendors), redis=redis_keys, lease_s=2)
    sentinel: Any = Sentinel([(HOST, each.port) for each in servers.sentinels], socket_timeout=2)  # type: ignore[no-untyped-call]
    return Deployment(sentinel.master_for(MASTER), vendors, WorkerProcess(children, path).started())


def flow(deployment: Deployment) -> list[str]:
    """Add messages to receivers of their own, each as often as it takes; return the receivers' tokens."""
    return [eventually(lambda: add(deployment), deadline_s=30) for _ in range(PUSHES)]


def add(deployment: Deployment) -> str:
    """Add one message; return its receiver's token, or nothing when Redis does not take it."""
    user = fresh("u")
    try:
        token = deployment.bind(user, "fcm")
        deployment.say(user)
    except redis.RedisError:
        return ""
    return token


def assert_all_arrive(deployment: Deployment, tokens: list[str]) -> None:
    """Assert that every token gets its push and nothing is buried."""
    eventually(deployment.backlog, lambda left: left == 0, 60)
    arrived = {entry["token"] for entry in deployment.vendors.pushes_to(*tokens)}
    assert arrived == set(tokens)
    assert deployment.dead() == []


def answers_ping(worker: WorkerProcess) -> bool:
    """Return whether Celery's remote control works: the broker is reached again."""
    command = [sys.executable, "-W", "ignore", "-m", "celery", "-q", "-A", "worker.app", "inspect", "ping", "-t", "2"]
    environment = os.environ | {"OFFLINE_PUSH_CONFIG": str(worker.configuration)}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False).returncode == 0


def outlive(deployment: Deployment, kill: Callable[[], None]) -> None:
    """Push, kill, push; the worker says few lines about it."""
    assert_all_arrive(deployment, flow(deployment))
    seen = len(deployment.worker.lines())
    kill()
    assert_all_arrive(deployment, flow(deployment))
    ours = [line for line in deployment.worker.lines()[seen:] if line["logger"].startswith("worker.")]
    # One for each kind of error, whichever part meets it first: cut off, refused, no master, no quorum.
    assert len([line for line in ours if "waiting" in line["event"]]) <= 6


def test_a_master_under_sentinel_dies(session_children: Children, simulator: Vendors, tmp_path: Path) -> None:
    """``kill -9`` of the master: the replica's pushes go on, and Celery answers again."""
    with SentinelServers(session_children, tmp_path / "servers") as servers:
        deployment = under_sentinel(servers, session_children, simulator, tmp_path / "config.toml")
        with deployment.worker as worker:
            outlive(deployment, servers.current_master().kill)
            eventually(lambda: answers_ping(worker), deadline_s=60)
            assert worker.stop() == 0


def test_a_master_of_a_cluster_dies(session_children: Children, simulator: Vendors, tmp_path: Path) -> None:
    """``kill -9`` of the partition's master: its replica's pushes go on."""
    with ClusterServers(session_children, tmp_path / "servers", replicas=1) as servers:
        path, url, broker = tmp_path / "config.toml", servers.nodes[0].url, "memory://localhost/"
        write_configuration(path, url, channels_of(simulator), broker_url=broker, redis={"cluster": True}, lease_s=2)
        client: Any = redis.RedisCluster(host=HOST, port=servers.nodes[0].port)
        with closing(client), WorkerProcess(session_children, path).started() as worker:
            deployment = Deployment(client, simulator, worker)
            outlive(deployment, servers.owner(deployment.keys.events).kill)
            assert worker.stop() == 0


@pytest.mark.skipif(not is_installed("redis"), reason="no redis server is installed")
def test_a_master_without_its_replica_is_waited_out(
    session_children: Children, simulator: Vendors, tmp_path: Path
) -> None:
    """A master that refuses writes (NOREPLICAS) ends no worker; it goes on when the replica is back."""
    folder = tmp_path / "servers"
    with SentinelServers(session_children, folder, backend="redis", min_replicas_to_write="1") as servers:
        deployment = under_sentinel(servers, session_children, simulator, tmp_path / "config.toml")
        with deployment.worker as worker:
            (replica,) = servers.replicas()
            replica.kill()
            eventually(lambda: worker.lines("broker refuses, waiting"))
            replica.start()
            with replica.client() as client:  # as Sentinel would have it, ten seconds later
                client.replicaof(HOST, servers.current_master().port)
            assert_all_arrive(deployment, flow(deployment))
            eventually(lambda: worker.lines("broker is back"))
            assert worker.stop() == 0

"""What only a Cluster or Sentinel does: slots that move, masters that nobody replaces, operators who replace them."""

import asyncio
import gc
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis.exceptions import AskError, DataError, RedisError, ResponseError

from tests.chaos.access import Access
from tests.chaos.cluster_servers import ClusterServers
from tests.chaos.sentinel_servers import MASTER, SentinelServers
from tests.integration.attempts import ADD, Attempts
from tests.integration.places import BACKENDS, Test, needs, run
from tests.integration.topologies import sentinels_of
from worker.processes import Children
from worker.store.connection import Connection
from worker.store.keys import Keys
from worker.store.place import Address, Cluster, Place, Sentinels
from worker.store.trouble import is_passing

#: The least after which Sentinel makes a replica of a master that it has replaced (four times SENTINEL_PUBLISH_PERIOD).
DEMOTED_S = 8.0
LOGS = [f"{Keys(number).tag}:log" for number in range(8)]


@pytest.fixture(scope="module", params=BACKENDS)
def cluster(
    request: pytest.FixtureRequest, session_children: Children, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ClusterServers]:
    """Three masters without replicas."""
    needs(request.param)
    with ClusterServers(session_children, tmp_path_factory.mktemp("cluster"), backend=request.param) as servers:
        yield servers


@pytest.fixture(params=BACKENDS)
def sentinel(request: pytest.FixtureRequest, session_children: Children, tmp_path: Path) -> Iterator[SentinelServers]:
    """A master with a replica."""
    needs(request.param)
    with SentinelServers(session_children, tmp_path, backend=request.param) as servers:
        yield servers


def test_a_slot_that_moves_is_followed(cluster: ClusterServers) -> None:
    """While an operator moves a partition to another master nothing is lost and nothing is done twice."""
    source = cluster.owner(LOGS[0])
    target = next(node for node in cluster.nodes if node is not source)

    async def test(connection: Connection) -> None:
        attempts = Attempts(connection, LOGS[0])
        for number in range(100):
            await connection.writer.set(f"{LOGS[0]}{number}", number)
            assert await attempts.once()
        async for _ in steps(cluster, target):
            await attempts.once()
        assert AskError in map(type, attempts.errors)
        # MOVED is proof that nothing was done: it is followed.
        assert await connection.writer.get(f"{LOGS[0]}7") == b"7"
        await attempts.until_accepted()
        assert [error for error in attempts.errors if not is_passing(error)] == []
        counts = Counter(await attempts.numbers())
        assert (attempts.safe - counts.keys(), max(counts.values())) == (set(), 1)

    run(Cluster(cluster.nodes[0].url), test)
    assert cluster.owner(LOGS[0]) is target


async def steps(cluster: ClusterServers, target: Any) -> Any:
    """Yield between the steps of moving the first partition's slot."""
    moving = cluster.move_slot_to(LOGS[0], target)
    while (left := await asyncio.to_thread(next, moving, None)) is not None:
        yield left


def test_keys_of_two_partitions_are_refused(cluster: ClusterServers) -> None:
    """A script or a transaction over two partitions cannot work, and is not taken for trouble that passes."""

    async def test(connection: Connection) -> None:
        script = connection.writer.register_script(ADD)
        with pytest.raises(ResponseError, match="slot") as caught:
            await script(keys=LOGS[:2], args=[1])
        assert not is_passing(caught.value)
        pipe = connection.writer.pipeline(transaction=True)
        pipe.xlen(LOGS[0])
        pipe.xlen(LOGS[1])
        with pytest.raises(DataError):
            await pipe.execute()

    run(Cluster(cluster.nodes[0].url), test)


def test_a_dead_master_costs_the_others_nothing(cluster: ClusterServers) -> None:
    """With a master gone, partitions elsewhere take commands, scripts and new clients; its own come back with it."""
    dead = cluster.owner(LOGS[0])
    alive = [log for log in LOGS if cluster.owner(log) is not dead]
    others = [node for node in cluster.nodes if node is not dead]

    async def kill(connection: Connection) -> None:
        script = connection.writer.register_script(ADD)
        await script(keys=[LOGS[0]], args=[1])
        dead.kill()
        for _ in range(3):
            with pytest.raises(RedisError) as caught:
                await script(keys=[LOGS[0]], args=[1])
            assert is_passing(caught.value)
            for node in others:
                with node.client() as client:
                    client.script_flush()
            for log in alive:
                await script(keys=[log], args=[1])

    async def come_back(connection: Connection) -> None:
        for log in alive:
            await connection.writer.xadd(log, {"n": 1})
        await asyncio.to_thread(dead.start)
        attempts = Attempts(connection, LOGS[0])
        await attempts.until_accepted()
        assert [error for error in attempts.errors if not is_passing(error)] == []

    run(Cluster(dead.url), kill)
    # The first to be asked is the dead one.
    run(Cluster(dead.url, (Address.parse(others[0].address),)), come_back)


def test_what_an_operator_replaces_is_left_at_once(sentinel: SentinelServers) -> None:
    """A master replaced by SENTINEL FAILOVER takes writes for ten seconds that are lost: ours go to its successor."""
    old = sentinel.current_master()

    async def test(connection: Connection) -> None:
        await connection.writer.ping()
        with old.client() as client:
            # Sentinel would make it a replica in the end, and cut us off: nothing but our own asking leads us away.
            client.execute_command("ACL SETUSER default -replicaof -slaveof")
        with sentinel.sentinels[0].client() as client:
            client.execute_command("SENTINEL FAILOVER", MASTER)
        new = await asyncio.to_thread(sentinel.wait_for_failover, old)
        begun = time.monotonic()
        while (await connection.writer.info("server"))["tcp_port"] != new.port:
            assert time.monotonic() - begun < DEMOTED_S, "it would have been demoted before we left it"
            await connection.writer.incr("written")
        with old.client() as client:
            replication: Any = client.info("replication")
        assert replication["role"] == "master", "it did not wait for us"

    run(sentinels_of(sentinel), test)


def test_a_sentinel_that_hangs_is_skipped(sentinel: SentinelServers) -> None:
    """A frozen sentinel and a dead one do not keep us from the master."""
    sentinel.sentinels[0].freeze()
    sentinel.sentinels[1].kill()

    async def test(connection: Connection) -> None:
        answers = await asyncio.gather(*(connection.writer.ping() for _ in range(20)))
        assert all(answers)

    run(sentinels_of(sentinel), test)
    sentinel.sentinels[0].thaw()


# When a password is refused redis-py lets the TLS connection go without waiting for its end.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_passwords_and_tls(session_children: Children, tmp_path: Path) -> None:
    """Cluster and Sentinel are reached over TLS with passwords, the sentinels' own too; a wrong one is an error."""
    needs("redis")  # Valkey's wheel has no TLS
    access = Access.secured(tmp_path / "tls", "sesame-2718")
    cluster = ClusterServers(session_children, tmp_path / "cluster", backend="redis", access=access)
    servers = SentinelServers(session_children, tmp_path / "sentinel", backend="redis", access=access)

    async def test(connection: Connection) -> None:
        for log in LOGS:
            await connection.writer.xadd(log, {"n": 1})

    with cluster, servers:
        run(Cluster(cluster.nodes[0].url), test)
        addresses = tuple(Address.parse(each) for each in servers.sentinel_addresses)
        run(Sentinels(access.url("sentinel"), MASTER, addresses, None, "sesame-2718"), test)
        for wrong in (
            Cluster(Access("other", access.folder).url(cluster.nodes[0].address)),
            Sentinels(Access("other", access.folder).url("sentinel"), MASTER, addresses, None, "sesame-2718"),
            Sentinels(access.url("sentinel"), MASTER, addresses, None, "other"),
        ):
            assert "sesame" not in refusal(wrong, test) + repr(wrong)
        gc.collect()


def refusal(place: Place, test: Test) -> str:
    """Return how a place refuses a password. The error itself is not kept: its traceback holds connections."""
    with pytest.raises(RedisError, match=r"WRONGPASS|invalid") as caught:
        run(place, test)
    return str(caught.value)

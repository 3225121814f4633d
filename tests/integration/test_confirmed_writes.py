"""What one partition's event leaves in another outlives that one's master before the event is acknowledged."""

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.cluster_servers import ClusterServers
from tests.chaos.server_process import ServerProcess
from tests.integration.configuration import APNS, APPKEY
from tests.integration.deployment import fresh
from tests.integration.eventually import eventually
from tests.integration.foreign_events import KINDS, OTHERS, OWN, PARTITIONS, Work, added, is_acknowledged, user_in
from tests.integration.places import BACKENDS, needs, run
from tests.integration.topologies import one_server, under_sentinel
from worker.health import Health
from worker.processes import Children
from worker.store.confirmed_writes import UnconfirmedError
from worker.store.connection import Connection, connect
from worker.store.keys import Keys
from worker.store.place import Cluster, Place
from worker.store.trouble import is_passing


@pytest.fixture(scope="module", params=BACKENDS)
def cluster(
    request: pytest.FixtureRequest, session_children: Children, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ClusterServers]:
    """Three masters with a replica each, which may take over however long it was frozen."""
    needs(request.param)
    folder, backend = tmp_path_factory.mktemp("cluster"), request.param
    servers = ClusterServers(session_children, folder, backend=backend, replicas=1, cluster_replica_validity_factor="0")
    with servers:
        yield servers


@pytest.fixture
def elsewhere(cluster: ClusterServers) -> Keys:
    """A partition on another master than partition 0."""
    own = cluster.owner(OWN.events)
    return next(keys for keys in OTHERS if cluster.owner(keys.events) is not own)


@pytest.fixture
def master(cluster: ClusterServers, elsewhere: Keys) -> Iterator[ServerProcess]:
    """Its master; in the end all is as in the beginning."""
    yield cluster.owner(elsewhere.events)
    for node in cluster.nodes:
        if not node.is_running:
            node.start()
    cluster.wait_until_ok()


@pytest.fixture
def replica(cluster: ClusterServers, master: ServerProcess) -> Iterator[ServerProcess]:
    """The replica of that master; it is thawed in the end."""
    (found,) = eventually(lambda: cluster.replicas_of(master))
    cluster.wait_until_ok()
    yield found
    if found.is_running:
        found.thaw()


def place_of(cluster: ClusterServers) -> Place:
    """Return the cluster as its clients know it: by a node that no test kills."""
    return Cluster(cluster.owner(OWN.events).url)


def waits(*masters: ServerProcess) -> int:
    """Return how often these servers were told to WAIT."""
    count = 0
    for each in masters:
        with each.client() as client:
            commands: Any = client.info("commandstats")
            count += commands.get("cmdstat_wait", {"calls": 0})["calls"]
    return count


async def refused(work: Work, connection: Connection, *event: Any) -> None:
    """Assert that an event cannot be worked off now."""
    with pytest.raises(UnconfirmedError, match="NOREPLICAS") as caught:
        await work(connection, *event)
    assert is_passing(caught.value)


def test_a_master_that_dies_takes_no_push_along(
    cluster: ClusterServers, elsewhere: Keys, master: ServerProcess, replica: ServerProcess
) -> None:
    """A hand-off that no replica has is not acknowledged; when the master is dead it is there once, with its badge."""
    user, msg_id, health = user_in(elsewhere), fresh("m"), Health(60)

    async def test(connection: Connection) -> None:
        entry_id = await added(connection)
        await asyncio.to_thread(cluster.cut_off, replica, f"{elsewhere.tag}:junk")
        insist = health.patience("ingest").insist
        insisting = asyncio.create_task(insist(lambda: KINDS["message"](connection, entry_id, user, msg_id)))
        await asyncio.to_thread(eventually, lambda: insisting.done() or "Unconfirmed" in health.board.trouble)
        assert not await is_acknowledged(connection, entry_id)
        await asyncio.to_thread(master.kill)
        replica.thaw()
        await asyncio.to_thread(eventually, lambda: replica in cluster.masters())
        await insisting
        assert await is_acknowledged(connection, entry_id)
        assert await insist(lambda: connection.writer.xlen(elsewhere.outbox(APPKEY, APNS))) == 1
        assert await insist(lambda: connection.writer.hget(elsewhere.user(APPKEY, user), "b")) == b"1"

    run(place_of(cluster), test)


@pytest.mark.parametrize("kind", KINDS)
def test_a_repeat_is_not_taken_for_safe(
    cluster: ClusterServers, elsewhere: Keys, master: ServerProcess, replica: ServerProcess, kind: str
) -> None:
    """While the replica lags nothing is acknowledged, not even by a worker whose repeat has nothing left to write."""
    event, work, place = (user_in(elsewhere), fresh("m")), KINDS[kind], place_of(cluster)

    async def test(connection: Connection) -> None:
        entry_id = await added(connection)
        replica.freeze()
        await refused(work, connection, entry_id, *event)
        async with aclosing(connect(place)) as another:
            await refused(work, another, entry_id, *event)
            assert not await is_acknowledged(connection, entry_id)
            replica.thaw()
            await asyncio.to_thread(eventually, lambda: is_in_step(master))
            await work(another, entry_id, *event)
        assert await is_acknowledged(connection, entry_id)

    run(place, test)


def test_what_its_own_master_acknowledges_waits_for_nobody(cluster: ClusterServers) -> None:
    """An event and its effect in one partition are lost or kept together: a replica that hangs does not matter."""
    own = cluster.owner(OWN.events)
    (replica,) = cluster.replicas_of(own)

    async def test(connection: Connection) -> None:
        before = waits(own)
        replica.freeze()
        for work in KINDS.values():
            entry_id = await added(connection)
            await work(connection, entry_id, user_in(OWN), fresh("m"))
            assert await is_acknowledged(connection, entry_id)
        assert waits(own) == before

    try:
        run(place_of(cluster), test)
    finally:
        replica.thaw()


def test_a_replica_that_is_gone_is_not_waited_for(
    cluster: ClusterServers, elsewhere: Keys, master: ServerProcess, replica: ServerProcess
) -> None:
    """When the only replica dies one write waits and finds it out; when it is back it counts again."""

    async def test(connection: Connection) -> None:
        async def push() -> None:
            await KINDS["message"](connection, await added(connection), user_in(elsewhere), fresh("m"))

        await asyncio.to_thread(eventually, lambda: is_in_step(master))
        await push()
        before = waits(master)
        assert before > 0
        replica.kill()
        await asyncio.to_thread(eventually, lambda: not connected_replicas(master))
        for _ in range(5):
            await push()
        assert waits(master) == before + 1
        await asyncio.to_thread(replica.start)
        await asyncio.to_thread(cluster.wait_until_ok)
        await asyncio.to_thread(eventually, lambda: is_in_step(master))
        await push()
        assert waits(master) == before + 2

    run(place_of(cluster), test)


def connected_replicas(master: ServerProcess) -> list[Any]:
    """Return the replicas that a master finds in step."""
    with master.client() as client:
        replication: Any = client.info("replication")
    return [each for each in replication.values() if isinstance(each, dict) and each.get("state") == "online"]


def is_in_step(master: ServerProcess) -> bool:
    """Return whether a replica has said that it has all that its master wrote: it is awake, and will say so again."""
    with master.client() as client:
        replication: Any = client.info("replication")
    replicas = [each for each in replication.values() if isinstance(each, dict) and each.get("state") == "online"]
    return any(each["offset"] >= replication["master_repl_offset"] for each in replicas)


def test_a_slot_is_followed_and_a_script_is_loaded(cluster: ClusterServers, elsewhere: Keys) -> None:
    """A confirmed write finds a partition where it has moved to, and a server that has forgotten the script."""
    source, target = cluster.owner(elsewhere.events), cluster.owner(OWN.events)

    async def test(connection: Connection) -> None:
        async def push() -> None:
            entry_id = await added(connection)
            await KINDS["message"](connection, entry_id, user_in(elsewhere), fresh("m"))
            assert await is_acknowledged(connection, entry_id)

        for way in (target, source):
            await push()
            await asyncio.to_thread(list, cluster.move_slot_to(elsewhere.events, way))
            for node in cluster.masters():
                with node.client() as client:
                    client.script_flush()
            await push()

    run(place_of(cluster), test)


@pytest.fixture(scope="module")
def without_replicas(session_children: Children, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterServers]:
    """Three masters without replicas."""
    with ClusterServers(session_children, tmp_path_factory.mktemp("masters")) as servers:
        yield servers


def test_a_cluster_without_replicas_never_waits(without_replicas: ClusterServers) -> None:
    """Where no master has a replica events with receivers everywhere are worked off without a single WAIT."""
    run(place_of(without_replicas), work_off_everything)
    assert waits(*without_replicas.masters()) == 0


async def work_off_everything(connection: Connection) -> None:
    """Work off each kind of event for receivers in every partition."""
    for work in KINDS.values():
        for keys in PARTITIONS.all:
            entry_id = await added(connection)
            await work(connection, entry_id, user_in(keys), fresh("m"))
            assert await is_acknowledged(connection, entry_id)


@pytest.mark.parametrize("make", [one_server, under_sentinel])
def test_one_master_costs_nothing(make: Any, session_children: Children, tmp_path: Path) -> None:
    """Where all partitions are one master's nothing waits, nothing is asked and no mark is written."""
    topology = make(session_children, tmp_path, "valkey")
    try:
        run(topology.place, work_off_everything)
        (master,) = topology.masters()
        assert waits(master) == 0
        with master.client() as client:
            assert client.exists(*(keys.confirm for keys in PARTITIONS.all)) == 0
    finally:
        topology.stop()

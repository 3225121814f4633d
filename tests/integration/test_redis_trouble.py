"""Redis goes away, forgets or refuses: the worker waits, repairs what it can, and goes on by itself."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis

from tests.integration.configuration import channels_of, write_configuration
from tests.integration.deployment import Deployment, fresh, now_ms
from tests.integration.eventually import eventually
from tests.integration.restartable_server import BACKENDS, RestartableServer
from tests.integration.vendors import Vendors
from tests.integration.worker_process import WorkerProcess
from tests.ports import own_port
from worker.processes import Children

PUSHES = 300


@pytest.fixture(scope="module", params=BACKENDS)
def server(
    request: pytest.FixtureRequest, session_children: Children, tmp_path_factory: pytest.TempPathFactory
) -> RestartableServer:
    """A server of this module's own: it is mistreated."""
    running = RestartableServer(session_children, request.param, tmp_path_factory.mktemp("redis"))
    running.start()
    return running


@pytest.fixture(scope="module")
def troubled(
    server: RestartableServer,
    vendors: Vendors,
    session_children: Children,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Deployment]:
    """A running worker on the mistreated server."""
    path = tmp_path_factory.mktemp("troubled") / "config.toml"
    write_configuration(path, server.url, channels_of(vendors), lease_s=2, retry_attempts=3)
    with redis.Redis.from_url(server.url) as client:
        deployment = Deployment(client, vendors, WorkerProcess(session_children, path).started())
        yield deployment
        assert deployment.worker.stop() == 0
        server.stop()


def flow(deployment: Deployment) -> list[str]:
    """Add messages to receivers of their own; return the receivers' tokens."""
    users = [fresh("u") for _ in range(PUSHES)]
    tokens = [deployment.bind(user, "fcm") for user in users]
    for user in users:
        deployment.say(user)
    return tokens


def assert_all_arrive(deployment: Deployment, tokens: list[str]) -> None:
    """Assert that every token gets its push and nothing is left over or buried."""
    eventually(deployment.backlog, lambda left: left == 0, 60)
    assert {entry["token"] for entry in deployment.vendors.pushes_to(*tokens)} == set(tokens)
    assert deployment.dead() == []


def kill_connections(client: redis.Redis) -> None:
    """Cut every other client off."""
    client.client_kill_filter(_type="normal", skipme=True)


def destroy_groups(client: redis.Redis) -> None:
    """Forget who read what."""
    for key in client.scan_iter(match="push:*", _type="stream"):
        for group in client.xinfo_groups(key):
            client.xgroup_destroy(key, group["name"])


def remove_streams(client: redis.Redis) -> None:
    """Remove every stream that is empty and with it its group, as a stale failover does."""
    remove = client.register_script("if redis.call('XLEN', KEYS[1]) == 0 then redis.call('DEL', KEYS[1]) end")
    for key in client.scan_iter(match="push:*:out:*", _type="stream"):
        remove([key])


#: What is done to Redis between two floods of messages.
TROUBLES: dict[str, Callable[[redis.Redis], Any]] = {
    "connections are killed": kill_connections,
    "scripts are flushed": lambda client: client.script_flush(),
    "groups are destroyed": destroy_groups,
    "streams are removed": remove_streams,
}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=list(TROUBLES))
def test_pushes_go_on_after(troubled: Deployment, trouble: Callable[[redis.Redis], Any]) -> None:
    """Trouble in the middle of the flow loses nothing and buries nothing."""
    before = flow(troubled)
    trouble(troubled.client)
    after = flow(troubled)
    assert_all_arrive(troubled, before + after)


def test_a_restart_is_waited_out_in_few_lines(troubled: Deployment, server: RestartableServer) -> None:
    """Redis restarts with its append-only file: nothing is lost, and the whole process says a few lines about it."""
    eventually(lambda: is_over(troubled.worker))
    seen, back = len(troubled.worker.lines()), len(troubled.worker.lines("redis is back"))
    tokens = flow(troubled)
    stop_until_said(troubled, server)
    server.start()
    assert_all_arrive(troubled, tokens)
    eventually(lambda: len(troubled.worker.lines("redis is back")), lambda lines: lines > back)
    ours = [line for line in troubled.worker.lines()[seen:] if line["logger"].startswith("worker.")]
    begun = [line["error"] for line in ours if line["event"] == "redis trouble, waiting"]
    # Each kind once: cut off or refused, perhaps loading. Five parts waited: ingest, three lanes, the retry schedule.
    assert len(begun) == len(set(begun)) <= 3
    assert [line["event"] for line in ours if line["event"] != "redis trouble, waiting"] == ["redis is back"]
    (*_, end) = ours
    assert any(who.startswith(("ingest", "lane")) for who in end["who"])
    celery = [line for line in troubled.worker.lines()[seen:] if "Cannot connect" in line["event"]]
    assert len(celery) <= 1


def is_over(worker: WorkerProcess) -> bool:
    """Return whether the worker has said of its latest trouble that it is over."""
    said = [line["event"] for line in worker.lines() if line["event"] in {"redis trouble, waiting", "redis is back"}]
    return said[-1:] != ["redis trouble, waiting"]


def stop_until_said(troubled: Deployment, server: RestartableServer) -> None:
    """Stop the server and wait until one more line says that there is trouble; after others it takes ten seconds."""
    said = len(troubled.worker.lines("redis trouble, waiting"))
    server.stop()
    eventually(lambda: len(troubled.worker.lines("redis trouble, waiting")), lambda lines: lines > said, 30)


def test_a_restart_without_its_file_is_survived(troubled: Deployment, server: RestartableServer) -> None:
    """Redis comes back empty after an outage longer than the lease: groups are made again, new messages are pushed."""
    stop_until_said(troubled, server)
    server.forget()
    server.start()
    assert_all_arrive(troubled, flow(troubled))


def test_a_database_that_forgot_everything_is_used_again(troubled: Deployment) -> None:
    """FLUSHALL (a restart without persistence) takes what was there; what comes later is pushed."""
    troubled.client.flushall()
    assert_all_arrive(troubled, flow(troubled))


def test_a_full_database_is_waited_out(troubled: Deployment) -> None:
    """Out of memory is no fault of the event: it waits until there is room and is pushed then."""
    user = fresh("u")
    token = troubled.bind(user)
    troubled.client.config_set("maxmemory", 1)
    try:
        with pytest.raises(redis.exceptions.OutOfMemoryError):
            troubled.client.xadd(troubled.keys.events, {"message": "{}"})
        # Let one event in, and none of what it leads to.
        pipe = troubled.client.pipeline(transaction=False)
        pipe.config_set("maxmemory", 0)
        pipe.xadd(troubled.keys.events, {"message": message_to(user)})
        pipe.config_set("maxmemory", 1)
        pipe.execute()
        eventually(lambda: waiting_for(troubled.worker, "memory"))
    finally:
        troubled.client.config_set("maxmemory", 0)
    assert_all_arrive(troubled, [token])


def waiting_for(worker: WorkerProcess, word: str) -> bool:
    """Return whether the worker said that it waits because of this."""
    return any(word in line["detail"] for line in worker.lines("redis trouble, waiting"))


def message_to(user: str) -> str:
    """Return a message event as JSON."""
    body = '{"bodies":[{"type":"txt","msg":"Hello"}]}'
    return (
        f'{{"appkey":"org#app","msg_id":"{fresh("m")}","timestamp":{now_ms()},"chat_type":"chat","from":"alice",'
        f'"to":"{user}","payload":{body}}}'
    )


def test_a_replica_is_waited_out(troubled: Deployment) -> None:
    """A server that became a read-only replica (a failover) is waited for; the events are pushed afterwards."""
    tokens = flow(troubled)
    # Of a master that is not there: it stays a read-only replica with its data.
    troubled.client.replicaof("127.0.0.1", str(own_port()))
    try:
        eventually(lambda: waiting_for(troubled.worker, "read only replica"))
        # Its broker is the same server, and Celery's consumer would give it up.
        eventually(lambda: troubled.worker.lines("broker refuses, waiting"))
    finally:
        troubled.client.replicaof("NO", "ONE")
    assert_all_arrive(troubled, tokens)

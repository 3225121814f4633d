"""Scripts of many callers that are sent together: each gets an answer of its own, whatever becomes of the others."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.asyncio import Redis
from redis.exceptions import NoScriptError, ResponseError

from tests.chaos.cluster_servers import ClusterServers
from tests.integration.places import BACKENDS, needs, run
from tests.integration.restartable_server import RestartableServer, running_server
from worker.embedded import EmbeddedServer
from worker.processes import Children
from worker.store.connection import Connection
from worker.store.gathering import gathering
from worker.store.keys import Keys
from worker.store.place import Cluster
from worker.store.trouble import is_passing

#: Adds to a number, and returns it.
ADD = "return redis.call('INCRBY', KEYS[1], ARGV[1])"
KEY, OTHER = "push:{p0}:number", "push:{p0}:other"
MANY = 50
Add = Callable[..., Awaitable[Any]]


def script_of(client: Redis) -> Add:
    """Return what adds to the number of a key."""
    script = client.register_script(ADD)
    return lambda key=KEY, number=1: script(keys=[key], args=[number])


def on(server: EmbeddedServer, test: Callable[[Redis, Add], Awaitable[None]]) -> None:
    """Run a test on a client that gathers."""

    async def through(connection: Connection) -> None:
        client = gathering(connection.writer)
        await test(client, script_of(client))

    run(server.url, through)


def test_they_are_sent_together(redis_server: EmbeddedServer, database: redis.Redis) -> None:
    """So many callers at once take one connection, and each is answered what its own call has led to."""

    async def test(_: Redis, add: Add) -> None:
        await add()
        before = connections(database)
        assert await asyncio.gather(*(add() for _ in range(MANY))) == list(range(2, MANY + 2))
        assert connections(database) == before

    on(redis_server, test)


def connections(database: redis.Redis) -> Any:
    """Return how many connections the server has ever taken."""
    return database.info("stats")["total_connections_received"]


def test_an_error_is_its_caller_s_alone(redis_server: EmbeddedServer, database: redis.Redis) -> None:
    """What Redis refuses one caller, and what cannot even be sent, leaves the others their answers."""
    database.lpush(OTHER, "x")

    async def test(_: Redis, add: Add) -> None:
        await add()  # a script that has to be loaded first is called again by each caller, in whichever order
        calls = [add(), add(OTHER), add(KEY, object()), add(KEY, "x"), add()]
        first, wrong_type, unsendable, refused, last = await asyncio.gather(*calls, return_exceptions=True)
        assert (first, last) == (2, 3)
        assert isinstance(wrong_type, ResponseError)
        assert "WRONGTYPE" in str(wrong_type)
        assert isinstance(unsendable, TypeError)
        assert isinstance(refused, ResponseError)

    on(redis_server, test)


def test_who_goes_away_takes_nobody_along(redis_server: EmbeddedServer, database: redis.Redis) -> None:
    """A caller whose client hangs up before the answer is not waited for, and the others are answered."""
    assert database.dbsize() == 0

    async def test(_: Redis, add: Add) -> None:
        await add()  # as above
        calls = [asyncio.ensure_future(add()) for _ in range(5)]
        await asyncio.sleep(0)
        calls[0].cancel()
        answers = await asyncio.gather(*calls, return_exceptions=True)
        assert isinstance(answers[0], asyncio.CancelledError)
        assert [await add() - answer for answer in answers[1:]] == [4, 4, 4, 4]

    on(redis_server, test)


def test_a_script_that_is_forgotten_is_loaded_again(redis_server: EmbeddedServer, database: redis.Redis) -> None:
    """For all who call it at that moment, and each call is executed once."""

    async def test(_: Redis, add: Add) -> None:
        await add()
        database.script_flush()
        assert sorted(await asyncio.gather(*(add() for _ in range(MANY)))) == list(range(2, MANY + 2))

    on(redis_server, test)


def test_other_commands_are_sent_as_ever(redis_server: EmbeddedServer, database: redis.Redis) -> None:
    """Hashes come back as redis-py gives them, pipelines and transactions work."""
    database.hset(KEY, "a", "1")

    async def test(client: Redis, _: Add) -> None:
        assert await client.hgetall(KEY) == {b"a": b"1"}
        async with client.pipeline(transaction=True) as pipe:
            pipe.hlen(KEY)
            pipe.ping()
            assert await pipe.execute() == [1, True]
        with pytest.raises(NoScriptError):
            await client.evalsha("0" * 40, 0)

    on(redis_server, test)


@pytest.fixture(params=BACKENDS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RestartableServer]:
    """A server of the test's own, which it may kill."""
    needs(request.param)
    with Children() as children, running_server(children, tmp_path / "redis", request.param) as running:
        yield running


def test_a_server_that_dies(server: RestartableServer) -> None:
    """Everybody is told something that passes; when it is back the same client goes on."""

    async def test(connection: Connection) -> None:
        add = script_of(gathering(connection.writer))
        await add()
        await asyncio.to_thread(server.kill)
        answers = await asyncio.gather(*(add() for _ in range(MANY)), return_exceptions=True)
        assert all(isinstance(answer, Exception) and is_passing(answer) for answer in answers)
        await asyncio.to_thread(server.start)
        assert await asyncio.gather(*(add() for _ in range(MANY)))

    run(server.url, test)


def test_a_server_that_hangs(server: RestartableServer) -> None:
    """Nobody waits longer than a single call would, and late answers are not taken for those of later calls."""

    async def test(connection: Connection) -> None:
        client = gathering(connection.source.client(2.0))
        add = script_of(client)
        await add()
        with server.client() as direct:
            pid = direct.info("server")["process_id"]
        os.kill(pid, signal.SIGSTOP)
        try:
            answers = await asyncio.gather(*(add() for _ in range(MANY)), return_exceptions=True)
        finally:
            os.kill(pid, signal.SIGCONT)
        assert all(isinstance(answer, Exception) and is_passing(answer) for answer in answers)
        assert await asyncio.gather(*(add(OTHER, 2) for _ in range(3))) == [2, 4, 6]
        await client.aclose()

    run(server.url, test)


@pytest.fixture(params=BACKENDS)
def cluster(request: pytest.FixtureRequest, session_children: Children, tmp_path: Path) -> Iterator[ClusterServers]:
    """Three masters without replicas."""
    needs(request.param)
    with ClusterServers(session_children, tmp_path, backend=request.param) as servers:
        yield servers


def test_in_a_cluster(cluster: ClusterServers) -> None:
    """Each partition's scripts go together to its master, also when that has forgotten them or is another one now."""
    keys = [f"{Keys(number).tag}:number" for number in range(8)]
    source = cluster.owner(keys[0])
    target = next(node for node in cluster.nodes if node is not source)

    async def test(connection: Connection) -> None:
        add = script_of(gathering(connection.writer))

        async def add_everywhere() -> list[int]:
            return await asyncio.gather(*(add(key) for key in keys for _ in range(3)))

        assert sorted(await add_everywhere()) == sorted([1, 2, 3] * len(keys))
        for node in cluster.masters():
            with node.client() as client:
                client.script_flush()
        assert sorted(await add_everywhere()) == sorted([4, 5, 6] * len(keys))
        await asyncio.to_thread(list, cluster.move_slot_to(keys[0], target))
        assert sorted(await add_everywhere()) == sorted([7, 8, 9] * len(keys))

    run(Cluster(cluster.nodes[0].url), test)
    assert cluster.owner(keys[0]) is target

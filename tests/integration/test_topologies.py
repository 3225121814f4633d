"""One server, Sentinel, a Cluster: the same commands work, and no kill makes a client do anything twice or for ever."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from tests.integration.attempts import ADD, Attempts
from tests.integration.places import BLOCK_MS, run
from tests.integration.topologies import PARTITIONS, Topology
from worker.store.connection import Connection
from worker.store.keys import Keys
from worker.store.trouble import is_passing

LOGS = [f"{Keys(number).tag}:log" for number in range(PARTITIONS)]
LAST = -1


@pytest.fixture(autouse=True)
def empty(request: pytest.FixtureRequest) -> None:
    """Empty the servers."""
    if "topology" in request.fixturenames:
        for master in request.getfixturevalue("topology").masters():
            with master.client() as client:
                client.flushall()


def test_every_partition_is_reached(topology: Topology) -> None:
    """Scripts, pipelines, transactions and scans of one client work wherever the keys are."""

    async def test(connection: Connection) -> None:
        script = connection.writer.register_script(ADD)
        for log in LOGS:
            await script(keys=[log], args=[1])
        async with connection.writer.pipeline(transaction=False) as pipe:
            for log in reversed(LOGS):
                pipe.xadd(log, {"n": 2}, id="9999999999999-1")
                pipe.xlen(log)
            assert await pipe.execute() == [b"9999999999999-1", 2] * PARTITIONS
        async with connection.writer.pipeline(transaction=True) as pipe:
            pipe.xlen(LOGS[3])
            pipe.exists(LOGS[3])
            assert await pipe.execute() == [2, 1]
        found = [key.decode() async for key in connection.writer.scan_iter(match="push:{p*}:log")]
        assert sorted(found) == sorted(LOGS)
        assert await connection.writer.ping()

    run(topology.place, test)


def test_answers_are_read_as_wanted(topology: Topology) -> None:
    """A response callback of the client holds for the keys of every partition, seen before or not."""

    async def test(connection: Connection) -> None:
        await connection.reader.xlen(LOGS[0])
        in_words: Any = "{} entries".format
        connection.reader.set_response_callback("XLEN", in_words)
        answers: list[Any] = [await connection.reader.xlen(log) for log in LOGS]
        assert answers == ["0 entries"] * PARTITIONS

    run(topology.place, test)


def test_a_forgotten_script_is_loaded_again(topology: Topology) -> None:
    """A server that does not know a script (NOSCRIPT) gets it, and runs it once."""

    async def test(connection: Connection) -> None:
        script = connection.writer.register_script(ADD)
        for _ in range(2):
            for master in topology.masters():
                with master.client() as client:
                    client.script_flush()
            for log in LOGS:
                await script(keys=[log], args=[1])
        assert [await connection.writer.xlen(log) for log in LOGS] == [2] * PARTITIONS

    run(topology.place, test)


def test_a_blocked_read_gets_what_comes(topology: Topology) -> None:
    """Reads of consumer groups block in several partitions at once, without errors, and get what is added."""

    async def test(connection: Connection) -> None:
        waited_in_vain = asyncio.Event()

        async def read(log: str) -> None:
            await connection.reader.xgroup_create(log, "g", id="0", mkstream=True)
            while not await connection.reader.xreadgroup("g", "c", {log: ">"}, block=BLOCK_MS):
                waited_in_vain.set()

        reads = [asyncio.create_task(read(log)) for log in LOGS]
        await waited_in_vain.wait()
        for log, task in zip(LOGS, reads, strict=True):
            await connection.writer.xadd(log, {"n": 1})
            await task

    run(topology.place, test)


def test_a_kill_is_outlived(topology: Topology) -> None:
    """``kill -9`` of the server raises passing errors only, repeats nothing, and loses nothing that was promised."""

    async def test(connection: Connection) -> None:
        attempts = Attempts(connection, LOGS[0], topology.replicas)
        while not len(attempts.safe) > 10:
            await attempts.once()
        await connection.writer.xgroup_create(LOGS[0], "g", id="$")
        reading = asyncio.create_task(read_until_last(connection))
        strike = asyncio.create_task(asyncio.to_thread(topology.strike))
        served = 0
        while not (strike.done() and served > 4):
            served = served + 1 if await attempts.once() else 0
            await asyncio.sleep(0.01)
        await strike
        await connection.writer.xadd(LOGS[0], {"n": LAST})
        errors = attempts.errors + await reading
        # A server that is back between two calls is not even noticed: its closed connection is replaced before use.
        assert [error for error in errors if not is_passing(error)] == []
        counts = Counter(await attempts.numbers())
        assert [number for number, count in counts.items() if count > 1] == []
        assert attempts.safe <= counts.keys()

    run(topology.place, test)


async def read_until_last(connection: Connection) -> list[Exception]:
    """Read partition 0 with blocking reads until the last entry comes; return the errors on the way."""
    errors: list[Exception] = []
    while True:
        try:
            answer: Any = await connection.reader.xreadgroup("g", "c", {LOGS[0]: ">"}, block=BLOCK_MS)
        except Exception as error:  # noqa: BLE001 - which errors there are is what the test asks
            errors.append(error)
            if "NOGROUP" in str(error):  # a replica that had not heard of the group took over
                await connection.reader.xgroup_create(LOGS[0], "g", id="0")
            await asyncio.sleep(0.01)
            continue
        entries = answer[LOGS[0].encode()] if answer else []
        if any(int(fields[b"n"]) == LAST for _, fields in entries):
            return errors

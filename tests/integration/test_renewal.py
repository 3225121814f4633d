"""Connections that are renewed while others use them."""

import asyncio
import time

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from worker.embedded import EmbeddedServer
from worker.store.connection import Connection, connect

CALLERS, SECONDS = 20, 2.0


async def calls_that_fail(connection: Connection) -> list[RedisError]:
    """Let many callers go on while connections are renewed all the time; return what they met."""
    end, faults = time.monotonic() + SECONDS, list[RedisError]()

    async def call(client: Redis) -> None:
        while time.monotonic() < end:
            try:
                await client.get("nothing")
            except RedisError as error:
                faults.append(error)
            await asyncio.sleep(0)

    async def renew() -> None:
        while time.monotonic() < end:
            await connection.renew()
            await asyncio.sleep(0.001)

    await asyncio.gather(*(call(client) for client in (connection.reader, connection.writer) * CALLERS), renew())
    await connection.aclose()
    return faults


@pytest.mark.usefixtures("database")
def test_no_call_loses_its_connection_to_a_renewal(redis_server: EmbeddedServer) -> None:
    """What is idle is closed before anybody can have taken it, what is in use once it is free."""

    async def act() -> list[RedisError]:
        return await calls_that_fail(connect(redis_server.url))

    assert asyncio.run(act()) == []

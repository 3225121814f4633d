"""Running a test on the clients of a place."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.chaos.server_process import is_installed
from worker.embedded import Backend
from worker.store.connection import Connection, connect
from worker.store.place import Place

BACKENDS: tuple[Backend, ...] = ("valkey", "redis")
BLOCK_MS = 1000
#: Of what may hold a failover or two.
_DEADLINE_S = 60

#: What a test does with the clients of a place.
Test = Callable[[Connection], Awaitable[None]]


def run(place: Place, test: Test) -> None:
    """Run a test on clients of a place, which are closed in the end."""

    async def through() -> None:
        connection = connect(place, BLOCK_MS)
        try:
            async with asyncio.timeout(_DEADLINE_S):
                await test(connection)
        finally:
            await connection.aclose()

    asyncio.run(through())


def needs(backend: Backend) -> None:
    """Skip the test when a server program is not here."""
    if not is_installed(backend):
        pytest.skip(f"no {backend} server is installed")

"""Lua scripts called as the worker calls them, and streams as workers leave them behind."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import redis
from redis.asyncio import Redis

from worker.store.connection import connect
from worker.store.scripts import Scripts
from worker.store.stream import GROUP, Stream

#: Runs what a coroutine function makes of the worker's client.
Run = Callable[[Callable[[Redis], Coroutine[Any, Any, Any]]], Any]
LEASE_MS = 60_000


def runner(url: str) -> Run:
    """Return what runs a coroutine on an event loop of its own."""

    def run(work: Callable[[Redis], Coroutine[Any, Any, Any]]) -> Any:
        async def with_client() -> Any:
            connection = connect(url)
            try:
                return await work(connection.writer)
            finally:
                await connection.aclose()

        return asyncio.run(with_client())

    return run


def stream_of(client: Redis, name: str, consumer: str = "me", lease_ms: int = LEASE_MS) -> Stream:
    """Return a stream as one worker sees it."""
    return Stream(client, Scripts(client), name, consumer, lease_ms)


def read_by(database: redis.Redis, name: str, consumer: str, *entries: dict[Any, Any]) -> list[bytes]:
    """Add entries to a stream and have them read by a consumer; return their ids."""
    if not database.exists(name):
        database.xgroup_create(name, GROUP, id="0", mkstream=True)
    pipe = database.pipeline(transaction=False)
    for fields in entries:
        pipe.xadd(name, fields)
    ids: list[bytes] = pipe.execute()
    database.xreadgroup(GROUP, consumer, {name: ">"}, count=len(ids))
    return ids


def abandon(database: redis.Redis, name: str, *ids: bytes, silent_ms: int = LEASE_MS + 1) -> None:
    """Let a lease run out without waiting for it: as if the consumer had been silent for so long."""
    for entry in pending(database, name):
        if entry["message_id"] in ids:
            database.xclaim(name, GROUP, entry["consumer"], 0, [entry["message_id"]], idle=silent_ms, justid=True)


def pending(database: redis.Redis, name: str) -> list[dict[str, Any]]:
    """Return what is read and not acknowledged: message_id, consumer, time_since_delivered, times_delivered."""
    found: Any = database.xpending_range(name, GROUP, "-", "+", 100_000)
    return list(found)

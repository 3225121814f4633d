"""Entries that name a field twice: a producer that puts several events into one entry loses none of them unseen."""

import asyncio
from typing import Any

import pytest
import redis

from tests.integration.deployment import Deployment, fresh
from tests.integration.eventually import eventually
from worker.embedded import EmbeddedServer
from worker.store.connection import connect
from worker.store.keys import Keys
from worker.store.scripts import Scripts
from worker.store.stream import Entry, Stream

EVENTS = Keys().events

#: Names and values of an entry, one after the other -> the fields that are read.
DOUBLED: dict[str, tuple[list[bytes], dict[bytes, bytes]]] = {
    "once each": ([b"message", b"1", b"trace", b"2"], {b"message": b"1", b"trace": b"2"}),
    "twice": ([b"message", b"1", b"message", b"2"], {b"1:message": b"1", b"2:message": b"2"}),
    "twice the same": ([b"message", b"1", b"message", b"1"], {b"1:message": b"1", b"2:message": b"1"}),
    "another one in between": (
        [b"message", b"1", b"1:message", b"2", b"message", b"3"],
        {b"1:message": b"1", b"2:1:message": b"2", b"3:message": b"3"},
    ),
}


def add(client: redis.Redis, *flat: Any) -> Any:
    """Add an entry; redis-py's own XADD takes a dictionary, which holds no name twice."""
    return client.execute_command("XADD", EVENTS, "*", *flat)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(("flat", "fields"), DOUBLED.values(), ids=list(DOUBLED))
def test_no_field_hides_another(
    redis_server: EmbeddedServer, database: redis.Redis, flat: list[bytes], fields: dict[bytes, bytes]
) -> None:
    """Every value is there, read anew or taken over from a dead worker."""

    async def read_and_reclaim() -> list[list[Entry]]:
        connection = connect(redis_server.url)
        try:
            first, second = (
                Stream(connection.reader, Scripts(connection.writer), EVENTS, consumer, 0) for consumer in ("a", "b")
            )
            await first.create_group()
            return [await first.read(10, 1), await second.reclaim(10)]
        finally:
            await connection.aclose()

    add(database, *flat)
    read, reclaimed = asyncio.run(read_and_reclaim())
    assert [entry.fields for entry in read] == [fields]
    assert [entry.fields for entry in reclaimed] == [fields]


def test_two_messages_in_one_entry_are_buried_whole(deployment: Deployment) -> None:
    """Neither is decided in the other's stead: both wait in the dead letters, and what comes behind them is pushed."""
    entry_id = add(deployment.client, "message", "first", "message", "second")
    user = fresh("bob")
    deployment.bind(user)
    deployment.settled(deployment.say(user), user)
    eventually(lambda: deployment.client.xlen(EVENTS), lambda left: left == 0)
    letters = [letter for letter in deployment.dead() if letter[b"id"] == entry_id]
    assert [(letter[b"field"], letter[b"value"]) for letter in letters] == [
        (b"1:message", b"first"),
        (b"2:message", b"second"),
    ]
    assert {letter[b"reason"] for letter in letters} == {
        b"expected exactly one field of message, presence, read; found 1:message, 2:message"
    }

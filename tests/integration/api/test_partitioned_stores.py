"""The API's stores where state is spread over partitions: each user's in their own."""

import json
from typing import Any

import redis
from redis.asyncio import Redis

from tests.integration.configuration import APPKEY
from tests.integration.script_calls import Run
from worker.codec import PresenceEvent
from worker.store.keys import Partitions
from worker.store.online import OnlineStore
from worker.store.producer import Producer
from worker.store.scripts import Scripts

PARTITIONS = Partitions(3)
NAMES = [f"user{number}" for number in range(20)]


def test_names_are_of_all_partitions() -> None:
    """Otherwise the tests below would show little."""
    assert {PARTITIONS.of(APPKEY, name) for name in NAMES} == set(PARTITIONS.all)


def test_connections_of_many_users(run: Run, database: redis.Redis) -> None:
    """They are found wherever they are, and come in the order in which they were asked for."""
    for name in NAMES[::2]:
        database.hset(PARTITIONS.of(APPKEY, name).user(APPKEY, name), "p", json.dumps([{"resource": name}]))

    async def work(client: Redis) -> Any:
        return await OnlineStore(Scripts(client), PARTITIONS).connections(APPKEY, NAMES, 0)

    found = [[each.resource for each in connections] for connections in run(work)]
    assert found == [[name] if place % 2 == 0 else [] for place, name in enumerate(NAMES)]


def test_events_go_to_their_users(run: Run, database: redis.Redis) -> None:
    """Each event is on the stream of its user's partition, in any writing of the id, in the order given."""
    events = [
        PresenceEvent(APPKEY, name.upper(), "web_1", state, 1) for name in NAMES for state in ("online", "offline")
    ]

    async def work(client: Redis) -> None:
        await Producer(Scripts(client), PARTITIONS).add(events)

    run(work)
    for keys in PARTITIONS.all:
        entries: Any = database.xrange(keys.events)
        added = [json.loads(fields[b"presence"]) for _, fields in entries]
        its = [event for event in events if PARTITIONS.of(APPKEY, event.user.lower()) == keys]
        assert [(each["user"], each["state"]) for each in added] == [(event.user, event.state) for event in its]

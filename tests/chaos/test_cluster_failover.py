"""Masters of a Cluster die under load, at the moment that costs most: when their replica has not heard the latest."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from tests.chaos import books as vendor_books
from tests.chaos.books import Account
from tests.chaos.cluster_servers import ClusterServers
from tests.chaos.cluster_traffic import Traffic
from tests.chaos.conftest import Books
from tests.chaos.fleet import Fleet, configure, running
from tests.chaos.load import Message, badges_of, name_of, token_of, vendors_of
from tests.figures import Figure
from tests.integration.cli.command import offline_push, write_lines
from tests.integration.configuration import APPKEY, NOTIFIERS
from tests.integration.eventually import eventually
from worker.embedded import Backend
from worker.processes import Children
from worker.store.connection import Connection, connect
from worker.store.keys import Keys, Partitions
from worker.store.place import Address, Cluster

SEED = 20261202
USERS = range(160)
PARTITIONS = Partitions(8)
#: Events that are promised before a blow, and while the replica hangs: what the master takes then dies with it.
CALM, STORM = 60, 40
DRAINED_S = 120
_POLL_S = 0.1


async def strike(servers: ClusterServers, keys: Keys, traffic: Traffic) -> None:
    """Kill the master of a partition while its replica hangs; the replica takes over, and the killed one follows it."""
    master = await asyncio.to_thread(servers.owner, keys.events)
    (replica,) = await asyncio.to_thread(servers.replicas_of, master)
    await asyncio.to_thread(servers.cut_off, replica, f"{keys.tag}:junk")
    await traffic.more(STORM)
    await asyncio.to_thread(master.kill)
    replica.thaw()
    await asyncio.to_thread(eventually, lambda: replica in servers.masters(), deadline_s=60)
    await asyncio.to_thread(master.start)
    await asyncio.to_thread(eventually, lambda: servers.replicas_of(replica), deadline_s=60)
    await asyncio.to_thread(servers.wait_until_ok, 60)


async def numbers_of(connection: Connection, command: str, keys: Sequence[Sequence[str]]) -> list[int]:
    """Return what one command says of each of these keys and fields."""
    async with connection.writer.pipeline(transaction=False) as pipe:
        for key in keys:
            pipe.execute_command(command, *key)
        return [int(number or 0) for number in await pipe.execute()]


async def left(connection: Connection) -> int:
    """Return how many events and pushes are not done.

    Events come first, since they become pushes of any partition, and the pushes of one are counted at one moment,
    since they come and go between its outboxes and schedules: nothing that moves is missed.
    """
    counts = await numbers_of(connection, "XLEN", [(keys.events,) for keys in PARTITIONS.all])
    for keys in PARTITIONS.all:
        async with connection.writer.pipeline(transaction=True) as pipe:
            for notifier in NOTIFIERS.values():
                pipe.xlen(keys.outbox(APPKEY, notifier))
                pipe.zcard(keys.retry(APPKEY, notifier))
            counts += await pipe.execute()
    return sum(counts)


async def drained(connection: Connection) -> int:
    """Wait until nothing is left; return what is left all the same when the time is over."""
    end = time.monotonic() + DRAINED_S
    while (rest := await left(connection)) and time.monotonic() < end:  # noqa: ASYNC110 - Redis tells nobody
        await asyncio.sleep(_POLL_S)
    return rest


def bind(folder: Path, config: Path) -> None:
    """Give the users their devices, each in its own partition."""
    records: list[dict[str, Any]] = [
        {
            "appkey": APPKEY,
            "user": name_of(user),
            "settings": {"style": 1},
            "devices": [
                {"device_id": f"{vendor}_1", "notifier": NOTIFIERS[vendor], "token": token_of(user, vendor)}
                for vendor in vendors_of(user)
            ],
        }
        for user in USERS
    ]
    done = offline_push("load", write_lines(folder / "state.jsonl", records), "--config", config)
    assert done.returncode == 0, done.stderr


@dataclass
class Outcome:
    """What is left when all is over."""

    promised: list[Message]
    stuck: int
    dead_letters: int
    wrong_badges: int


async def live_through(servers: ClusterServers, place: Cluster, kills: int) -> Outcome:
    """Let events flow while masters die; return what came of it once everything is worked off."""
    chance = Random(SEED)  # noqa: S311 - dice, not secrets
    async with aclosing(connect(place)) as connection:
        traffic = Traffic(connection, PARTITIONS, USERS, chance)
        async with traffic.flowing():
            for _ in range(kills):
                await traffic.more(CALM)
                await strike(servers, chance.choice(PARTITIONS.all), traffic)
            await traffic.more(CALM)
        stuck = await drained(connection)
        dead = sum(await numbers_of(connection, "XLEN", [(keys.dead,) for keys in PARTITIONS.all]))
        names = [name_of(user) for user in USERS]
        hashes = [(PARTITIONS.of(APPKEY, name).user(APPKEY, name), "b") for name in names]
        badges = dict(zip(USERS, await numbers_of(connection, "HGET", hashes), strict=True))
        expected = badges_of(traffic.promised)
        return Outcome(traffic.promised, stuck, dead, sum(badges[user] != expected[user] for user in USERS))


def test_no_promised_event_is_lost(
    backend: Backend, books: Books, session_children: Children, tmp_path: Path, figure: Figure, is_long: bool
) -> None:
    """Every event that a replica has is pushed to all its receivers, wherever they are, and counted once for each."""
    kills, begin = 6 if is_long else 2, time.monotonic()
    # A replica may take over however long it hung.
    servers = ClusterServers(
        session_children, tmp_path / "servers", backend=backend, replicas=1, cluster_replica_validity_factor="0"
    )
    place = Cluster(servers.nodes[0].url, tuple(map(Address.parse, servers.seeds)))
    redis = {"cluster": True, "nodes": servers.seeds}
    config = configure(
        tmp_path / "push.toml", place.url, books, broker_url="memory://", partitions=PARTITIONS.count, redis=redis
    )
    with servers:
        bind(tmp_path, config)
        with running(Fleet(session_children, config, 2)):
            outcome = asyncio.run(live_through(servers, place, kills))
    account = Account({push for each in outcome.promised for push in each.pushes()}, vendor_books.accepted(books))
    figure(
        f"{kills} masters of a {backend} cluster killed behind a replica that hangs: {len(outcome.promised)} events"
        f" promised, {len(account.expected)} pushes: {len(account.lost)} lost, {outcome.stuck} stuck,"
        f" {account.duplicates} duplicates, {outcome.wrong_badges} badges wrong; {time.monotonic() - begin:.0f} s"
    )
    assert (account.lost, account.strange, outcome.stuck) == (set(), set(), 0)
    assert (outcome.wrong_badges, outcome.dead_letters) == (0, 0)

"""kill -9 of Redis under workers that go on: no answered event is lost, none is pushed twice."""

import time
from pathlib import Path
from random import Random

from tests.chaos import bad_days
from tests.chaos import books as vendor_books
from tests.chaos.books import Account
from tests.chaos.conftest import Books, StartServer
from tests.chaos.fleet import LEASE_S, Fleet, configure, running
from tests.chaos.load import bind, chat, messages
from tests.chaos.pipeline import Pipeline
from tests.chaos.producer import Producer, at_once, per_second, producing
from tests.figures import Figure
from tests.integration.eventually import eventually
from tests.integration.restartable_server import RestartableServer
from worker.embedded import Backend
from worker.processes import Children

SEED = 20261125
USERS = range(400)
EVENTS_PER_S = 150


def kill_at_random(server: RestartableServer, producer: Producer, chance: Random, kills: int) -> None:
    """Kill and restart the server, each time after some more events were answered."""
    for _ in range(kills):
        mark = len(producer.answered) + chance.randrange(100, 600)
        eventually(producer.has_added(mark), deadline_s=60)
        server.kill()
        server.start()


def test_always_loses_nothing(
    backend: Backend,
    start_server: StartServer,
    books: Books,
    session_children: Children,
    tmp_path: Path,
    figure: Figure,
    is_long: bool,
) -> None:
    """Over all kills of a server that writes before it answers, every answered event becomes its pushes, once."""
    kills, chance, begin = 10 if is_long else 2, Random(SEED), time.monotonic()  # noqa: S311 - dice, not secrets
    with start_server(backend, appendfsync="always") as server, server.client() as client:
        pipeline, written = Pipeline(client), messages(chance, USERS, 100_000)
        bind(client, USERS)
        fleet = Fleet(session_children, configure(tmp_path / "push.toml", server.url, books), 2)
        with running(fleet):
            with producing(Producer(client, written, per_second(EVENTS_PER_S))) as producer:
                kill_at_random(server, producer, chance, kills)
            stuck = pipeline.drained(120)
        expected = {push for message in producer.answered for push in message.pushes()}
        account = Account(expected, vendor_books.accepted(books))
        figure(
            f"kill -9 of {backend}, appendfsync always: {kills} kills, {len(producer.answered)} events answered"
            f" ({producer.repeated} portions added again), {len(expected)} pushes: {len(account.lost)} lost,"
            f" {stuck} stuck, {account.duplicates} duplicates; {time.monotonic() - begin:.0f} s"
        )
        assert (account.lost, stuck, account.duplicates) == (set(), 0, 0)
        assert pipeline.dead_letters() == []


def test_an_outage_longer_than_the_lease_doubles_nothing(
    start_server: StartServer, books: Books, session_children: Children, tmp_path: Path, figure: Figure
) -> None:
    """What a living worker has sent and could not settle while Redis was away is not sent again by another."""
    with start_server(appendfsync="always") as server, server.client() as client:
        pipeline, sent_by_all = Pipeline(client), [chat(number, number % len(USERS)) for number in range(600)]
        bind(client, USERS)
        bad_days.slow(books)
        with running(Fleet(session_children, configure(tmp_path / "push.toml", server.url, books), 2)):
            with producing(Producer(client, sent_by_all, at_once)) as producer:
                producer.finish(60)
            eventually(pipeline.has_accepted(1), deadline_s=60)
            server.kill()
            time.sleep(LEASE_S + 2)  # the outage itself
            server.start()
            stuck = pipeline.drained(120)
        account = Account({push for message in sent_by_all for push in message.pushes()}, vendor_books.accepted(books))
        figure(
            f"redis away for {LEASE_S + 2} s, lease {LEASE_S} s: {len(account.expected)} pushes, {len(account.lost)}"
            f" lost, {stuck} stuck, {account.duplicates} duplicates"
        )
        assert (account.lost, stuck, account.duplicates) == (set(), 0, 0)

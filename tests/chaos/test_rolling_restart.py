"""Rolling restarts: workers come and go in turn under load, and nobody who waits for a push notices."""

import time
from pathlib import Path
from random import Random

import redis

from tests.chaos import bad_days
from tests.chaos import books as vendor_books
from tests.chaos.books import Account
from tests.chaos.conftest import Books
from tests.chaos.fleet import DRAIN_S, Fleet, configure, gone_after
from tests.chaos.load import bind, messages
from tests.chaos.pipeline import DRAINED_S, Pipeline
from tests.chaos.producer import Producer, per_second, producing
from tests.figures import Figure
from tests.integration.restartable_server import RestartableServer
from worker.processes import Children

SEED = 20261126
USERS = range(1000)
#: Two work, and a third takes over from the one that goes.
WORKERS = 3
#: Of which three times as many notifications come.
EVENTS_PER_S = 100


def replace_in_turn(fleet: Fleet, rounds: int) -> list[int]:
    """Start the one that does not run, then stop the one that has run longest; return the exit statuses."""
    statuses = []
    for number in range(rounds):
        newcomer, oldest = (fleet.members[(number + step) % WORKERS] for step in (2, 0))
        newcomer.start()
        newcomer.ready()
        oldest.ready()  # one that is told to stop before it has begun ends otherwise
        statuses.append(oldest.stop(DRAIN_S))
    return statuses


def test_nothing_is_lost_or_doubled_when_workers_are_replaced(
    client: redis.Redis,
    valkey: RestartableServer,
    books: Books,
    session_children: Children,
    tmp_path: Path,
    figure: Figure,
    is_long: bool,
) -> None:
    """Each worker that is told to stop exits with 0 and settles what it has; every push is sent once."""
    rounds, begin, pipeline = 30 if is_long else 3, time.monotonic(), Pipeline(client)
    bind(client, USERS)
    bad_days.begin(books, is_long=is_long)
    fleet = Fleet(session_children, configure(tmp_path / "push.toml", valkey.url, books), WORKERS)
    written = messages(Random(SEED), USERS, 1_000_000)  # noqa: S311 - dice, not secrets
    with gone_after(fleet):
        for member in fleet.members[:2]:
            member.start()
        with producing(Producer(client, written, per_second(EVENTS_PER_S))) as producer:
            statuses = replace_in_turn(fleet, rounds)
        stuck = pipeline.drained(DRAINED_S)
        statuses += fleet.stop()

    expected = {push for message in producer.answered for push in message.pushes()}
    account = Account(expected, vendor_books.accepted(books))
    figure(
        f"rolling restart: {rounds} workers replaced, {len(expected)} notifications: {len(account.lost)} lost, {stuck}"
        f" stuck, {account.duplicates} duplicates, exit statuses {sorted(set(statuses))};"
        f" {time.monotonic() - begin:.0f} s"
    )
    assert set(statuses) == {0}
    assert (account.lost, account.strange, stuck) == (set(), set(), 0)
    assert account.unexplained == {}
    assert pipeline.dead_letters() == []

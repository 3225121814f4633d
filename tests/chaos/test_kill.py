"""kill -9 of workers under load: nothing lost, nothing stuck, nothing twice that was not in flight."""

import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import redis

from tests.chaos import bad_days
from tests.chaos import books as vendor_books
from tests.chaos.books import Account
from tests.chaos.conftest import Books
from tests.chaos.fleet import Fleet, Member, configure, running
from tests.chaos.load import Push, badges_of, bind, messages, redelivered
from tests.chaos.pipeline import DRAINED_S, Pipeline
from tests.chaos.producer import Producer, below, producing
from tests.figures import Figure
from tests.integration.eventually import eventually
from tests.integration.restartable_server import RestartableServer
from worker.processes import Children

SEED, WORKERS = 20261124, 3
#: Events added twice, and how far apart at most.
REDELIVERED, APART = 0.03, 3000
#: So much waits at any time that every worker has its slots full.
BACKLOG = 3000
#: One blow in so many meets all workers at once.
ALL_AT_ONCE = 10


@dataclass
class Casualties:
    """What the kills cost."""

    kills: int = 0
    #: Kills of workers that had pushes in flight.
    busy: int = 0
    in_flight: Counter[Push] = field(default_factory=Counter)

    def add(self, pushes: list[Push]) -> None:
        """Note one kill."""
        self.kills += 1
        self.busy += bool(pushes)
        self.in_flight.update(pushes)


def strike(victims: list[Member], pipeline: Pipeline, casualties: Casualties) -> None:
    """Kill workers, all before any is looked at, note what they had in flight, and start them again."""
    for victim in victims:
        victim.kill()
    for victim in victims:
        casualties.add(list(pipeline.in_flight_of(victim.pid)))
        victim.start()


def massacre(fleet: Fleet, pipeline: Pipeline, chance: Random, kills: int, total: int) -> Casualties:
    """Kill dispatching workers at random moments, spread over the first nine tenths of the pushes."""
    casualties = Casualties()
    marks = sorted(chance.sample(range(total * 9 // 10), kills))
    for mark in marks:
        eventually(pipeline.has_accepted(mark), deadline_s=120)
        alive = eventually(fleet.dispatching, deadline_s=120)
        victims = alive if chance.randrange(ALL_AT_ONCE) == 0 else [chance.choice(alive)]
        strike(victims, pipeline, casualties)
        if casualties.kills >= kills:
            break
    return casualties


def test_killed_workers_lose_nothing(
    client: redis.Redis,
    valkey: RestartableServer,
    books: Books,
    session_children: Children,
    tmp_path: Path,
    figure: Figure,
    is_long: bool,
) -> None:
    """Over all kills every push arrives, repeats are pushes that were in flight, badges are exact."""
    total, kills, users = (200_000, 100, range(3000)) if is_long else (3_000, 6, range(300))
    chance, pipeline, begin = Random(SEED), Pipeline(client), time.monotonic()  # noqa: S311 - dice, not secrets
    written = messages(chance, users, total)
    expected = {push for message in written for push in message.pushes()}
    bind(client, users)
    bad_days.begin(books, is_long=is_long)
    fleet = Fleet(session_children, configure(tmp_path / "push.toml", valkey.url, books), WORKERS)
    stream = redelivered(chance, written, REDELIVERED, APART)
    with running(fleet):
        with producing(Producer(client, stream, below(pipeline.backlog, BACKLOG))) as producer:
            casualties = massacre(fleet, pipeline, chance, kills, len(expected))
            producer.finish(600)
        stuck, buried = pipeline.drained(DRAINED_S), pipeline.dead_letters()

    account = Account(expected, vendor_books.accepted(books), casualties.in_flight)
    wrong = {user: badge for user, badge in pipeline.badges(users).items() if badge != badges_of(written)[user]}
    figure(
        f"kill test: {casualties.kills} kills ({casualties.busy} of workers with pushes in flight), {len(expected)}"
        f" notifications, {len(stream) - len(written)} events added twice: {len(account.lost)} lost, {len(buried)} in"
        f" the dead letters, {stuck} stuck, {account.duplicates} duplicates of {casualties.in_flight.total()} allowed,"
        f" {len(wrong)} badges wrong;"
        f" {time.monotonic() - begin:.0f} s"
    )
    assert casualties.kills >= kills
    assert buried == []
    assert (account.lost, account.strange, stuck) == (set(), set(), 0)
    assert account.unexplained == {}
    assert account.shown_twice == set()
    assert wrong == {}

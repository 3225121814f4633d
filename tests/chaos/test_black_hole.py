"""One vendor answers nothing for a while: the other lanes must not notice, and its own backlog drains afterwards."""

import math
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import quantiles

import pytest
import redis

from tests.chaos import books as vendor_books
from tests.chaos.books import Account, Sent
from tests.chaos.conftest import Books
from tests.chaos.fleet import Fleet, configure, running
from tests.chaos.load import Message, Push, bind, vendor_of, vendors_of
from tests.chaos.pipeline import Pipeline
from tests.chaos.producer import Producer, per_second, producing
from tests.figures import Figure
from tests.integration.restartable_server import running_server
from worker.processes import Children

HOLE, OTHERS = "fcm", ("apns", "huawei")
SILENCE = {"when": {"path": "/v1/projects/*"}, "do": {"action": "black_hole"}}
#: Those with one device: each message is one push of one lane.
USERS = [user for user in range(4000) if len(vendors_of(user)) == 1]
#: Messages are not pushed when they are older than this (``max_age_s``, by default a day).
MAX_AGE_MS = 86_400_000
#: One in so many of the hole's messages reaches that age while nothing is answered.
ONE_IN = 20
#: Entries of a push may arrive as late after it has expired: it was on its way.
ON_ITS_WAY_MS = 1000
WORKERS, LIMIT = 2, 1.5


@dataclass(frozen=True)
class Scale:
    """How long each stretch of the run is, how fast events come, and how long old ones have to live, in seconds."""

    stretch_s: float
    events_per_s: float
    life_s: float
    send_deadline_s: float


SHORT = Scale(stretch_s=8, events_per_s=90, life_s=2, send_deadline_s=4)
#: At 1,000 events a second producer, Redis, workers and the three vendors together take two and a half cores; where
#: there are fewer they wait for each other, not for the vendor.
LONG = Scale(stretch_s=60, events_per_s=1000 if (os.cpu_count() or 1) > 2 else 500, life_s=20, send_deadline_s=15)


@dataclass(frozen=True)
class Outage:
    """What was added in the calm, what in the outage, and what came of it."""

    calm: dict[Message, int]
    dark: dict[Message, int]
    sent: list[Sent]
    #: When the vendor began to answer nothing, and when it answered again: ms since 1970.
    begin_ms: float
    end_ms: float
    stuck: int
    drained_s: float

    def latencies(self, added: dict[Message, int], vendor: str) -> list[float]:
        """Return the ms from XADD to the vendor, of each push of a lane in one stretch."""
        when = {push: at for message, at in added.items() for push in message.pushes() if vendor in lanes(message)}
        return [sent.at * 1000 - when[sent.push] for sent in self.sent if sent.push in when]

    def p99(self, added: dict[Message, int], vendor: str) -> float:
        """Return the 99th percentile of it."""
        return quantiles(self.latencies(added, vendor), n=100)[98]

    @property
    def doomed(self) -> dict[Push, float]:
        """Pushes that expired, and when: ms since 1970."""
        old = {message: at for message, at in self.dark.items() if message.age_ms}
        return {push: at + MAX_AGE_MS - message.age_ms for message, at in old.items() for push in message.pushes()}


def lanes(message: Message) -> tuple[str, ...]:
    """Return the vendors of a message's pushes."""
    return tuple(vendor for user in message.receivers for vendor in vendors_of(user))


def stretch(first: int, scale: Scale) -> list[Message]:
    """Return the messages of one stretch, each vendor's in turn, numbered from ``first``."""
    events = int(scale.stretch_s * scale.events_per_s)
    return [Message(f"msg{number:08}", (USERS[number % len(USERS)],)) for number in range(first, first + events)]


def with_old_ones(messages: list[Message], life_s: float) -> list[Message]:
    """Return the messages; some of the hole's that come in the first half are nearly too old."""
    hole = [message for message in messages[: len(messages) // 2] if lanes(message) == (HOLE,)]
    old, age_ms = set(hole[::ONE_IN]), MAX_AGE_MS - int(life_s * 1000)
    return [message._replace(age_ms=age_ms) if message in old else message for message in messages]


def add(client: redis.Redis, messages: list[Message], scale: Scale) -> dict[Message, int]:
    """Add messages at the run's rate; return when each was added."""
    with producing(Producer(client, messages, per_second(scale.events_per_s))) as producer:
        producer.finish(3 * scale.stretch_s + 30)
    return producer.answered


@pytest.fixture(scope="module")
def outage(
    simulators: Books, session_children: Children, tmp_path_factory: pytest.TempPathFactory, is_long: bool
) -> Iterator[Outage]:
    """A run of two stretches: nothing is wrong in the first, one vendor answers nothing in the second."""
    scale, directory = LONG if is_long else SHORT, tmp_path_factory.mktemp("outage")
    for vendors in simulators.values():
        vendors.reset()
    with running_server(session_children, directory / "redis") as server, server.client() as client:
        bind(client, USERS)
        path = configure(
            directory / "push.toml", server.url, simulators, lease_s=60, send_deadline_s=scale.send_deadline_s
        )
        with running(Fleet(session_children, path, WORKERS)):
            yield watched(client, simulators, scale)


def watched(client: redis.Redis, simulators: Books, scale: Scale) -> Outage:
    """Run it."""
    pipeline, events = Pipeline(client), int(scale.stretch_s * scale.events_per_s)
    add(client, stretch(0, scale)[: events // 4], scale)
    pipeline.drained(60)
    calm = add(client, stretch(events, scale), scale)
    simulators[HOLE].rules(HOLE, SILENCE)
    begin = time.time()
    dark = add(client, with_old_ones(stretch(2 * events, scale), scale.life_s), scale)
    end = time.time()
    simulators[HOLE].rules(HOLE)
    stuck = pipeline.drained(300)
    drained_s = time.time() - end
    return Outage(calm, dark, vendor_books.accepted(simulators), begin * 1000, end * 1000, stuck, drained_s)


def test_the_other_lanes_do_not_notice(outage: Outage, figure: Figure, is_long: bool) -> None:
    """While one vendor answers nothing, the others' pushes go out as before; in the long form their p99 is compared."""
    scale = LONG if is_long else SHORT
    for vendor in OTHERS:
        calm, dark = (outage.p99(added, vendor) for added in (outage.calm, outage.dark))
        figure(
            f"black hole, {scale.events_per_s:.0f} events/s for {scale.stretch_s:.0f} s: p99 of {vendor} from XADD to"
            f" the vendor {calm:.0f} ms without, {dark:.0f} ms with it: x {dark / calm:.2f}"
        )
        in_time = [sent for sent in outage.sent if outage.begin_ms < sent.at * 1000 < outage.end_ms]
        assert HOLE not in {vendor_of(sent.push.token) for sent in in_time}
        assert len(outage.latencies(outage.dark, vendor)) == len(outage.dark) // 3
        assert dark <= LIMIT * calm or not is_long


def test_the_backlog_drains(outage: Outage, figure: Figure) -> None:
    """When the vendor answers again everything that is still worth something is sent, and nothing is left over."""
    added = [*outage.calm, *outage.dark]
    account = Account({push for message in added for push in message.pushes()} - outage.doomed.keys(), outage.sent)
    figure(
        f"black hole: {len(account.lost)} lost, {outage.stuck} stuck, {account.duplicates} duplicates; the backlog was"
        f" drained {outage.drained_s:.0f} s after the vendor answered again"
    )
    assert (account.lost, outage.stuck) == (set(), 0)
    assert account.duplicates == 0


def test_nothing_expired_is_sent(outage: Outage, figure: Figure) -> None:
    """What became older than the app allows while it waited is not sent any more."""
    doomed = outage.doomed
    late = [sent for sent in outage.sent if sent.at * 1000 > doomed.get(sent.push, math.inf) + ON_ITS_WAY_MS]
    figure(f"black hole: {len(doomed)} pushes expired while it lasted, {len(late)} of them were sent all the same")
    assert doomed
    assert late == []

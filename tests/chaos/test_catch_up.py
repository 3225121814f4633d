"""A backlog of hours is worked off while other apps go on: each app's late messages in its own way."""

import re
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
import redis

from tests.chaos.flood import (
    CHANNELS,
    DROP,
    FOLD,
    KEYS,
    LIVE,
    NEWEST,
    Expected,
    Said,
    Shown,
    Size,
    backlog,
    badges_of,
    bind,
    configure,
    event_of,
    fill,
    many,
    now_ms,
    shown,
    token_of,
    waiting,
)
from tests.figures import Figure
from tests.integration.eventually import eventually
from tests.integration.vendors import Vendors, running_vendors
from tests.integration.worker_process import WorkerProcess
from worker.embedded import embedded_server
from worker.processes import Children

SEED, LIVE_USERS = 20261125, 50
SHORT, LONG = Size(12_000, 300, 300), Size(1_000_000, 10_000, 3_000)
#: After one message in so many its receiver looks in.
VISITS = 100
#: Seconds between two events of the app that goes on living.
LIVE_EVERY_S = 0.1
#: What a worker's memory may grow by over all of it, in kilobytes: batches, not the backlog.
MAY_GROW_KB = 100_000


class Living(threading.Thread):
    """An app whose users write to each other all the time."""

    def __init__(self, client: redis.Redis) -> None:
        """Start nothing yet."""
        super().__init__(name="living", daemon=True)
        self._client, self._ended = client, threading.Event()
        self.said: list[Said] = []

    def run(self) -> None:
        """Write until told to stop."""
        while not self._ended.wait(LIVE_EVERY_S):
            number = len(self.said)
            said = Said(LIVE, number, f"u{number % LIVE_USERS}", "dora", now_ms(), is_late=False)
            self._client.xadd(KEYS.events, {"message": event_of(said)})
            self.said.append(said)

    def end(self) -> None:
        """Write no more."""
        self._ended.set()
        self.join(30)


@dataclass
class Run:
    """One backlog, worked off."""

    events: int
    expected: Expected
    pushes: list[Shown]
    live: list[Said]
    badges: dict[tuple[str, str], int]
    drain_s: float
    #: Seconds since 1970 when nothing of the backlog was left.
    drained_at: float
    #: Resident memory of the worker at its start and at its highest, in kilobytes.
    memory_kb: tuple[int, int] = (0, 0)
    by_app: dict[str, list[Shown]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        """Sort the pushes by app."""
        for push in self.pushes:
            self.by_app[push.app].append(push)


def resident_kb(worker: WorkerProcess, name: str) -> int:
    """Return a worker's resident memory: ``VmRSS`` now, ``VmHWM`` at its highest."""
    status = Path(f"/proc/{worker._lives[-1].pid}/status").read_text()
    (size,) = re.findall(rf"{name}:\s+(\d+) kB", status)
    return int(size)


@contextmanager
def living(client: redis.Redis) -> Iterator[Living]:
    """Have the other app live for the length of the block."""
    thread = Living(client)
    thread.start()
    try:
        yield thread
    finally:
        thread.end()


@pytest.fixture(scope="module")
def run(session_children: Children, tmp_path_factory: pytest.TempPathFactory, is_long: bool) -> Iterator[Run]:
    """Twelve hours of messages that nobody has read, one worker, and an app that goes on."""
    folder, size = tmp_path_factory.mktemp("catch-up"), LONG if is_long else SHORT
    chance = Random(SEED)  # noqa: S311 - dice, not secrets
    with embedded_server(session_children) as server, running_vendors(session_children, folder / "sim") as vendors:
        worker = WorkerProcess(session_children, configure(folder / "push.toml", server.url, vendors))
        with redis.Redis.from_url(server.url) as client:
            for app, users in ((FOLD, size.users), (DROP, size.users), (NEWEST, size.newest), (LIVE, LIVE_USERS)):
                bind(client, app, users)
            expected = fill(client, backlog(chance, size, now_ms()), lambda _: chance.randrange(VISITS) == 0)
            yield worked_off(client, worker, vendors, expected, 1300 if is_long else 250)


def worked_off(
    client: redis.Redis, worker: WorkerProcess, vendors: Vendors, expected: Expected, deadline_s: float
) -> Run:
    """Start a worker, wait until the backlog is worked off, and return what came of it."""
    events = waiting(client)
    worker.started()
    begin, first_kb = time.monotonic(), resident_kb(worker, "VmRSS")
    with living(client) as thread:
        eventually(lambda: waiting(client), lambda left: left <= 1, deadline_s)
        drain_s, drained_at = time.monotonic() - begin, time.time()
    eventually(lambda: waiting(client), lambda left: left == 0)
    memory = (first_kb, resident_kb(worker, "VmHWM"))
    assert worker.stop() == 0
    pushes = [shown(entry) for entry in vendors.requests() if entry["outcome"] == "accepted"]
    return Run(events, expected, pushes, thread.said, badges_of(client, expected), drain_s, drained_at, memory)


def test_each_conversation_is_folded_into_one_push(run: Run) -> None:
    """Of a conversation each device gets one push, for the messages since the last visit, or the only one there is."""
    singles = {msg_id for _, msg_id in run.expected.singles}
    late = [push for push in run.by_app[FOLD] if push.msg_id not in singles]
    counts = {(push.token, push.title if many(push) else push.body.partition(":")[0]): many(push) or 1 for push in late}
    assert len(counts) == len(late), "a conversation was pushed twice"
    assert counts == dict(run.expected.folds)


def test_what_is_not_folded_comes_once_each(run: Run) -> None:
    """The newest-first app's messages and those that were not late are pushed one by one; what is dropped is not."""
    singles = Counter((push.token, push.msg_id) for push in run.pushes if push.app != LIVE and not many(push))
    ours = {key: times for key, times in singles.items() if key in run.expected.singles}
    assert ours == dict.fromkeys(run.expected.singles, 1)
    late_drops = {push.msg_id for push in run.by_app[DROP]} - {msg_id for _, msg_id in run.expected.singles}
    assert late_drops == set()


def test_the_newest_come_first(run: Run) -> None:
    """From the moment the newest message is known, the others follow in the order of their age."""
    numbers = [int(push.msg_id.removeprefix("newest")) for push in sorted(run.by_app[NEWEST], key=lambda push: push.at)]
    # What was in the outbox when the newest came goes first: as much as the channel takes in a second.
    behind = numbers[numbers.index(max(numbers)) :]
    assert len(behind) > len(numbers) // 2
    assert behind == sorted(behind, reverse=True)


def test_every_message_is_counted_once(run: Run) -> None:
    """The badge counts each message, pushed, folded or dropped, from the receiver's last visit on."""
    assert run.badges == dict(run.expected.badges)


def test_the_other_app_goes_on(run: Run, figure: Figure, is_long: bool) -> None:
    """Messages of another app are pushed while the backlog is worked on, each once."""
    begun = {token_of(LIVE, said.user) + said.msg_id: said.at_ms for said in run.live}
    waits = {push.token + push.msg_id: push.at - begun[push.token + push.msg_id] / 1000 for push in run.by_app[LIVE]}
    assert waits.keys() == begun.keys()
    assert len(run.by_app[LIVE]) == len(begun)
    meanwhile = [push for push in run.by_app[LIVE] if push.at < run.drained_at]
    assert len(meanwhile) > len(begun) // 2
    p50, p99, longest = percentiles(sorted(waits.values()))
    folds, (first_mb, highest_mb) = run.expected.folds, (size // 1024 for size in run.memory_kb)
    figure(
        f"catch-up: {run.events} events worked off in {run.drain_s:.0f} s, {folds.total()} of them folded into"
        f" {len(folds)} pushes; worker {first_mb} MB at its start, {highest_mb} MB at its highest;"
        f" {len(begun)} events of another app meanwhile: p50 {p50:.2f} s, p99 {p99:.2f} s, longest {longest:.2f} s"
    )
    if is_long:
        assert p50 < run.drain_s / 20


def percentiles(ordered: Sequence[float]) -> tuple[float, float, float]:
    """Return the middle, the 99th of a hundred, and the last."""
    return ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100], ordered[-1]


def test_the_memory_of_the_worker_is_bounded(run: Run) -> None:
    """A worker holds batches, however much waits."""
    first, highest = run.memory_kb
    assert highest - first < MAY_GROW_KB


def test_nothing_is_left_in_the_channels(run: Run) -> None:
    """Every push of the run went to the channel of its app."""
    assert {push.app for push in run.pushes} == set(CHANNELS)

"""kill -9 while a backlog is sorted, folded and sent: no message is lost, none is counted twice."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

import pytest
import redis

from tests.chaos.flood import (
    CHANNELS,
    FOLD,
    KEYS,
    Expected,
    Shown,
    Size,
    backlog,
    bind,
    configure,
    fill,
    many,
    now_ms,
    shown,
    waiting,
)
from tests.figures import Figure
from tests.integration.eventually import eventually
from tests.integration.vendors import Vendors, running_vendors
from tests.integration.worker_process import WorkerProcess
from worker.embedded import embedded_server
from worker.processes import Children

SEED = 20261126
SHORT, LONG = Size(8_000, 150, 150), Size(100_000, 2_000, 1_000)


@dataclass
class Aftermath:
    """What came of a backlog over all kills."""

    expected: Expected
    pushes: list[Shown]
    badges: dict[tuple[str, str], int]
    kills: int


def less_than(client: redis.Redis, mark: int) -> Callable[[], bool]:
    """Return a question for ``eventually``: is less than this left?"""
    return lambda: waiting(client) < mark


@pytest.fixture(scope="module")
def aftermath(session_children: Children, tmp_path_factory: pytest.TempPathFactory, is_long: bool) -> Aftermath:
    """A backlog that workers work off which are killed at random moments."""
    folder, size, kills = tmp_path_factory.mktemp("kills"), LONG if is_long else SHORT, 20 if is_long else 5
    with embedded_server(session_children) as server, running_vendors(session_children, folder / "sim") as vendors:
        worker = WorkerProcess(session_children, configure(folder / "push.toml", server.url, vendors))
        with redis.Redis.from_url(server.url) as client:
            return killed(client, worker, vendors, size, kills)


def killed(client: redis.Redis, worker: WorkerProcess, vendors: Vendors, size: Size, kills: int) -> Aftermath:
    """Kill workers over the whole of a backlog, let the last one end, and return what came of it."""
    chance = Random(SEED)  # noqa: S311 - dice, not secrets
    for app in CHANNELS:
        bind(client, app, max(size.users, size.newest))
    expected = fill(client, backlog(chance, size, now_ms()))
    begin = waiting(client)
    for mark in sorted(chance.sample(range(begin // 20, begin), kills), reverse=True):
        worker.start()
        eventually(less_than(client, mark), deadline_s=120)
        worker.kill()
    worker.started()
    eventually(less_than(client, 1), deadline_s=600)
    assert worker.stop() == 0
    assert client.xlen(KEYS.dead) == 0
    pushes = [shown(entry) for entry in vendors.requests() if entry["outcome"] == "accepted"]
    badges: dict[tuple[str, str], int] = {
        user: int(client.hget(KEYS.user(*user), "b") or 0) for user in expected.badges
    }
    return Aftermath(expected, pushes, badges, kills)


@pytest.mark.timeout(900)
def test_a_repeat_says_the_same(aftermath: Aftermath, figure: Figure) -> None:
    """A push that was in flight at a kill may come again, with the same text and the same badge."""
    said = defaultdict[tuple[str, str], set[tuple[str, str, int]]](set)
    for push in aftermath.pushes:
        said[push.token, push.msg_id].add((push.title, push.body, push.badge))
    assert [versions for versions in said.values() if len(versions) > 1] == []
    repeats = len(aftermath.pushes) - len(said)
    figure(f"catch-up: {aftermath.kills} kills, {len(said)} pushes, {repeats} of them in flight at a kill came again")


def test_the_folds_stand_for_all_their_messages(aftermath: Aftermath) -> None:
    """Together the pushes of a conversation count each of its messages once."""
    singles = {msg_id for _, msg_id in aftermath.expected.singles}
    late = {push for push in aftermath.pushes if push.app == FOLD and push.msg_id not in singles}
    counts = Counter[tuple[str, str]]()
    for push in {push._replace(at=0) for push in late}:
        counts[push.token, push.title if many(push) else push.body.partition(":")[0]] += many(push) or 1
    assert counts == aftermath.expected.folds


def test_the_others_all_come(aftermath: Aftermath) -> None:
    """What is pushed by itself arrives."""
    assert singles_of(aftermath.pushes) & aftermath.expected.singles == aftermath.expected.singles


def singles_of(pushes: Sequence[Shown]) -> set[tuple[str, str]]:
    """Return token and message of what was pushed by itself."""
    return {(push.token, push.msg_id) for push in pushes if not many(push)}


def test_badges_are_exact(aftermath: Aftermath) -> None:
    """Each message counts once, whatever became of its worker."""
    assert aftermath.badges == dict(aftermath.expected.badges)

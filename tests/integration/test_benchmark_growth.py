"""The points of all curves in small, and what Redis keeps: they must not rot between the runs that somebody reads."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.asyncio import Redis

from tests.benchmarks.growth.dimensions import DIMENSIONS
from tests.benchmarks.growth.population import Kind, populate, tokens_of
from tests.benchmarks.memory.__main__ import ROWS
from tests.benchmarks.memory.pushes import bytes_of_delivered, bytes_of_pending
from tests.benchmarks.memory.users import bytes_of_users
from tests.benchmarks.missing import Missing
from tests.benchmarks.rig import Configure, Rig, running_rig
from tests.benchmarks.turn import user_of
from tests.integration.configuration import APPKEY, NOTIFIERS
from tests.integration.script_calls import runner
from worker.embedded import EmbeddedServer
from worker.processes import Children
from worker.store.bindings import BindingStore
from worker.store.keys import Keys, Partitions
from worker.store.scripts import Scripts

_SIZES = {
    "users": [10, 30],
    "overrides": [0, 4],
    "group": [1, 10],
    "devices": [1, 3],
    "apps": [2],
    "backlog": [0, 300],
    "translations": [0, 3],
}
_ITEMS = 2_000


@pytest.fixture(scope="module")
def rig(session_children: Children, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """One rig for all points of one app."""
    try:
        with running_rig(session_children, tmp_path_factory.mktemp("growth") / "files") as made:
            yield made
    except Missing as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize("name", DIMENSIONS)
def test_each_push_of_a_point_arrives_once(name: str, rig: Rig, session_children: Children, tmp_path: Path) -> None:
    """Smallest and larger points take turns; each notification is at the vendor once, with or without a backlog."""

    def make_rig(configure: Configure) -> AbstractContextManager[Rig]:
        own = partial(running_rig, session_children, tmp_path / "rig", configure=configure)
        return own() if name == "apps" else nullcontext(rig)

    turn = 2 * 1_000 * list(DIMENSIONS).index(name)
    with DIMENSIONS[name].points(make_rig, _SIZES[name]) as points:
        samples = [point.sample(name, turn + 2 * number, 30) for number, point in enumerate(points)]
    assert all(sample.arrivals.is_exact for sample in samples), samples
    assert all(sample.notifications >= 30 for sample in samples)


def test_a_backlog_stays_behind_what_is_measured(rig: Rig) -> None:
    """Not one of the events that wait is in work while pushes are, and none is left when the turn is over."""
    with DIMENSIONS["backlog"].points(lambda _: nullcontext(rig), [300]) as (point,):
        gate = point._gate
        gate.close()
        gate.fill(300)
        assert gate.waiting() == 300
        gate.drop_rest(10)
        sample = point.sample("backlog", 50_000, 30)
        assert sample.notifications < 3_000
        assert gate.waiting() == 0


def test_a_copied_user_is_as_bound_by_the_product(database: redis.Redis, redis_server: EmbeddedServer) -> None:
    """What is copied by the thousand is, but for the time, what binding writes for the user: field by field."""
    populate(database, redis_server.url, range(7, 9), Kind(devices=2, settings={}))
    key = Keys().user(APPKEY, user_of("apns", 8))
    copied = _without_times(database.hgetall(key))
    database.delete(key)
    runner(redis_server.url)(_bind_two)
    assert copied == _without_times(database.hgetall(key))
    assert not database.exists(Keys().user(APPKEY, "model"))


def test_every_row_of_the_memory_table_is_measured(database: redis.Redis, redis_server: EmbeddedServer) -> None:
    """On both servers: a user keeps to the target, and the parts of a waiting push are the whole."""
    measures = (bytes_of_users, bytes_of_pending, bytes_of_delivered)
    found = {name: size for each in measures for name, size in each(database, redis_server.url, _ITEMS).items()}
    assert set(found) == set(ROWS)
    assert all(size > 0 for size in found.values()), found
    assert found["user"] <= 700
    assert found["pending"] == pytest.approx(sum(size for name, size in found.items() if name.startswith("pending:")))
    assert found["delivered"] < found["pending"]


async def _bind_two(client: Redis) -> None:
    store = BindingStore(Scripts(client), Partitions())
    for number, token in enumerate(tokens_of(8, 2), 1):
        await store.bind(APPKEY, user_of("apns", 8), f"apns_{number}", NOTIFIERS["apns"], token)


def _without_times(fields: Any) -> dict[bytes, Any]:
    return {name: re.sub(rb'"bound_at":\d+', b"", value) for name, value in fields.items()}

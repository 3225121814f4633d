"""The bind script, called as the API calls it."""

import asyncio
import json
from typing import Any

import pytest
import redis
from redis.asyncio import Redis

from tests.integration.configuration import APPKEY
from tests.integration.script_calls import Run
from worker.store import bindings
from worker.store.bindings import BindingStore
from worker.store.gathering import gathering
from worker.store.keys import Keys, Partitions
from worker.store.scripts import Scripts

KEY = Keys().user(APPKEY, "bob")
#: Device, notifier, token.
Call = tuple[str, str, str]


def bound(run: Run, *calls: Call) -> list[Call]:
    """Make calls for bob, one after the other; return the bindings that the last one answers."""

    async def work(client: Redis) -> list[Call]:
        store = BindingStore(Scripts(client), Partitions())
        for call in calls:
            found = await store.bind(APPKEY, "bob", *call)
        return [(each.device_id, each.notifier, each.token or "") for each in found]

    found: list[Call] = run(work)
    return found


def stored(database: redis.Redis) -> list[dict[str, Any]]:
    """Return bob's bindings as the worker finds them."""
    text: Any = database.hget(KEY, "d")
    return json.loads(text) if text else []


A1, A2, B1 = ("a", "n1", "t1"), ("a", "n2", "t2"), ("b", "n1", "t3")


@pytest.mark.parametrize(
    ("calls", "left"),
    [
        ([A1], [A1]),
        ([A1, A1], [A1]),
        ([A1, A2, B1], [A1, A2, B1]),
        ([A1, B1, ("a", "n1", "new")], [("a", "n1", "new"), B1]),
        ([A1, A2, B1, ("a", "n1", "")], [A2, B1]),
        ([A1, A2, B1, ("a", "", "")], [B1]),
        ([A1, A2, B1, ("a", "", "t3")], [B1]),
        ([A1, B1, A2, ("b", "n1", "t1")], [("b", "n1", "t1"), A2]),
        ([A1, ("b", "n2", "t1")], [A1, ("b", "n2", "t1")]),
        ([A1, ("a", "n1", ""), ("a", "n1", "")], []),
        ([("a", "n1", "")], []),
        ([("a", "", "")], []),
    ],
)
def test_bindings(run: Run, database: redis.Redis, calls: list[Call], left: list[Call]) -> None:
    """A binding is of a device and a notifier; no token unbinds it, no notifier all of the device.

    A token that is bound under another device id moves: it is the same phone.
    """
    assert bound(run, *calls) == left
    assert [(each["device_id"], each["notifier"], each["token"]) for each in stored(database)] == left


def test_the_servers_clock(run: Run, database: redis.Redis) -> None:
    """The time of a binding is the server's, as a repeat of it has the later one."""
    bound(run, A1)
    seconds, micros = database.time()
    (first,) = stored(database)
    assert 0 <= seconds * 1000 + micros // 1000 - first["bound_at"] < 60_000
    bound(run, A1)
    assert stored(database)[0]["bound_at"] >= first["bound_at"]


def test_a_kicked_device_that_binds(run: Run, database: redis.Redis) -> None:
    """Binding is what a device does when its user logs in: it is not kicked any more; others stay as they are."""
    kicked = [{"device_id": name, "notifier": "n1", "token": name, "kicked": True} for name in ("a", "b")]
    database.hset(KEY, "d", json.dumps(kicked))
    bound(run, A1)
    assert [each.get("kicked", False) for each in stored(database)] == [False, True]


def test_the_oldest_makes_way(run: Run, database: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit the binding that was made longest ago makes way, and never the new one."""
    monkeypatch.setattr(bindings, "MOST_BINDINGS", 3)
    old = [{"device_id": name, "notifier": "n", "token": name, "bound_at": at} for name, at in (("a", 7), ("b", 5))]
    database.hset(KEY, "d", json.dumps([*old, {"device_id": "c", "notifier": "n", "token": "c"}]))
    assert [name for name, _, _ in bound(run, ("d", "n", "d"))] == ["a", "b", "d"]
    assert [name for name, _, _ in bound(run, ("e", "n", "e"))] == ["a", "d", "e"]


@pytest.mark.parametrize("garbage", ["", "{", "5", "[5]", '[{"device_id":1e999}]', '{"a":1}'])
def test_what_others_left_there(run: Run, database: redis.Redis, garbage: str) -> None:
    """Whatever stands in the field, a new binding is written and can be read."""
    database.hset(KEY, "d", garbage)
    assert A1 in bound(run, A1)
    assert stored(database)[-1]["token"] == "t1"


def test_devices_at_the_same_time(run: Run, database: redis.Redis) -> None:
    """Of many devices that bind at once, none is lost."""

    async def work(client: Redis) -> None:
        store = BindingStore(Scripts(gathering(client)), Partitions())
        await asyncio.gather(*(store.bind(APPKEY, "bob", f"d{n}", "n", f"t{n}") for n in range(60)))

    run(work)
    assert {each["device_id"] for each in stored(database)} == {f"d{n}" for n in range(60)}

"""The merge script, called as the API calls it: what a patch changes, and what it leaves alone."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
import redis
from redis.asyncio import Redis

from tests.integration.configuration import APPKEY
from tests.integration.script_calls import Run
from worker.store import settings
from worker.store.gathering import gathering
from worker.store.keys import Keys, Partitions
from worker.store.scripts import Scripts
from worker.store.settings import SETTINGS, Patch, SettingsStore, TooManyFieldsError

KEY = Keys().user(APPKEY, "bob")


def changed(run: Run, *patches: Patch) -> list[Any]:
    """Apply patches to bob at once; return the records as answered."""

    async def work(client: Redis) -> list[bytes]:
        return await SettingsStore(Scripts(client), Partitions()).change(APPKEY, "bob", *patches)

    return [json.loads(text) for text in run(work)]


def stored(database: redis.Redis, field: str = SETTINGS) -> Any:
    """Return a field of bob's hash; None where there is none."""
    text: Any = database.hget(KEY, field)
    return json.loads(text) if text else None


def test_what_is_not_named_stays(run: Run, database: redis.Redis) -> None:
    """A patch sets its members, removes those it names as None, and leaves all others, unknown ones too."""
    database.hset(KEY, SETTINGS, '{"type":"AT","nickname":"Bob","other":{"deep":[1]},"ignoreDuration":1790000500000}')
    (answer,) = changed(run, Patch(SETTINGS, {"type": "NONE", "nickname": None, "language": "zh-Hans"}))
    assert answer == {"type": "NONE", "language": "zh-Hans", "other": {"deep": [1]}, "ignoreDuration": 1790000500000}
    assert stored(database) == answer


def test_an_empty_patch_reads(run: Run, database: redis.Redis) -> None:
    """A patch of nothing answers what there is, and makes no key."""
    assert changed(run, Patch(SETTINGS, {})) == [{}]
    assert not database.exists(KEY)


def test_what_becomes_empty_is_removed(run: Run, database: redis.Redis) -> None:
    """A record that has no members left has no field, so that it is as if never set."""
    changed(run, Patch("c:group:1", {"type": "AT"}))
    assert changed(run, Patch("c:group:1", {"type": None})) == [{}]
    assert not database.exists(KEY)


def test_a_condition(run: Run, database: redis.Redis) -> None:
    """A patch with a condition applies only where the record has its members."""
    mute = {"type": "NONE"}
    unmute = Patch("c:group:1", {"type": None}, condition=mute)
    changed(run, Patch("c:group:1", {"type": "AT"}))
    assert changed(run, unmute) == [{"type": "AT"}]
    changed(run, Patch("c:group:1", mute))
    assert changed(run, unmute) == [{}]
    assert changed(run, unmute) == [{}]
    assert not database.exists(KEY)


@pytest.mark.parametrize("garbage", ["", "{", "5", '"x"', "null", "[1]", "1e999", '{"x":1e999}'])
def test_what_others_left_there(run: Run, database: redis.Redis, garbage: str) -> None:
    """Whatever stands in the field, the user's own change is written and can be read."""
    database.hset(KEY, SETTINGS, garbage)
    changed(run, Patch(SETTINGS, {"type": "NONE"}))
    assert stored(database)["type"] == "NONE"


def test_a_key_of_another_type(run: Run, database: redis.Redis) -> None:
    """A key that is no hash is left as it is, and none of the users is changed."""
    other = Keys().user(APPKEY, "alice")
    database.set(KEY, "x")

    async def work(client: Redis) -> None:
        changes = {user: Patch(SETTINGS, {"nickname": "n"}) for user in ("alice", "bob")}
        await SettingsStore(Scripts(client), Partitions()).change_users(APPKEY, changes)

    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        run(work)
    assert database.get(KEY) == b"x"
    assert not database.exists(other)


def test_clients_at_the_same_time(run: Run, database: redis.Redis) -> None:
    """Of many clients that change different members at once, none loses anything."""

    async def work(client: Redis) -> None:
        store = SettingsStore(Scripts(gathering(client)), Partitions())
        await asyncio.gather(*(store.change(APPKEY, "bob", Patch(SETTINGS, {f"m{n}": n})) for n in range(60)))

    run(work)
    assert stored(database) == {f"m{n}": n for n in range(60)}


def test_there_is_a_last_conversation(run: Run, database: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit no conversation is added; those that are there can be changed and cleared."""
    monkeypatch.setattr(settings, "MOST_FIELDS", 3)
    for number in range(3):
        changed(run, Patch(f"c:group:{number}", {"type": "NONE"}))
    with pytest.raises(TooManyFieldsError):
        changed(run, Patch("c:group:3", {"type": "NONE"}))
    assert changed(run, Patch("c:group:3", {"type": None})) == [{}]
    assert changed(run, Patch("c:group:2", {"type": "AT"})) == [{"type": "AT"}]
    assert changed(run, Patch("c:group:2", {"type": None})) == [{}]
    assert changed(run, Patch("c:group:3", {"type": "NONE"})) == [{"type": "NONE"}]
    assert database.hlen(KEY) == 3


def test_users_of_all_partitions(run: Run, database: redis.Redis) -> None:
    """A change of many users reaches each in their own partition."""
    partitions = Partitions(3)
    names = [f"user{number}" for number in range(20)]

    async def work(client: Redis) -> None:
        changes = {name: Patch(SETTINGS, {"nickname": name}) for name in names}
        await SettingsStore(Scripts(client), partitions).change_users(APPKEY, changes)

    run(work)
    assert {partitions.of(APPKEY, name).number for name in names} == {0, 1, 2}
    assert _nicknames(database, partitions, names) == names


def _nicknames(database: redis.Redis, partitions: Partitions, names: Sequence[str]) -> list[str]:
    texts: list[Any] = [database.hget(partitions.of(APPKEY, name).user(APPKEY, name), SETTINGS) for name in names]
    return [json.loads(text)["nickname"] for text in texts]

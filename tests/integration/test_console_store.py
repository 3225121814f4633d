"""What is set of an app over HTTP, in Redis: changes that meet, versions, and what cannot be read."""

import asyncio
from functools import partial
from typing import Any

import msgspec
import pytest
import redis
from redis.asyncio import Redis

from tests.integration.configuration import APPKEY
from tests.integration.script_calls import Run
from worker.store.channels import ChannelRecord, ChannelStore
from worker.store.clearing import ClearingStore
from worker.store.console import (
    CHANNELS_AT_MOST,
    POLICY,
    TEMPLATES_AT_MOST,
    AppRecord,
    Changes,
    ConsoleStore,
    FullError,
)
from worker.store.keys import Keys, Partitions, partition_of

KEYS, NOW = Keys(), 1_790_000_000_000
RECORD = ChannelRecord("apns", {"topic": "t"}, "sealed", {"kind": "key"}, NOW, NOW)


def run_with(run: Run, work: Any) -> Any:
    """Run something with a store."""
    return run(lambda client: work(ConsoleStore(client)))


def test_changes_that_meet_lose_nothing(run: Run, database: redis.Redis) -> None:
    """Thirty changes of one app at the same moment, through as many clients as there are: each is there afterwards."""

    def set_one(number: int) -> Any:
        def edit(record: AppRecord) -> tuple[Changes, None]:
            names = msgspec.json.decode(record.fields.get(POLICY, b"[]"))
            return {POLICY: msgspec.json.encode([*names, number])}, None

        return edit

    async def all_at_once(store: ConsoleStore) -> None:
        await asyncio.gather(
            *(store.change(APPKEY, set_one(number)) for number in range(15)),
            *(store.put_template(APPKEY, f"t{number}", "a", "b", NOW) for number in range(15)),
        )

    run_with(run, all_at_once)
    found: Any = database.hgetall(KEYS.app(APPKEY))
    assert sorted(msgspec.json.decode(found.pop(POLICY.encode()))) == list(range(15))
    assert set(found) == {f"t:t{number}".encode() for number in range(15)}


def test_each_change_is_another_version(run: Run, database: redis.Redis) -> None:
    """Also after all was lost: a version that somebody remembers never comes back. What changes nothing has none."""

    async def version(store: ConsoleStore) -> bytes:
        await store.put_template(APPKEY, "t", "a", "b", NOW)
        return (await store.versions())[APPKEY]

    seen = [run_with(run, version) for _ in range(3)]
    database.flushall()
    seen += [run_with(run, version) for _ in range(3)]
    assert sorted(set(seen)) == seen
    assert run_with(run, lambda store: store.delete_template(APPKEY, "none")) is None
    assert run_with(run, lambda store: store.versions()) == {APPKEY: seen[-1]}


def test_a_version_grows_though_the_clock_went_back(run: Run, database: redis.Redis) -> None:
    """A server whose clock is behind the last change's goes on from there."""
    database.hset(KEYS.apps, APPKEY, "9000000000000000")
    run_with(run, lambda store: store.put_template(APPKEY, "t", "a", "b", NOW))
    assert database.hget(KEYS.apps, APPKEY) == b"9000000000000001"


def test_templates(run: Run) -> None:
    """Made, changed, read and deleted; its creation stays; made only if there is none, changed only if there is one."""

    async def acts(store: ConsoleStore) -> None:
        assert await store.put_template(APPKEY, "t", "a", "b", 1, exists=True) is None
        made = await store.put_template(APPKEY, "t", "a", "b", 2, exists=False)
        assert made
        assert (made.created, made.updated) == (2, 2)
        assert await store.put_template(APPKEY, "t", "x", "y", 3, exists=False) is None
        changed = await store.put_template(APPKEY, "t", "c", "d", 4, exists=True)
        assert changed
        assert (changed.title_pattern, changed.created, changed.updated) == ("c", 2, 4)
        assert await store.templates(APPKEY) == {"t": changed}
        assert await store.templates("org#other") == {}
        assert await store.delete_template(APPKEY, "t") == changed
        assert (await store.delete_template(APPKEY, "t"), await store.templates(APPKEY)) == (None, {})

    run_with(run, acts)


def test_an_app_can_be_full(run: Run) -> None:
    """No app can make every process read without end; what is there can still be changed."""

    async def templates(store: ConsoleStore) -> None:
        for number in range(TEMPLATES_AT_MOST):
            await store.put_template(APPKEY, f"t{number}", "a", "b", NOW)
        with pytest.raises(FullError):
            await store.put_template(APPKEY, "more", "a", "b", NOW)
        assert await store.put_template(APPKEY, "t0", "c", "d", NOW)

    async def channels(client: Redis) -> None:
        store = ChannelStore(client, Partitions())
        for number in range(CHANNELS_AT_MOST):
            await store.edit(APPKEY, f"n{number}", lambda _: RECORD)
        with pytest.raises(FullError):
            await store.edit(APPKEY, "more", lambda _: RECORD)

    run_with(run, templates)
    run(channels)


def test_an_edit_that_refuses_changes_nothing(run: Run, database: redis.Redis) -> None:
    """Whatever it raises comes out, and the version stays."""

    async def refused(client: Redis) -> None:
        store = ChannelStore(client, Partitions())

        def refuse(_: ChannelRecord | None) -> ChannelRecord:
            raise LookupError("no")

        with pytest.raises(LookupError):
            await store.edit(APPKEY, "n", refuse)

    run(refused)
    assert not database.keys("*")


def test_a_channel_that_is_there_again_is_not_forgotten(run: Run, database: redis.Redis) -> None:
    """Only one that is still deleted is."""
    gone = msgspec.structs.replace(RECORD, deleted=True, updated=NOW)

    async def forgotten(client: Redis, record: ChannelRecord) -> None:
        store = ChannelStore(client, Partitions())
        await store.edit(APPKEY, "n", lambda _: record)
        await store.forget(APPKEY, "n")

    for record, is_there in ((gone, False), (RECORD, True)):
        run(partial(forgotten, record=record))
        assert database.hexists(KEYS.app(APPKEY), "n:n") is is_there


#: Stored settings -> what is left of them.
SETTINGS = {
    '{"type":"NONE","ignoreInterval":"22:00-07:00","ignoreDuration":1790000500000,"template":"t"}': None,
    '{"type":"AT","nickname":"Bob \\u00fc","style":1,"language":"zh-Hans"}': {
        "nickname": "Bob ü",
        "style": 1,
        "language": "zh-Hans",
    },
    '{"nickname":"Bob","style":"1"}': {"nickname": "Bob", "style": "1"},
}


@pytest.mark.parametrize(("stored", "left"), SETTINGS.items(), ids=["all of it", "some of it", "none of it"])
def test_what_is_deleted_of_a_user(run: Run, database: redis.Redis, stored: str, left: Any) -> None:
    """Remind types, do-not-disturb and templates; name, display style and language stay, as do other apps' users."""
    key, other = KEYS.user(APPKEY, "bob"), KEYS.user("org#app2", "bob")
    fields: dict[Any, Any] = {"s": stored, "c:user:eve": '{"type":"NONE"}', "c:group:1": "{}", "d": "[]", "b": "3"}
    database.hset(key, mapping=fields)
    database.hset(other, mapping=fields)
    run(lambda client: cleared(client, 1))
    found: Any = database.hgetall(key)
    settings = found.pop(b"s", None)
    assert (settings and msgspec.json.decode(settings)) == left
    assert found == {b"d": b"[]", b"b": b"3"}
    assert database.hget(other, "s") == stored.encode()


async def cleared(client: Redis, partitions: int) -> int:
    """Clear the app as a worker does; return how many users had set anything."""
    store, count = ClearingStore(client, "me"), 0
    assert partitions
    await ConsoleStore(client).change(APPKEY, lambda _: ({"clearing": b"7"}, None))
    assert await store.claim(APPKEY, 7)
    async for portion in store.portions(APPKEY):
        count += await store.clear(APPKEY, portion) or 0
    await store.finish(APPKEY, 7)
    return count


def test_all_users_of_all_partitions_are_cleared(run: Run, database: redis.Redis) -> None:
    """Whatever they are called, and although another program keeps something else under such a name."""
    partitions = Partitions(4)
    users = [*(f"u{number}" for number in range(250)), "a:b", "a*b", "[x]"]
    for user in users:
        database.hset(partitions.of(APPKEY, user).user(APPKEY, user), "s", '{"type":"NONE"}')
    database.set(KEYS.user(APPKEY, "strange"), "not a hash")
    database.hset(KEYS.user(APPKEY, "garbage"), "s", "{broken")
    assert {partition_of(APPKEY, user, 4) for user in users} == {0, 1, 2, 3}
    assert run(lambda client: cleared(client, 4)) == len(users)
    assert sorted(database.keys("push:*")) == sorted(
        key.encode() for key in (KEYS.apps, KEYS.user(APPKEY, "strange"), KEYS.user(APPKEY, "garbage"))
    )


def test_a_template_that_came_too_late_goes_too(run: Run, database: redis.Redis) -> None:
    """One that was made by an API which had not heard of it: it would be there when the features are on again."""
    database.hset(KEYS.app(APPKEY), mapping={"clearing": 7, "t:late": "{}", "policy": '{"advanced":false}'})
    assert run(lambda client: cleared(client, 1)) == 0
    assert database.hgetall(KEYS.app(APPKEY)) == {b"policy": b'{"advanced":false}'}


@pytest.mark.parametrize("appkey", ["org#a*", "org#[ab]", "org#a?", "org#a\\"])
def test_an_app_key_is_no_pattern(run: Run, database: redis.Redis, appkey: str) -> None:
    """Characters that mean something to SCAN mean themselves."""
    own, others = (
        KEYS.user(appkey, "bob"),
        [KEYS.user(other, "bob") for other in ("org#ab", "org#a", "org#b", "org#aa")],
    )
    for key in (own, *others):
        database.hset(key, "s", "{}")

    async def portions(client: Redis) -> list[str]:
        return [key async for portion in ClearingStore(client, "me").portions(appkey) for key in portion]

    assert run(portions) == [own]


def test_one_worker_clears_an_app(run: Run, database: redis.Redis) -> None:
    """Another one waits; it takes over when the first has died, who then stops; what is done is not begun again."""

    async def acts(client: Redis) -> None:
        first, second = ClearingStore(client, "first"), ClearingStore(client, "second")
        await ConsoleStore(client).change(APPKEY, lambda _: ({"clearing": b"7"}, None))
        assert await first.claim(APPKEY, 7)
        assert await first.claim(APPKEY, 7)
        assert not await second.claim(APPKEY, 7)
        assert 0 < await client.pttl(KEYS.clearing(APPKEY)) <= 30_000
        await client.delete(KEYS.clearing(APPKEY))  # as if its lease had run out
        assert await second.claim(APPKEY, 7)
        assert await first.clear(APPKEY, []) is None
        await second.finish(APPKEY, 7)
        assert not await first.claim(APPKEY, 7)
        assert await client.get(KEYS.clearing(APPKEY)) is None

    run(acts)
    assert not database.hgetall(KEYS.app(APPKEY))

"""State records in and out of Redis: what ``load`` writes, ``dump`` gives back."""

import asyncio
from typing import Any

import msgspec
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policy.receiver import ConversationSetting, Device, Presence, RemindType, Settings
from worker.embedded import EmbeddedServer
from worker.store.connection import connect
from worker.store.keys import Partitions
from worker.store.state import RetiredDevice, StateRecord, StateStore

APPKEY = "org#app"
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)
#: A user id as it is stored: lower-case, and no JID of the app.
USERS = NAMES.map(str.lower).filter(lambda name: name == name.lower() and not name.startswith(f"{APPKEY}_"))
TIMES = st.integers(0, 99_999_999_999_999)
REMINDERS = st.none() | st.sampled_from(RemindType)
DEVICES = st.builds(Device, NAMES, NAMES, st.none() | NAMES, TIMES, st.booleans())
RETIRED = st.builds(
    RetiredDevice, NAMES, NAMES, st.none() | NAMES, TIMES, st.booleans(), reason=NAMES, retired_at=TIMES
)
SETTINGS = st.builds(
    Settings,
    type=REMINDERS,
    ignore_interval=st.none() | NAMES,
    ignore_duration=st.none() | TIMES,
    language=st.none() | NAMES,
    nickname=st.none() | NAMES,
    style=st.sampled_from([0, 1]),
    template=st.none() | NAMES,
).filter(lambda settings: settings != Settings())
OVERRIDES = st.builds(ConversationSetting, REMINDERS, st.none() | NAMES, st.none() | TIMES).filter(
    lambda override: override != ConversationSetting()
)
#: Members with something in them: an empty one is as good as absent.
RECORDS = st.builds(
    StateRecord,
    appkey=st.just(APPKEY),
    user=USERS,
    presence=st.lists(st.builds(Presence, NAMES, st.none() | NAMES, TIMES), min_size=1, max_size=3),
    devices=st.lists(DEVICES, min_size=1, max_size=3),
    settings=SETTINGS,
    conversations=st.dictionaries(NAMES, OVERRIDES, min_size=1, max_size=3),
    badge=st.integers(1, 2**31),
    retired=st.lists(RETIRED, min_size=1, max_size=2),
)


def round_trip(server: EmbeddedServer, *records: StateRecord) -> list[StateRecord]:
    """Load records one after the other; return what is dumped."""

    async def through() -> list[StateRecord]:
        connection = connect(server.url)
        store = StateStore(connection.writer, Partitions())
        try:
            for record in records:
                await store.load([record])
            return [record async for record in store.dump()]
        finally:
            await connection.aclose()

    return asyncio.run(through())


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(record=RECORDS)
def test_dump_gives_back_what_load_wrote(
    redis_server: EmbeddedServer, database: redis.Redis, record: StateRecord
) -> None:
    """A backup restores every member, whatever is in it."""
    database.flushall()
    assert round_trip(redis_server, record) == [record]


def test_load_replaces_what_is_named_and_nothing_else(redis_server: EmbeddedServer, database: redis.Redis) -> None:
    """A record with two members leaves the others as they were; an empty member is removed."""
    database.flushall()
    first = record(devices=[{"device_id": "d", "notifier": "n", "token": "t"}], badge=3, settings={"style": 1})
    second = record(devices=[], settings={"nickname": "Bob"})
    (found,) = round_trip(redis_server, first, second)
    assert (found.devices, found.badge) == (msgspec.UNSET, 3)
    assert found.settings == Settings(nickname="Bob")


def record(**members: Any) -> StateRecord:
    """Return bob's record with these members."""
    return msgspec.convert({"appkey": APPKEY, "user": "bob", **members}, StateRecord)

"""What users did elsewhere: read marks, the newest of pushes that replace each other, and who was seen when."""

import json
from typing import Any

import pytest
import redis

from tests.integration.configuration import APPKEY
from tests.integration.script_calls import Run, pending, read_by
from worker.codec import PresenceEvent, ReadEvent
from worker.store.keys import Keys, Partitions
from worker.store.presence import PresenceStore
from worker.store.scripts import Scripts
from worker.store.stream import GROUP, added_ms

KEYS = Keys()
MARKS, USER = KEYS.read_marks(APPKEY, "bob"), KEYS.user(APPKEY, "bob")
DAY_S = 86_400


def mark_read(
    run: Run, *events: tuple[bytes, ReadEvent], keys: Keys = KEYS, partitions: int = 1, keep_s: int = DAY_S
) -> int:
    """Apply read events; return how many were new."""
    all_partitions = Partitions(partitions)
    count: int = run(
        lambda client: PresenceStore(Scripts(client), keys, all_partitions, keep_s).mark_read(list(events))
    )
    return count


def read(**members: Any) -> ReadEvent:
    """Return that bob has read something."""
    return ReadEvent(APPKEY, members.pop("user", "bob"), **members)


def entry(database: redis.Redis, kind: str = "read") -> bytes:
    """Add an event and have it read by a worker."""
    (found,) = read_by(database, KEYS.events, "me", {kind: "{}"})
    return found


def marks(database: redis.Redis, key: str = MARKS) -> dict[str, int]:
    """Return bob's read marks."""
    found: Any = database.hgetall(key)
    return {field.decode(): int(at) for field, at in found.items()}


@pytest.mark.parametrize(
    ("event", "field"),
    [
        (read(), "*"),
        (read(conversation="user:alice"), "user:alice"),
        (read(conversation=f"user:{APPKEY}_Alice@easemob.com/web"), "user:alice"),
        (read(conversation="group:Team:1"), "group:Team:1"),
        (read(msg_id="m1"), "m:m1"),
        (read(msg_id="m1", conversation="user:alice"), "m:m1"),
        (read(user=f"{APPKEY}_Bob@easemob.com"), "*"),
    ],
)
def test_what_was_read_is_marked(run: Run, database: redis.Redis, event: ReadEvent, field: str) -> None:
    """All, a conversation, or a message: until when the event was added, and the event is done."""
    entry_id = entry(database)
    assert mark_read(run, (entry_id, event)) == 1
    assert marks(database) == {field: added_ms(entry_id)}
    assert 0 < database.ttl(MARKS) <= DAY_S
    assert (database.xlen(KEYS.events), pending(database, KEYS.events)) == (0, [])


def test_a_mark_only_moves_forward(run: Run, database: redis.Redis) -> None:
    """A dead worker's event that is applied late takes no later mark back."""
    first, second = entry(database), entry(database)
    database.hset(MARKS, "*", added_ms(second) + 5)
    assert mark_read(run, (second, read()), (first, read())) == 2
    assert marks(database) == {"*": added_ms(second) + 5}


def test_a_repeated_event_is_applied_once(run: Run, database: redis.Redis) -> None:
    """A batch that is repeated after a timeout changes nothing."""
    event = (entry(database), read())
    assert mark_read(run, event) == 1
    database.delete(MARKS)
    assert mark_read(run, event) == 0
    assert database.exists(MARKS) == 0


def test_another_partition_s_user_is_marked_before_the_acknowledgement(run: Run, database: redis.Redis) -> None:
    """The mark lies in the user's partition, and the event is acknowledged where it was added."""
    here, there = Partitions(4).all[:2]
    user = next(name for name in map(str, range(100)) if Partitions(4).of(APPKEY, name) == there)
    (entry_id,) = read_by(database, here.events, "me", {"read": "{}"})
    assert mark_read(run, (entry_id, read(user=user)), keys=here, partitions=4) == 1
    assert marks(database, there.read_marks(APPKEY, user)) == {"*": added_ms(entry_id)}
    assert (database.xlen(here.events), database.exists(here.read_marks(APPKEY, user))) == (0, 0)


def test_marks_of_a_user_who_reads_all_the_time_do_not_gather(run: Run, database: redis.Redis) -> None:
    """The hash never expires then; what is older than it is kept leaves it all the same."""
    entry_id = entry(database)
    old = added_ms(entry_id) - DAY_S * 1000 - 1
    database.hset(MARKS, mapping={f"m:{number}": old for number in range(5000)})
    database.hset(MARKS, mapping={"m:young": old + 2, "m:nonsense": "x"})
    database.hset(MARKS, mapping={f"m:more {number}": old for number in range(97)})
    assert mark_read(run, (entry_id, read())) == 1
    assert marks(database) == {"m:young": old + 2, "*": added_ms(entry_id)}


def test_a_mark_that_is_no_time_gives_way(run: Run, database: redis.Redis) -> None:
    """Whatever another program wrote there, the event counts and is done."""
    database.hset(MARKS, "*", "yesterday")
    entry_id = entry(database)
    assert mark_read(run, (entry_id, read())) == 1
    assert marks(database) == {"*": added_ms(entry_id)}


def test_marks_of_another_type_lose_no_event(run: Run, database: redis.Redis) -> None:
    """The script ends before it acknowledges: the event is still there to be buried."""
    database.set(MARKS, "x")
    entry_id = entry(database)
    with pytest.raises(redis.ResponseError):
        mark_read(run, (entry_id, read()))
    assert [each["message_id"] for each in pending(database, KEYS.events)] == [entry_id]
    assert database.xlen(KEYS.events) == 1


def presence(run: Run, database: redis.Redis, *events: PresenceEvent) -> list[bytes]:
    """Add presence events, apply them in order, and return their entry ids."""
    ids = [entry(database, "presence") for _ in events]
    pairs = list(zip(ids, events, strict=True))
    run(lambda client: PresenceStore(Scripts(client), KEYS, Partitions(), DAY_S).apply(pairs))
    return ids


def connection(state: str, at: int, **members: Any) -> PresenceEvent:
    """Return an event of bob's connection web_1."""
    return PresenceEvent(APPKEY, "bob", "web_1", state, at, **members)  # type: ignore[arg-type]  # a Literal


def stored(database: redis.Redis) -> Any:
    """Return bob's only connection without the id of its latest event."""
    (found,) = json.loads(database.hget(USER, "p") or "[]")
    return {name: value for name, value in found.items() if name != "id"}


def test_who_comes_is_seen(run: Run, database: redis.Redis) -> None:
    """A connection that says that it is online was there at that moment."""
    presence(run, database, connection("online", 1000, device_id="d", lease_s=60))
    assert stored(database) == {"resource": "web_1", "device_id": "d", "online_until": 61_000, "seen_at": 1000}
    presence(run, database, connection("online", 30_000, device_id="d", lease_s=60))
    assert stored(database)["seen_at"] == 30_000


@pytest.mark.parametrize("state", ["offline", "kicked"])
def test_who_goes_was_seen_when_they_last_said_so(run: Run, database: redis.Redis, state: str) -> None:
    """Whoever was here after a message has seen it, also after they have gone; going is no sign of life."""
    presence(run, database, connection("online", 1000, device_id="d"), connection(state, 50_000))
    assert stored(database) == {
        "resource": "web_1",
        "device_id": "d",
        "online_until": 0,
        "gone_until": 450_000,
        "seen_at": 1000,
    }


def test_who_was_never_here_was_not_seen(run: Run, database: redis.Redis) -> None:
    """A departure without an arrival, and a connection that an older version stored, have no time."""
    presence(run, database, connection("offline", 1000))
    assert "seen_at" not in stored(database)
    database.hset(USER, "p", '[{"resource":"web_1","online_until":9}]')
    presence(run, database, connection("offline", 2000))
    assert stored(database) == {"resource": "web_1", "online_until": 0, "gone_until": 402_000}


def test_a_gateway_s_clock_ahead_sees_nobody_in_the_future(run: Run, database: redis.Redis) -> None:
    """A connection was seen at the latest when its event was added."""
    (entry_id,) = presence(run, database, connection("online", 99_999_999_999_999))
    assert stored(database)["seen_at"] == added_ms(entry_id)


def test_an_event_of_a_lost_group_is_not_applied(run: Run, database: redis.Redis) -> None:
    """When the group is lost, events are read anew: until then nothing is acknowledged and nothing marked."""
    entry_id = entry(database)
    database.xgroup_destroy(KEYS.events, GROUP)
    assert mark_read(run, (entry_id, read())) == 0
    assert (marks(database), database.xlen(KEYS.events)) == ({}, 1)

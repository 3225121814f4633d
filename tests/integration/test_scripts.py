"""The Lua scripts, called directly: what a second call, a missing key or a strange value does."""

import json
from collections.abc import Coroutine, Iterator
from typing import Any

import msgspec
import pytest
import redis
from redis.asyncio import Redis

from tests.integration.configuration import APPKEY
from tests.integration.script_calls import Run
from tests.integration.settling import settled
from tests.jobs import push_job
from worker.codec import Fault, PresenceEvent
from worker.job import Job
from worker.store.dead_letters import DeadLetterStore
from worker.store.keys import Keys, Partitions
from worker.store.outbox import OutboxStore
from worker.store.presence import PresenceStore
from worker.store.scripts import Scripts
from worker.store.settlements import Bury, Done, Retire, Retry, Settlement
from worker.store.stream import GROUP, Entry, Stream, added_ms

NOW = 1_790_000_000_000
KEYS = Keys()
USER = KEYS.user(APPKEY, "bob")
OUTBOX, SCHEDULE = KEYS.outbox(APPKEY, "n"), KEYS.retry(APPKEY, "n")
JOB = push_job(bound_at=5)
DEVICE = {"device_id": "d", "notifier": "n", "token": "t", "bound_at": 5}


@pytest.fixture
def entry_id(database: redis.Redis) -> Iterator[bytes]:
    """A push that was read from the outbox."""
    database.xgroup_create(OUTBOX, GROUP, id="0", mkstream=True)
    added: Any = database.xadd(OUTBOX, {"job": msgspec.json.encode(JOB), "badge": "1"})
    database.xreadgroup(GROUP, "me", {OUTBOX: ">"})
    yield added
    assert database.xlen(OUTBOX) == 0


def settle(run: Run, *settlements: Settlement) -> Any:
    """Settle a batch; return which were settled by this call."""
    return settled(run, {"n": settlements}, NOW)


def settlement(entry_id: bytes, action: Any, job: Job = JOB) -> Settlement:
    """Return a settlement."""
    return Settlement(entry_id, job, "what", "state", action)


@pytest.mark.parametrize("action", [Done(), Retire("Gone"), Retry(NOW + 1, JOB), Bury("why")])
def test_a_push_is_settled_once(run: Run, database: redis.Redis, entry_id: bytes, action: Any) -> None:
    """The second of two workers that settle the same push changes nothing."""
    database.hset(USER, "d", json.dumps([DEVICE]))
    assert settle(run, settlement(entry_id, action), settlement(entry_id, action)) == [True, False]
    before = state(database)
    assert settle(run, settlement(entry_id, action)) == [False]
    assert state(database) == before


def state(database: redis.Redis) -> dict[Any, Any]:
    """Return everything in the database but the outbox."""
    return {key: database.dump(key) for key in database.keys("*") if key != OUTBOX.encode()}


def test_settling_brings_no_forgotten_message_back(run: Run, database: redis.Redis, entry_id: bytes) -> None:
    """A message's ledger that has expired is not made again, for it would never expire."""
    settle(run, settlement(entry_id, Done()))
    assert database.exists(KEYS.message(APPKEY, "m")) == 0


#: Devices that another program left -> whether the device that failed is found and set aside.
GARBAGE: dict[str, tuple[str, bool]] = {
    "no JSON": ("{", False),
    "no list": ('{"1":{}}', False),
    "no records": (json.dumps([7, None, "x", DEVICE]), True),
    "no date": (json.dumps([{**DEVICE, "bound_at": None}]), True),
    "no number": (json.dumps([DEVICE])[:-1] + ',{"device_id":"e","x":1e999}]', False),
}


@pytest.mark.parametrize(("devices", "is_retired"), GARBAGE.values(), ids=list(GARBAGE))
def test_garbage_keeps_no_send_from_being_settled(
    run: Run, database: redis.Redis, entry_id: bytes, devices: str, is_retired: bool
) -> None:
    """What other programs wrote among the devices leaves no push without an end."""
    retired = '[7,{"retired_at":"x"},{"retired_at":1e999}]'
    database.hset(USER, mapping={"d": devices, "r": retired})
    assert settle(run, settlement(entry_id, Retire("Gone"))) == [True]
    assert database.hget(USER, "d") == (None if is_retired else devices.encode())
    assert (b'"reason":"Gone"' in (database.hget(USER, "r") or b"")) is is_retired


def test_a_key_of_another_type_keeps_no_send_from_being_settled(
    run: Run, database: redis.Redis, entry_id: bytes
) -> None:
    """A user's key that holds no hash has no device to retire."""
    database.set(USER, "x")
    assert settle(run, settlement(entry_id, Retire("Gone"))) == [True]
    assert database.get(USER) == b"x"


#: Stored device, when the vendor says the token died -> whether it is retired.
RETIREMENTS: dict[str, tuple[dict[str, Any], int | None, bool]] = {
    "as it was": ({}, None, True),
    "died after the binding": ({}, 6, True),
    "died at the binding": ({}, 5, True),
    "died before the binding": ({}, 4, False),
    "bound again since": ({"bound_at": 9}, None, False),
    "bound again, died later": ({"bound_at": 9}, 10, True),
    "another token": ({"token": "new"}, None, False),
    "another device": ({"device_id": "e"}, None, False),
    "another channel": ({"notifier": "o"}, None, False),
    "binding of unknown date": ({"bound_at": 0}, None, True),
}


@pytest.mark.parametrize(("changes", "died_at", "is_retired"), RETIREMENTS.values(), ids=list(RETIREMENTS))
def test_only_what_failed_is_retired(
    run: Run,
    database: redis.Redis,
    entry_id: bytes,
    changes: dict[str, Any],
    died_at: int | None,
    is_retired: bool,
) -> None:
    """A token is set aside only if it is still the stored one and was bound before it died."""
    other = {"device_id": "x", "notifier": "n", "token": "x", "bound_at": 1}
    device = {**DEVICE, **changes}
    database.hset(USER, "d", json.dumps([other, device]))
    settle(run, settlement(entry_id, Retire("Gone", died_at)))
    kept, retired = json.loads(database.hget(USER, "d") or "[]"), json.loads(database.hget(USER, "r") or "[]")
    assert kept == [other] if is_retired else kept == [other, device]
    assert retired == ([{**device, "reason": "Gone", "retired_at": NOW}] if is_retired else [])


def test_a_settlement_behind_unreadable_state_is_settled(run: Run, database: redis.Redis, entry_id: bytes) -> None:
    """One user's broken state makes nobody else's push be sent again."""
    second: Any = database.xadd(OUTBOX, {"job": "{}"})
    database.xreadgroup(GROUP, "me", {OUTBOX: ">"})
    database.hset(USER, "d", "[{broken")
    assert settle(run, settlement(entry_id, Retire("Gone")), settlement(second, Done())) == [True, True]
    assert database.hget(USER, "d") == b"[{broken"


def test_retries_come_back_when_due_and_once(run: Run, database: redis.Redis, entry_id: bytes) -> None:
    """The schedule gives back what is due, in order, and keeps the rest."""
    jobs = [msgspec.structs.replace(JOB, attempt=number) for number in (2, 3, 4)]
    settle(run, settlement(entry_id, Retry(NOW + 10, jobs[0])))
    database.zadd(SCHEDULE, {msgspec.json.encode(jobs[1]): NOW, msgspec.json.encode(jobs[2]): NOW + 11})

    def bring(client: Redis) -> Coroutine[Any, Any, int]:
        return OutboxStore(Scripts(client), KEYS, APPKEY, "n", "apns").bring_due(NOW + 10, 10)

    assert [run(bring), run(bring)] == [2, 0]
    waiting: Any = database.xrange(OUTBOX)
    assert [msgspec.json.decode(fields[b"job"], type=Job).attempt for _, fields in waiting] == [3, 2]
    database.xtrim(OUTBOX, maxlen=0, approximate=False)


def read_presence(database: redis.Redis, *events: PresenceEvent) -> list[tuple[bytes, PresenceEvent]]:
    """Add presence entries and read them as a worker does."""
    if not database.exists(KEYS.events):
        database.xgroup_create(KEYS.events, GROUP, id="0", mkstream=True)
    ids: list[Any] = [database.xadd(KEYS.events, {"presence": "…"}) for _ in events]
    database.xreadgroup(GROUP, "me", {KEYS.events: ">"})
    return list(zip(ids, events, strict=True))


def apply(run: Run, events: list[tuple[bytes, PresenceEvent]]) -> Any:
    """Apply presence; return how many were new."""
    return run(lambda client: PresenceStore(Scripts(client), KEYS, Partitions(), 60).apply(events))


def online(resource: str, at: int, **members: Any) -> PresenceEvent:
    """Return bob's coming online."""
    return PresenceEvent(APPKEY, "bob", resource, members.pop("state", "online"), at, **members)


def test_presence_is_applied_once(run: Run, database: redis.Redis) -> None:
    """A batch that is repeated after a timeout does not bring a user online again."""
    arrival = read_presence(database, online("web_1", NOW))
    departure = read_presence(database, online("web_1", NOW + 1, state="offline"))
    assert [apply(run, arrival), apply(run, departure), apply(run, arrival)] == [1, 1, 0]
    assert [entry["online_until"] for entry in connections(database)] == [0]
    assert database.xlen(KEYS.events) == 0


def test_ended_leases_are_swept_out(run: Run, database: redis.Redis) -> None:
    """The list of connections does not grow with gateways that crashed."""
    apply(run, read_presence(database, *(online(f"web_{number}", NOW, lease_s=1) for number in range(50))))
    apply(run, read_presence(database, online("ios_1", NOW + 1001)))
    assert [entry["resource"] for entry in json.loads(database.hget(USER, "p") or "")] == ["ios_1"]


def connections(database: redis.Redis) -> list[dict[str, Any]]:
    """Return what is stored of bob's connections."""
    entries: list[dict[str, Any]] = json.loads(database.hget(USER, "p") or "[]")
    return entries


def test_a_gateway_s_clock_ahead_lengthens_no_lease(run: Run, database: redis.Redis) -> None:
    """A lease begins at the latest when its event was added."""
    ((entry_id, event),) = read_presence(database, online("web_1", NOW + 365 * 86_400_000, lease_s=60))
    apply(run, [(entry_id, event)])
    assert [entry["online_until"] for entry in connections(database)] == [added_ms(entry_id) + 60_000]


def test_an_older_arrival_that_comes_late_is_ignored(run: Run, database: redis.Redis) -> None:
    """A worker that takes over a dead one's entries does not bring a user online who has gone since."""
    arrival = read_presence(database, online("web_1", NOW))
    departure = read_presence(database, online("web_1", NOW + 1, state="offline"))
    database.hset(USER, "b", 3)
    assert [apply(run, departure), apply(run, arrival)] == [1, 1]
    assert [entry["online_until"] for entry in connections(database)] == [0]
    assert database.hget(USER, "b") == b"3"
    assert database.xlen(KEYS.events) == 0


def test_kicking_keeps_what_it_does_not_know(run: Run, database: redis.Redis) -> None:
    """Rewriting a device in Lua keeps its token, its dates and other members."""
    device = {**DEVICE, "bound_at": 1_790_000_000_123, "name": '屏幕/"\\', "token": None}
    database.hset(USER, "d", json.dumps([device]))
    apply(run, read_presence(database, online("ios_1", NOW, state="kicked", device_id="d")))
    assert json.loads(database.hget(USER, "d") or "") == [{**device, "kicked": True}]


def test_a_dead_letter_keeps_every_field(run: Run, database: redis.Redis) -> None:
    """An entry of several fields is buried whole, once."""
    database.xgroup_create(KEYS.events, GROUP, id="0", mkstream=True)
    fields = {b"trace": b"1", b"message": b"{\xff"}
    entry = Entry(database.xadd(KEYS.events, dict(fields)), fields)  # type: ignore[arg-type]  # redis-py: any answer
    database.xreadgroup(GROUP, "me", {KEYS.events: ">"})

    def bury(client: Redis) -> Coroutine[Any, Any, list[bool]]:
        return DeadLetterStore(Scripts(client), KEYS).bury(KEYS.events, [(entry, Fault("$", "why"))], NOW)

    assert [run(bury), run(bury)] == [[True], [False]]
    letters: Any = database.xrange(KEYS.dead)
    assert {letter[b"field"]: letter[b"value"] for _, letter in letters} == fields
    assert {letter[b"id"] for _, letter in letters} == {entry.id}
    assert database.xlen(KEYS.events) == 0


def test_only_what_is_still_there_becomes_a_dead_letter(run: Run, database: redis.Redis) -> None:
    """Of a batch that is taken up once more, what was settled before is left alone, and told apart."""
    database.xgroup_create(KEYS.events, GROUP, id="0", mkstream=True)
    ids: list[Any] = [database.xadd(KEYS.events, {"message": number}) for number in range(3)]
    database.xreadgroup(GROUP, "me", {KEYS.events: ">"})
    database.xack(KEYS.events, GROUP, ids[1])
    faults = [(Entry(entry_id, {b"message": b"x"}), Fault("$", "why")) for entry_id in ids]
    assert run(lambda client: DeadLetterStore(Scripts(client), KEYS).bury(KEYS.events, faults, NOW)) == [
        True,
        False,
        True,
    ]
    letters: Any = database.xrange(KEYS.dead)
    assert [letter[b"id"] for _, letter in letters] == [ids[0], ids[2]]


def test_reclaiming_without_a_group_makes_it_again(run: Run, database: redis.Redis) -> None:
    """A lost group is noticed by whichever call comes first: also by the one that takes over from the dead."""
    database.xadd(KEYS.events, {"message": "{}"})

    async def reclaim_then_read(client: Redis) -> list[list[Entry]]:
        stream = Stream(client, Scripts(client), KEYS.events, "me", 0)
        return [await stream.reclaim(10), await stream.read(10, 1)]

    reclaimed, read = run(reclaim_then_read)
    assert (len(reclaimed), len(read)) == (0, 1)

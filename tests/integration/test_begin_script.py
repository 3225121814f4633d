"""``begin.lua``: what is written before a vendor can see a push, whose push it is, and what a late one is told."""

import json
from typing import Any

import msgspec
import pytest
import redis

from policy.receiver import Device, Presence
from tests.integration.configuration import APPKEY
from tests.integration.script_calls import Run, pending, read_by
from tests.integration.settling import settled
from tests.jobs import changed, push_job
from worker.job import Job
from worker.store.keys import Keys
from worker.store.outbox import Beginning, Circumstances, OutboxStore
from worker.store.scripts import Scripts
from worker.store.settlements import Done, Settlement
from worker.store.stream import GROUP
from worker.store.trouble import is_passing

KEYS = Keys()
OUTBOX, LEDGER = KEYS.outbox(APPKEY, "n"), KEYS.message(APPKEY, "m")
USER, MARKS, LATEST = (make(APPKEY, "bob") for make in (KEYS.user, KEYS.read_marks, KEYS.latest))
JOB = push_job(conversation="user:alice")
COLLAPSING = changed(JOB, collapse_id="score", is_collapsible=True)
FIELD = JOB.ledger_field


@pytest.fixture
def entry_id(database: redis.Redis) -> bytes:
    """A push that "me" has read, and whose message the ledger remembers."""
    database.hset(LEDGER, mapping={"bob": "1-0", FIELD: "planned"})
    (found,) = read_by(database, OUTBOX, "me", {"job": msgspec.json.encode(JOB)})
    return found


def begin(run: Run, *sends: Beginning, consumer: str = "me") -> Any:
    """Begin sends; return the circumstances of each."""
    return run(lambda client: OutboxStore(Scripts(client), KEYS, APPKEY, "n", "apns").begin(consumer, sends))


def sending(entry_id: bytes, job: Job = JOB, *, is_late: bool = False) -> Beginning:
    """Return the beginning of one send."""
    return Beginning(entry_id, job, "sending", is_late)


def test_a_beginning_is_written_and_the_state_before_told(run: Run, database: redis.Redis, entry_id: bytes) -> None:
    """The ledger says that the send begins; the caller learns what it said before, also the second time."""
    assert begin(run, sending(entry_id)) == [Circumstances(state="planned")]
    assert database.hget(LEDGER, FIELD) == b"sending"
    assert begin(run, sending(entry_id)) == [Circumstances(state="sending")]


def test_a_forgotten_ledger_is_not_made_again(run: Run, database: redis.Redis, entry_id: bytes) -> None:
    """A message that has expired from the ledger, or of whom a push is not known, is told as None and stays so."""
    database.hdel(LEDGER, FIELD)
    assert begin(run, sending(entry_id)) == [Circumstances(state=None)]
    assert database.hgetall(LEDGER) == {b"bob": b"1-0"}
    database.delete(LEDGER)
    assert begin(run, sending(entry_id)) == [Circumstances(state=None)]
    assert database.exists(LEDGER) == 0


def test_beginning_counts_no_delivery(run: Run, database: redis.Redis, entry_id: bytes) -> None:
    """An entry does not come closer to being called poison by being sent."""
    begin(run, sending(entry_id), sending(entry_id))
    assert [(entry["consumer"], entry["times_delivered"]) for entry in pending(database, OUTBOX)] == [(b"me", 1)]


def test_ownership_is_told_whatever_lies_between(run: Run, database: redis.Redis, entry_id: bytes) -> None:
    """Our own entries that nobody asks for, and one of another worker, stand between the first and the last."""
    others = read_by(database, OUTBOX, "me", *({"job": msgspec.json.encode(JOB)},) * 4)
    take_over(database, others[2])
    asked = [entry_id, others[2], others[3]]
    assert [each.is_ours for each in begin(run, *map(sending, asked))] == [True, False, True]


def take_over(database: redis.Redis, entry_id: bytes) -> None:
    """Have another worker take the push over."""
    database.xclaim(OUTBOX, GROUP, "other", 0, [entry_id])


def settle(database: redis.Redis, entry_id: bytes) -> None:
    """Have another worker settle the push."""
    database.xack(OUTBOX, GROUP, entry_id)
    database.xdel(OUTBOX, entry_id)


@pytest.mark.parametrize("happens", [take_over, settle])
def test_what_is_another_s_is_not_begun(run: Run, database: redis.Redis, entry_id: bytes, happens: Any) -> None:
    """A worker that wakes up after its lease sends nothing again, and the ledger keeps what the other one wrote."""
    happens(database, entry_id)
    database.hset(LEDGER, FIELD, "accepted id-1")
    before = [(entry["consumer"], entry["times_delivered"]) for entry in pending(database, OUTBOX)]
    (known,) = begin(run, sending(entry_id))
    assert not known.is_ours
    assert database.hget(LEDGER, FIELD) == b"accepted id-1"
    assert before == [(entry["consumer"], entry["times_delivered"]) for entry in pending(database, OUTBOX)]


def test_a_lost_group_is_waited_for(run: Run, database: redis.Redis, entry_id: bytes) -> None:
    """Whose push it is cannot be told before the group is made again: the error says that waiting helps."""
    database.xgroup_destroy(OUTBOX, GROUP)
    with pytest.raises(redis.ResponseError) as caught:
        begin(run, sending(entry_id))
    assert is_passing(caught.value)
    assert database.hget(LEDGER, FIELD) == b"planned"


def test_a_full_server_lets_pushes_out(run: Run, database: redis.Redis, entry_id: bytes) -> None:
    """Sends begin and are settled although the server is out of memory: that is what makes room."""
    database.config_set("maxmemory", 1)
    try:
        with pytest.raises(redis.exceptions.OutOfMemoryError):
            database.set("x", "y")
        assert begin(run, sending(entry_id)) == [Circumstances(state="planned")]
        done = Settlement(entry_id, JOB, "accepted", "accepted id-1", Done())
        assert settled(run, {"n": [done]}, 1) == [True]
    finally:
        database.config_set("maxmemory", 0)
    assert (database.hget(LEDGER, FIELD), database.xlen(OUTBOX)) == (b"accepted id-1", 0)


def late(**told: Any) -> Circumstances:
    """Return the circumstances of a late push whose receiver has no device."""
    return Circumstances(state="planned", **{"devices": [], **told})


#: Name -> (what is stored, what is told of it).
CIRCUMSTANCES: dict[str, tuple[dict[str, dict[str, Any]], Circumstances]] = {
    "nothing": ({}, late()),
    "presence": (
        {USER: {"p": '[{"resource":"web_1","online_until":9}]', "s": "{}"}},
        late(presence=[Presence("web_1", None, 9)]),
    ),
    "read everything": ({MARKS: {"*": 7}}, late(read_ms=7)),
    "read the conversation": ({MARKS: {"user:alice": 8}}, late(read_ms=8)),
    "read both": ({MARKS: {"*": 9, "user:alice": 8}}, late(read_ms=9)),
    "read the message": ({MARKS: {"m:m": 8}}, late(message_is_read=True)),
    "read other things": ({MARKS: {"m:n": 8, "user:carol": 8, "group:alice": 8}}, late()),
    "the latest push": ({LATEST: {"n\nd\nscore": 6}}, late(latest_ms=6)),
    "other latest pushes": ({LATEST: {"n\nd\nother": 6, "n\ne\nscore": 6}}, late()),
    "marks that are no times": (
        {MARKS: {"*": "x", "user:alice": -1}, LATEST: {"n\nd\nscore": "9" * 5000}},
        late(),
    ),
    "presence that is none": ({USER: {"p": "[7"}}, late()),
    "devices": (
        {USER: {"d": '[{"device_id":"d","notifier":"n","token":"t","bound_at":5}]'}},
        late(devices=[Device("d", "n", "t", 5)]),
    ),
    "devices that are none": ({USER: {"d": '{"d"'}}, late(devices=None)),
}


@pytest.mark.parametrize(("stored", "told"), CIRCUMSTANCES.values(), ids=list(CIRCUMSTANCES))
def test_a_late_push_is_told_its_circumstances(
    run: Run, database: redis.Redis, entry_id: bytes, stored: dict[str, Any], told: Circumstances
) -> None:
    """Where the receiver is, what they have read and what replaced it; a timely push is not slowed down by it."""
    for key, fields in stored.items():
        database.hset(key, mapping=fields)
    assert begin(run, sending(entry_id, COLLAPSING, is_late=True)) == [told]
    database.hset(LEDGER, FIELD, "planned")
    assert begin(run, sending(entry_id, COLLAPSING)) == [Circumstances(state="planned")]


def test_each_send_of_a_call_has_its_own_answer(run: Run, database: redis.Redis) -> None:
    """Late and timely, with and without a collapse key, ours and gone: none takes another's arguments."""
    users = [f"u{number}" for number in range(8)]
    jobs = [msgspec.structs.replace(COLLAPSING if n % 3 else JOB, user=user) for n, user in enumerate(users)]
    for number, user in enumerate(users):
        database.hset(LEDGER, jobs[number].ledger_field, f"planned {number}")
        database.hset(KEYS.read_marks(APPKEY, user), "*", 100 + number)
        database.hset(KEYS.latest(APPKEY, user), "n\nd\nscore", 200 + number)
    ids = read_by(database, OUTBOX, "me", *({"job": json.dumps(number)} for number in range(8)))
    take_over(database, ids[5])
    sends = [sending(ids[n], jobs[n], is_late=n % 2 == 1) for n in range(8)]
    told = begin(run, *sends)
    assert [each.state for each in told] == [f"planned {number}" for number in range(8)]
    assert [each.is_ours for each in told] == [number != 5 for number in range(8)]
    assert [each.read_ms for each in told] == [0, 101, 0, 103, 0, 105, 0, 107]
    assert [each.latest_ms for each in told] == [0, 201, 0, 0, 0, 205, 0, 207]

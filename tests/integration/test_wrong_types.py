"""Keys of another type than they should have: nothing is acknowledged whose effect could not be written."""

from typing import Any

import msgspec
import pytest
import redis

from policy.receiver import Settings
from tests.integration.configuration import APPKEY
from tests.integration.script_calls import Run, pending, read_by
from tests.integration.settling import settled
from tests.jobs import push_job
from worker.codec import Fault
from worker.store.dead_letters import DeadLetterStore
from worker.store.keys import Keys, Partitions
from worker.store.scripts import Scripts
from worker.store.settlements import Action, Bury, Done, Retry, Settlement
from worker.store.state import StateRecord, StateStore
from worker.store.stream import Entry

KEYS = Keys()
OUTBOX, OTHER, SCHEDULE = KEYS.outbox(APPKEY, "n"), KEYS.outbox(APPKEY, "o"), KEYS.retry(APPKEY, "n")
STATISTICS = KEYS.statistics(APPKEY, "1970-01-01")
JOB = push_job()


@pytest.mark.parametrize(("key", "action"), [(SCHEDULE, Retry(5, JOB)), (KEYS.dead, Bury("why"))])
def test_a_push_that_cannot_be_put_anywhere_stays(run: Run, database: redis.Redis, key: str, action: Action) -> None:
    """Neither the schedule nor the dead letters can take it: it is still pending, and can be tried again."""
    (entry_id,) = read_by(database, OUTBOX, "me", {"job": msgspec.json.encode(JOB)})
    database.set(key, "x")
    settlement = Settlement(entry_id, JOB, "retry:x", "retry x", action)
    (fault,) = settled(run, {"n": [settlement]}, 1)
    assert "WRONGTYPE" in str(fault)
    assert [entry["message_id"] for entry in pending(database, OUTBOX)] == [entry_id]
    assert database.xlen(OUTBOX) == 1


def test_a_fault_of_one_push_is_no_other_s(run: Run, database: redis.Redis) -> None:
    """Around it, and on another channel, all are settled, deleted, and counted once."""
    before, faulty, behind = read_by(database, OUTBOX, "me", *({"job": msgspec.json.encode(JOB)},) * 3)
    (other,) = read_by(database, OTHER, "me", {"job": msgspec.json.encode(JOB)})
    database.set(SCHEDULE, "x")
    fine = [Settlement(entry_id, JOB, "fine", "fine", Done()) for entry_id in (before, behind, other)]
    unfit = Settlement(faulty, JOB, "x", "x", Retry(5, JOB))
    first, fault, *others = settled(run, {"n": [fine[0], unfit, fine[1]], "o": [fine[2]]}, 1)
    assert [first, *others] == [True] * 3
    assert "WRONGTYPE" in str(fault)
    left: Any = database.xrange(OUTBOX)
    assert [entry for entry, _ in left] == [faulty]
    assert [entry["message_id"] for entry in pending(database, OUTBOX)] == [faulty]
    assert (database.xlen(OTHER), pending(database, OTHER)) == (0, [])
    assert database.hgetall(STATISTICS) == {b"apns:fine": b"3"}


def test_statistics_that_are_none_leave_nothing_half_done(run: Run, database: redis.Redis) -> None:
    """What cannot be counted is settled and deleted, on this channel and on those behind it; the fault is told."""
    ids = {name: read_by(database, KEYS.outbox(APPKEY, name), "me", {"job": b"{}"})[0] for name in ("n", "o")}
    database.set(STATISTICS, "x")
    settlements = {name: [Settlement(entry_id, JOB, "fine", "fine", Done())] for name, entry_id in ids.items()}
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        settled(run, settlements, 1)
    assert [database.xlen(name) for name in (OUTBOX, OTHER)] == [0, 0]
    assert settled(run, settlements, 1) == [False, False]


def test_a_ledger_that_is_none_leaves_its_push_settled(run: Run, database: redis.Redis) -> None:
    """Nobody asks the vendor twice because a state could not be written."""
    (entry_id,) = read_by(database, OUTBOX, "me", {"job": msgspec.json.encode(JOB)})
    database.set(KEYS.message(APPKEY, "m"), "x")
    assert settled(run, {"n": [Settlement(entry_id, JOB, "fine", "fine", Done())]}, 1) == [True]
    assert (database.xlen(OUTBOX), database.hgetall(STATISTICS)) == (0, {b"apns:fine": b"1"})


def test_an_entry_that_cannot_be_buried_stays(run: Run, database: redis.Redis) -> None:
    """A dead-letter stream that is none takes nothing, and nothing is lost over it."""
    (entry_id,) = read_by(database, KEYS.events, "me", {"message": "{"})
    database.set(KEYS.dead, "x")
    faults = [(Entry(entry_id, {b"message": b"{"}), Fault("$", "why"))]
    with pytest.raises(redis.ResponseError):
        run(lambda client: DeadLetterStore(Scripts(client), KEYS).bury(KEYS.events, faults, 1))
    assert [entry["message_id"] for entry in pending(database, KEYS.events)] == [entry_id]
    assert database.xlen(KEYS.events) == 1


def test_state_records_are_written_all_or_none(run: Run, database: redis.Redis) -> None:
    """Of two users of whom one's key holds something else, neither is changed."""
    records = [StateRecord(APPKEY, user, settings=Settings(nickname=user)) for user in ("alice", "bob")]
    database.set(KEYS.user(APPKEY, "bob"), "x")
    with pytest.raises(redis.ResponseError):
        run(lambda client: StateStore(client, Partitions()).load(records))
    assert database.exists(KEYS.user(APPKEY, "alice")) == 0


def test_records_of_one_user_are_written_in_order(run: Run, database: redis.Redis) -> None:
    """A user who comes twice in a batch has what the later record says, and what only the earlier one names."""
    records: list[dict[str, Any]] = [
        {"badge": 3, "settings": {"nickname": "Bob"}, "conversations": {"user:alice": {"type": "NONE"}}},
        {"badge": 0, "settings": {"nickname": "Robert"}},
    ]
    decoded = [msgspec.convert({"appkey": APPKEY, "user": "bob", **record}, StateRecord) for record in records]
    run(lambda client: StateStore(client, Partitions()).load(decoded))
    found: Any = database.hgetall(KEYS.user(APPKEY, "bob"))
    assert found == {b"s": b'{"nickname":"Robert"}', b"c:user:alice": b'{"type":"NONE"}'}

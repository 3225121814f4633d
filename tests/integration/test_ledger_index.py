"""The ledger is bounded by time and by number, and what a message costs in it is known."""

import sys
import uuid
from typing import Any

import pytest
import redis

from tests.integration.configuration import APPKEY
from tests.integration.deployment import now_ms
from tests.integration.hand_offs import hand_offs, hand_over
from tests.integration.script_calls import Run
from worker.store.hand_off import Memory
from worker.store.keys import Keys

KEYS = Keys()
#: As the worker's configuration has them, but for few messages.
FEW = Memory(ledger_max=3)
#: What ``worker/README.md`` says, with room for another allocator.
MOST_BYTES_SINGLE, MOST_BYTES_RECEIVER = 400, 320


def remembered(database: redis.Redis, ids: list[str]) -> list[str]:
    """Return which messages the ledger has."""
    return [msg_id for msg_id in ids if database.exists(KEYS.message(APPKEY, msg_id))]


def test_the_oldest_messages_are_forgotten_first(run: Run, database: redis.Redis) -> None:
    """Beyond ``worker.ledger_max`` a new message takes the oldest one's place, and a forgotten one is news again."""
    ids = [f"m{number}" for number in range(6)]
    for msg_id in ids:
        assert hand_over(run, hand_offs(["bob"], now_ms(), msg_id=msg_id), FEW) == [True]
    assert remembered(database, ids) == ids[3:]
    assert database.xlen(KEYS.ledger) == 3
    again = [hand_over(run, hand_offs(["bob"], now_ms(), msg_id=msg_id), FEW) for msg_id in (ids[5], ids[0])]
    assert again == [[False], [True]]


def test_a_message_is_entered_once_however_many_receive_it(run: Run, database: redis.Redis) -> None:
    """Receivers in further calls, and repeats, count as the same message."""
    for users in (["u1", "u2"], ["u3"], ["u1", "u2"]):
        hand_over(run, hand_offs(users, now_ms(), msg_id="m"), FEW)
    entries: Any = database.xrange(KEYS.ledger)
    assert [fields for _, fields in entries] == [{b"m": KEYS.message(APPKEY, "m").encode()}]


def test_a_great_excess_is_worked_off_step_by_step(run: Run, database: redis.Redis) -> None:
    """A bound that was lowered holds up nobody: at most a thousand messages are forgotten in one script."""
    pipe = database.pipeline(transaction=False)
    for number in range(2500):
        key = KEYS.message(APPKEY, f"old{number}")
        pipe.hset(key, "bob", "1-0")
        pipe.xadd(KEYS.ledger, {"m": key})
    pipe.execute()
    left = []
    for number in range(3):
        hand_over(run, hand_offs(["bob"], now_ms(), msg_id=f"m{number}"), FEW)
        left.append(database.xlen(KEYS.ledger))
    assert left == [1501, 502, 3]
    assert remembered(database, [f"old{number}" for number in range(2500)]) == []
    assert remembered(database, ["m0", "m1", "m2"]) == ["m0", "m1", "m2"]


def test_the_index_forgets_what_has_expired(run: Run, database: redis.Redis) -> None:
    """Messages older than ``worker.dedupe_s`` leave the index too, a node of the stream at a time."""
    old = now_ms() - 3 * 86_400_000
    pipe = database.pipeline(transaction=False)
    for number in range(1000):
        pipe.xadd(KEYS.ledger, {"m": KEYS.message(APPKEY, f"old{number}")}, id=f"{old + number}-0")
    pipe.execute()
    hand_over(run, hand_offs(["bob"], now_ms(), msg_id="m"), Memory())
    assert database.xlen(KEYS.ledger) <= 101
    newest: Any = database.xrevrange(KEYS.ledger, count=1)
    assert newest[0][1] == {b"m": KEYS.message(APPKEY, "m").encode()}


def test_every_key_of_a_message_expires(run: Run, database: redis.Redis) -> None:
    """What a hand-off remembers for a while has an end, also when other pushes of the user come in between."""
    for number in range(2):
        extension = {"em_apns_ext": {"em_push_collapse_key": "score"}}
        found = hand_offs(["bob"], now_ms(), msg_id=f"m{number}", payload={"ext": extension})
        hand_over(run, found, Memory(dedupe_s=100))
    for key in (KEYS.message(APPKEY, "m0"), KEYS.message(APPKEY, "m1"), KEYS.latest(APPKEY, "bob")):
        assert 0 < database.ttl(key) <= 100


def collapsing(at: int, msg_id: str, key: str = "score") -> Any:
    """Return a hand-off of a message that replaces others of its collapse key, said at ``at``."""
    extension = {"em_apns_ext": {"em_push_collapse_key": key}}
    return hand_offs(["bob"], now_ms(), msg_id=msg_id, timestamp=at, payload={"ext": extension})


def latest(database: redis.Redis) -> dict[str, int]:
    """Return the newest message of each collapse key of bob's phone."""
    found: Any = database.hgetall(KEYS.latest(APPKEY, "bob"))
    return {field.decode().split("\n")[2]: int(at) for field, at in found.items()}


def test_the_newest_push_of_a_collapse_key_is_known(run: Run, database: redis.Redis) -> None:
    """Whatever the order in which messages are handed over, the newest one counts, for each key by itself."""
    now = now_ms()
    for msg_id, at, key in (("m1", now - 20, "score"), ("m2", now - 10, "score"), ("m3", now - 30, "score")):
        hand_over(run, collapsing(at, msg_id, key), Memory())
    hand_over(run, collapsing(now - 40, "m4", "weather"), Memory())
    hand_over(run, hand_offs(["bob"], now, msg_id="m5"), Memory())
    assert latest(database) == {"score": now - 10, "weather": now - 40}


def test_a_message_from_the_future_replaces_nothing_for_ever(run: Run, database: redis.Redis) -> None:
    """A clock that is ahead counts as now: the next push of the key is newer again."""
    before = now_ms()
    hand_over(run, collapsing(99_999_999_999_999, "m1"), Memory())
    assert before <= latest(database)["score"] <= now_ms()


def test_collapse_keys_do_not_gather(run: Run, database: redis.Redis) -> None:
    """A sender that gives each message a key of its own fills no memory: those of earlier days leave."""
    key, now = KEYS.latest(APPKEY, "bob"), now_ms()
    database.hset(key, mapping={f"n\nd\n{number}": now - 2 * 86_400_000 for number in range(999)})
    hand_over(run, collapsing(now - 5, "m1"), Memory())
    assert latest(database) == {"score": now - 5}


def accept(database: redis.Redis, msg_id: str) -> None:
    """Write into the ledger what a vendor answers: a UUID, as APNs."""
    key = KEYS.message(APPKEY, msg_id)
    fields: Any = database.hkeys(key)
    for field in fields:
        if b"\n" in field:
            database.hset(key, field, f"accepted {uuid.UUID(int=7)}")


@pytest.mark.parametrize(("receivers", "most"), [(1, MOST_BYTES_SINGLE), (500, 500 * MOST_BYTES_RECEIVER)])
def test_what_a_message_costs(run: Run, database: redis.Redis, receivers: int, most: int) -> None:
    """``MEMORY USAGE`` of a message and its share of the index: what worker/README.md counts with."""
    count = 50 if receivers == 1 else 3
    ids = [f"6264735217651{number:06d}" for number in range(count)]
    for msg_id in ids:
        users = [f"user_{msg_id[-6:]}_{number:05d}" for number in range(receivers)]
        hand_over(run, hand_offs(users, now_ms(), msg_id=msg_id), Memory())
        accept(database, msg_id)
    hashes: list[Any] = [database.memory_usage(KEYS.message(APPKEY, msg_id), samples=0) for msg_id in ids]
    index: Any = database.memory_usage(KEYS.ledger, samples=0)
    each = (sum(hashes) + index) / count
    sys.stdout.write(f"{each / receivers:.0f} bytes a receiver\n")
    assert each < most

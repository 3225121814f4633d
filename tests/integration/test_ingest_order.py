"""How much an ingest reads, in which order it works that off, and what the brake sees of it."""

import pytest
import redis

from policy.brake import Intake
from tests.integration.ingest_stage import KEYS, LEASE_MS, Stage, entry_of
from tests.integration.script_calls import abandon, read_by
from worker.codec import Fault
from worker.embedded import EmbeddedServer

BATCH, MOST = 20, 100


@pytest.fixture
def stage(redis_server: EmbeddedServer, database: redis.Redis) -> Stage:
    """An ingest that works off 20 events at a time, and reads up to 100."""
    return Stage(redis_server.url, database, BATCH, MOST)


def named(app: str, count: int) -> list[tuple[str, str]]:
    """Return app and id of so many messages."""
    return [(f"org#{app}", f"{app}{number}") for number in range(count)]


def ids(messages: list[tuple[str, str]]) -> list[str]:
    """Return their ids."""
    return [msg_id for _, msg_id in messages]


#: Events that wait, the most that are read, and how many are.
READS = [(7, MOST, 7), (20, MOST, 20), (50, MOST, 50), (150, MOST, 100), (150, 30, 30), (150, 20, 20)]


@pytest.mark.parametrize(("waiting", "most", "count"), READS)
def test_what_waits_is_read_together(stage: Stage, waiting: int, most: int, count: int) -> None:
    """A full read is followed by others, up to the most; nothing is awaited once something is there."""
    stage.add(*named("a", waiting))
    assert len(stage.read(most)) == count


def test_long_events_are_read_a_batch_at_a_time(stage: Stage) -> None:
    """What takes much memory, and long, is not taken away from other workers."""
    for _ in range(30):
        stage.database.xadd(KEYS.events, {"message": "x" * 50_001})
    assert len(stage.read(MOST)) == BATCH


def test_beside_what_was_taken_over_nothing_is_read(stage: Stage, database: redis.Redis) -> None:
    """A worker may have died of it: what would be in its company would be suspected too."""
    suspect, others = named("suspect", BATCH), named("a", 50)
    taken = read_by(database, KEYS.events, "dead", *map(entry_of, suspect))
    abandon(database, KEYS.events, *taken, silent_ms=LEASE_MS + 1)
    stage.add(*others)
    assert stage.turn({}) == [ids(suspect)]
    assert sum(map(len, stage.turn({}))) == len(others)


def test_beside_what_is_put_aside_nothing_is_read(stage: Stage, database: redis.Redis) -> None:
    """Sorting goes on by the batch: a script for thousands would hold up all of Redis."""
    database.sadd(KEYS.sidings, "org#a")
    database.xadd(KEYS.siding("org#a"), {"message": "{}", "origin": "1-1"})
    waiting, others = named("a", 1), named("b", 60)
    stage.add(*waiting, *others)
    assert stage.turn({}, "org#a", "org#b") == [ids(others[: BATCH - 1])]
    assert sum(map(len, stage.turn({}, "org#a", "org#b"))) == len(others) - BATCH + 1
    assert database.xlen(KEYS.siding("org#a")) == 2


def test_while_it_is_stopped_one_event_is_tried(redis_server: EmbeddedServer, database: redis.Redis) -> None:
    """Nothing is read beside it, also where a batch is a single event."""
    stage = Stage(redis_server.url, database, 1, MOST)
    stage.brake.note([Intake.INTERNAL] * 20)
    stage.now_ms = 10_000
    stage.add(*named("a", 5))
    assert stage.turn({}) == [["a0"]]
    assert stage.turn({}) == [[f"a{number}"] for number in range(1, 5)]


def test_apps_with_few_events_go_first(stage: Stage) -> None:
    """Each app's messages come together and in order, a batch at a time; a flood comes last."""
    flood, few, one = named("a", 60), named("b", 15), named("c", 1)
    stage.add(*flood[:30], *few, *flood[30:], *one)
    row = ids([*one, *few, *flood])
    assert stage.turn({}) == [row[start : start + BATCH] for start in range(0, len(row), BATCH)]


def test_a_batch_goes_as_it_came(stage: Stage) -> None:
    """Little is worked off at once, and has no order to be found."""
    mixed = [message for pair in zip(named("a", 10), named("b", 10), strict=True) for message in pair]
    stage.add(*mixed[:-1])
    assert stage.turn({}) == [ids(mixed[:-1])]


def test_with_what_cannot_be_read_all_go_as_they_came(stage: Stage) -> None:
    """The brake sees it among its neighbours; it is buried, and nothing else."""
    mixed = [message for pair in zip(named("a", 25), named("b", 25), strict=True) for message in pair]
    stage.add(*mixed[:30], ("", ""), *mixed[30:])
    calls = stage.turn({})
    assert [msg_id for call in calls for msg_id in call] == ids(mixed)
    assert [len(call) for call in calls] == [20, 19, 11]
    assert len(stage.buried()) == 1


def test_what_cannot_be_decided_goes_as_it_came(stage: Stage) -> None:
    """It is buried once; the others of its portion are dispatched again, which is harmless, and all others once."""
    few, many = named("b", 5), named("a", 40)
    stage.add(*few, *many)
    calls = stage.turn({"a17": Fault("$.to[0]", "broken")})
    assert calls == [ids([*few, *many[:15]]), ids(many[15:35]), ids(many[15:35]), ids(many[35:])]
    assert stage.buried() == ["broken"]


def test_one_apps_faults_in_a_row_stop_nobody(stage: Stage) -> None:
    """They failed among others' messages that were good: sorted, they would have looked like a broken deployment."""
    bad, good = named("bad", 45), named("good", 50)
    mixed = [message for pair in zip(bad, good[:45], strict=True) for message in pair]
    stage.add(*mixed, *good[45:])
    calls = stage.turn({msg_id: RuntimeError() for msg_id in ids(bad)})
    assert not stage.brake.is_on
    assert stage.buried() == ["internal error: RuntimeError"] * len(bad)
    assert {msg_id for call in calls for msg_id in call} == set(ids(good))


def test_a_broken_deployment_buries_twenty(stage: Stage) -> None:
    """When everything fails the ingest stops itself, however much was read: the rest stays where it is."""
    apps = [named(name, 20) for name in "abcde"]
    mixed = [message for row in zip(*apps, strict=True) for message in row]
    stage.add(*mixed)
    assert stage.turn({msg_id: RuntimeError() for msg_id in ids(mixed)}) == []
    assert stage.brake.is_on
    assert len(stage.buried()) == 20
    assert stage.database.xlen(KEYS.events) == MOST - 20

"""``reclaim.lua``, ``renew.lua`` and ``leave.lua``: whose an entry is when workers die, pause, and go."""

from collections.abc import Sequence
from typing import Any

import pytest
import redis

from tests.integration.eventually import eventually
from tests.integration.script_calls import LEASE_MS, Run, abandon, pending, read_by, stream_of
from worker.poison import MOST_DELIVERIES, are_suspect, without_poison
from worker.store.stream import GROUP, Entry

STREAM = "push:{p0}:events"


def reclaim(run: Run, consumer: str = "other", count: int = 200) -> list[Entry]:
    """Take over what silent workers left."""
    found: list[Entry] = run(lambda client: stream_of(client, STREAM, consumer).reclaim(count))
    return found


def entries(count: int) -> list[dict[str, Any]]:
    """Return so many entries to add."""
    return [{"n": number} for number in range(count)]


def test_what_a_silent_worker_left_is_given_whole(run: Run, database: redis.Redis) -> None:
    """The entry comes with its fields, and with the number of workers that it was given to."""
    (left,) = read_by(database, STREAM, "dead", {"message": "{}", "trace": "1"})
    abandon(database, STREAM, left)
    assert reclaim(run) == [Entry(left, {b"message": b"{}", b"trace": b"1"}, 2)]
    abandon(database, STREAM, left)
    assert reclaim(run, "third") == [Entry(left, {b"message": b"{}", b"trace": b"1"}, 3)]
    assert [(entry["consumer"], entry["times_delivered"]) for entry in pending(database, STREAM)] == [(b"third", 3)]


def test_the_lease_is_respected(run: Run, database: redis.Redis) -> None:
    """What was read or renewed within the lease is nobody else's; the moment it has passed, it is."""
    fresh, nearly, over = read_by(database, STREAM, "busy", *entries(3))
    abandon(database, STREAM, nearly, silent_ms=LEASE_MS // 2)
    abandon(database, STREAM, over)
    assert [entry.id for entry in reclaim(run)] == [over]
    assert {entry["message_id"]: entry["consumer"] for entry in pending(database, STREAM)} == {
        fresh: b"busy",
        nearly: b"busy",
        over: b"other",
    }


def test_no_more_are_taken_than_there_is_room_for(run: Run, database: redis.Redis) -> None:
    """A lane with three free slots takes three over, the oldest first, and the rest at its next look."""
    ids = read_by(database, STREAM, "dead", *entries(5))
    abandon(database, STREAM, *ids)
    assert [entry.id for entry in reclaim(run, count=3)] == ids[:3]
    assert [entry.id for entry in reclaim(run, count=3)] == ids[3:]
    assert reclaim(run) == []


def test_deleted_entries_are_passed_over(run: Run, database: redis.Redis) -> None:
    """What somebody deleted from the stream is not taken over, stands in nobody's way, and is forgotten."""
    ids = read_by(database, STREAM, "dead", *entries(6))
    database.xdel(STREAM, *ids[::2])
    abandon(database, STREAM, *ids)
    assert [entry.id for entry in reclaim(run)] == ids[1::2]
    assert [entry["message_id"] for entry in pending(database, STREAM)] == ids[1::2]


@pytest.mark.parametrize(("deliveries", "company"), [(1, 200), (2, 25), (3, 3), (4, 1), (5, 1), (50, 1)])
def test_the_company_shrinks(run: Run, database: redis.Redis, deliveries: int, company: int) -> None:
    """The more workers an entry was given to, the fewer others are taken with it."""
    ids = read_by(database, STREAM, "dead", *entries(250))
    for entry_id in ids:
        database.xclaim(STREAM, GROUP, "dead", 0, [entry_id], idle=LEASE_MS + 1, retrycount=deliveries, justid=True)
    taken = reclaim(run)
    assert [entry.id for entry in taken] == ids[:company]
    assert {entry.deliveries for entry in taken} == {deliveries + 1}


def test_an_often_delivered_one_keeps_the_company_small(run: Run, database: redis.Redis) -> None:
    """It shrinks the batch that it is in, or waits when that is too large for it already."""
    ids = read_by(database, STREAM, "dead", *entries(40))
    abandon(database, STREAM, *ids)
    for place in (10, 30):
        database.xclaim(STREAM, GROUP, "dead", 0, [ids[place]], idle=LEASE_MS + 1, retrycount=2, justid=True)
    assert [entry.id for entry in reclaim(run)] == [*ids[:25]]
    assert [entry.id for entry in reclaim(run)] == [*ids[25:]]


class Fleet:
    """Workers on one stream, one after the other: each works until it touches poison, and dies of it."""

    def __init__(self, run: Run, database: redis.Redis, poison: set[bytes]) -> None:
        """``poison`` kills."""
        self._run, self._database, self._poison = run, database, poison
        self.buried: list[bytes] = []
        self.deaths = 0

    def clear(self) -> None:
        """Let one worker after the other take over until nothing is left."""
        while pending(self._database, STREAM):
            self._live(f"worker {self.deaths}")

    def _live(self, consumer: str) -> None:
        """Take over as a lane does: it reads on while others are in flight, but not beside a suspect."""
        held: list[Entry] = []
        while batch := reclaim(self._run, consumer):
            sound, poison = without_poison(batch)
            self._bury([entry for entry, _ in poison])
            if not are_suspect(batch):
                held += sound
            elif self._die(held, sound) or self._die(sound):
                return
            else:
                held = []
        self._die(held)

    def _die(self, at_work: Sequence[Entry], *waiting: Sequence[Entry]) -> bool:
        """Settle what is worked on, unless something of it kills; then what waits is left behind as well."""
        if not any(entry.id in self._poison for entry in at_work):
            self._settle([entry.id for entry in at_work])
            return False
        self.deaths += 1
        abandon(self._database, STREAM, *(entry.id for entries in (at_work, *waiting) for entry in entries))
        return True

    def _settle(self, ids: Sequence[bytes]) -> None:
        if ids:
            self._database.xack(STREAM, GROUP, *ids)

    def _bury(self, entries: Sequence[Entry]) -> None:
        self.buried += [entry.id for entry in entries]
        self._settle([entry.id for entry in entries])


@pytest.mark.parametrize("places", [(0,), (100,), (199,), (0, 1), (30, 170), (24, 25, 26)])
def test_nobody_is_buried_for_the_company_it_was_in(run: Run, database: redis.Redis, places: tuple[int, ...]) -> None:
    """Of two hundred entries, only those that kill every worker are buried, after eight of them each."""
    ids = read_by(database, STREAM, "the first", *entries(200))
    abandon(database, STREAM, *ids)
    poison = {ids[place] for place in places}
    fleet = Fleet(run, database, poison)
    fleet.clear()
    assert sorted(fleet.buried) == sorted(poison)
    assert fleet.deaths <= (MOST_DELIVERIES - 1) * len(places)


def test_renewing_keeps_what_is_ours_and_nothing_else(run: Run, database: redis.Redis) -> None:
    """The lease begins anew without counting a delivery; what others took over or settled is not brought back."""
    ours, theirs, settled = read_by(database, STREAM, "me", *entries(3))
    abandon(database, STREAM, ours, theirs, settled)
    database.xclaim(STREAM, GROUP, "other", 0, [theirs], idle=LEASE_MS // 2)
    database.xack(STREAM, GROUP, settled)
    assert run(lambda client: stream_of(client, STREAM).renew([ours, theirs, settled])) == 1
    found = {entry["message_id"]: entry for entry in pending(database, STREAM)}
    assert found.keys() == {ours, theirs}
    assert (found[ours]["consumer"], found[ours]["times_delivered"]) == (b"me", 1)
    assert found[ours]["time_since_delivered"] < LEASE_MS // 2
    assert (found[theirs]["consumer"], found[theirs]["times_delivered"]) == (b"other", 2)
    assert found[theirs]["time_since_delivered"] >= LEASE_MS // 2
    assert reclaim(run) == []


def test_any_number_of_leases_is_renewed(run: Run, database: redis.Redis) -> None:
    """Also of more entries than Lua hands to one command: a channel may have ten thousand in flight."""
    ids = read_by(database, STREAM, "me", *entries(9000))
    assert run(lambda client: stream_of(client, STREAM).renew(ids)) == 9000
    assert run(lambda client: stream_of(client, STREAM).renew([])) == 0


def test_renewing_survives_a_lost_group(run: Run, database: redis.Redis) -> None:
    """The group is made again, and nothing in it is ours any more."""
    ids = read_by(database, STREAM, "me", *entries(2))
    database.xgroup_destroy(STREAM, GROUP)
    assert run(lambda client: stream_of(client, STREAM).renew(ids)) == 0
    assert [group["name"] for group in database.xinfo_groups(STREAM)] == [GROUP.encode()]


def consumers(database: redis.Redis) -> set[bytes]:
    """Return the group's consumers."""
    return {consumer["name"] for consumer in database.xinfo_consumers(STREAM, GROUP)}


def test_a_worker_that_ends_leaves_the_group(run: Run, database: redis.Redis) -> None:
    """Its consumer is removed when it holds nothing; one that holds entries stays, for they would go with it."""
    for name in ("me", "other"):
        read_by(database, STREAM, name, {"n": 1})
    assert run(lambda client: stream_of(client, STREAM).leave()) == 0
    (ours, _) = pending(database, STREAM)
    database.xack(STREAM, GROUP, ours["message_id"])
    assert run(lambda client: stream_of(client, STREAM).leave()) == 1
    assert consumers(database) == {b"other"}
    assert len(pending(database, STREAM)) == 1


def test_workers_that_ended_without_a_farewell_are_swept_out(run: Run, database: redis.Redis) -> None:
    """Who was silent for ten leases and holds nothing has gone; who holds entries, or was just here, stays."""
    read_by(database, STREAM, "holds entries", {"n": 1})
    for number in range(20):
        database.xgroup_createconsumer(STREAM, GROUP, f"killed {number}")
    assert run(lambda client: stream_of(client, STREAM).sweep()) == 0

    def swept() -> set[bytes]:
        # A lease of nothing: whoever was silent for a millisecond is gone.
        run(lambda client: stream_of(client, STREAM, lease_ms=0).sweep())
        return consumers(database)

    eventually(swept, lambda left: left == {b"holds entries"})


def test_sweeping_makes_a_lost_group_again(run: Run, database: redis.Redis) -> None:
    """Of a stream that was lost altogether, the group is made again, and nobody was removed."""
    assert run(lambda client: stream_of(client, STREAM).sweep()) == 0
    assert [group["name"] for group in database.xinfo_groups(STREAM)] == [GROUP.encode()]

"""The dead-letter stream read and ended partition by partition: order, whole entries, bounded memory."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
import redis

from tests.integration.burials import Burials, message
from tests.integration.vendors import ROOT
from worker.dead_letters.actions import Actions, Result
from worker.dead_letters.criteria import Criteria
from worker.dead_letters.revivals import Worth
from worker.dead_letters.search import Search, batches
from worker.embedded import EmbeddedServer
from worker.store.connection import connect
from worker.store.keys import Keys
from worker.store.letter import Letter, Period
from worker.store.letter_name import LetterName
from worker.store.letters import LetterStore
from worker.store.revival import Revival, RevivalStore

T = 1_790_000_000_000
PARTITIONS = [Keys(0), Keys(1), Keys(2)]


class Place:
    """Stores of several partitions, asked as the commands ask."""

    def __init__(self, client: redis.Redis, url: str) -> None:
        """Bind to a server."""
        self._url, self.client = url, client
        self.burials = [Burials(client, keys) for keys in PARTITIONS]

    def found(self, criteria: Criteria = Criteria(), *, oldest: bool = False, **search: Any) -> list[str]:  # noqa: B008 - frozen
        """Return the names of what a search finds."""

        async def names(client: Any) -> list[str]:
            stores = [LetterStore(client, keys) for keys in PARTITIONS]
            found = Search(stores, criteria, **search)
            return [str(letter.name) async for letter in (found.oldest_first() if oldest else found.newest_first())]

        found: list[str] = self._run(names)
        return found

    def acted(self, action: str, **search: Any) -> Result:
        """Retry or drop what a search finds."""

        async def act(client: Any) -> Result:
            found = Search([LetterStore(client, keys) for keys in PARTITIONS], Criteria(), **search)
            actions = Actions([RevivalStore(client, keys) for keys in PARTITIONS], is_dry=False)
            if action == "drop":
                return await actions.drop(found)
            return await actions.retry(found, Worth(T, {}, 100_000), drops_expired=False)

        result: Result = self._run(act)
        return result

    def letters(self, period: Period = Period(), *, is_back: bool = False) -> list[Letter]:  # noqa: B008 - frozen
        """Return what is read of the first partition."""

        async def read(client: Any) -> list[Letter]:
            store = LetterStore(client, PARTITIONS[0])
            return [letter async for letter in (store.newest_first(period) if is_back else store.oldest_first(period))]

        found: list[Letter] = self._run(read)
        return found

    def _run(self, call: Any) -> Any:
        async def run() -> Any:
            connection = connect(self._url)
            try:
                return await call(connection.writer)
            finally:
                await connection.aclose()

        return asyncio.run(run())


@pytest.fixture
def place(redis_server: EmbeddedServer, database: redis.Redis) -> Place:
    """An empty server."""
    return Place(database, redis_server.url)


def test_one_order_over_all_partitions(place: Place) -> None:
    """Letters of three partitions come in one order of time, either way, and a limit counts over all of them."""
    names = [place.burials[number % 3].event({"message": message()}, at_ms=T + number // 2) for number in range(500)]
    by_time = sorted(names, key=lambda name: (int(name[3:16]), int(name[17:]), name[:2]))
    assert place.found(oldest=True) == by_time
    times = [(name[3:16], name[17:]) for name in place.found()]
    assert times == [(name[3:16], name[17:]) for name in reversed(by_time)]
    assert place.found(oldest=True, limit=7) == by_time[:7]
    assert len(place.found(limit=7)) == 7


def test_each_letter_ends_in_its_own_partition(place: Place) -> None:
    """Retry adds to the events of the partition that the letter is of; a name finds only that partition's letter."""
    same = [burials.event({"message": str(burials.keys.number)}, at_ms=T) for burials in place.burials]
    named = [LetterName(1, same[1].partition(":")[2])]
    assert place.acted("retry", names=named) == Result(retried=1)
    assert place.client.xlen(PARTITIONS[1].events) == 1
    assert place.found(oldest=True) == [same[0], same[2]]
    assert place.acted("drop") == Result(dropped=2)
    assert place.found() == []


def test_what_is_buried_meanwhile_is_not_met(place: Place) -> None:
    """Oldest first ends at what was there when it began, however fast new letters come."""
    names = [place.burials[0].event({"message": "{"}) for _ in range(50)]

    async def read(client: Any) -> list[str]:
        found: list[str] = []
        async for letter in LetterStore(client, PARTITIONS[0]).oldest_first():
            found.append(str(letter.name))
            place.burials[0].event({"message": "{"})
            assert len(found) <= len(names)
        return found

    assert place._run(read) == names


def test_a_cut_through_an_entry(place: Place) -> None:
    """A time that falls between the letters of one entry takes it whole or not at all, by its first letter."""
    burials = place.burials[0]
    for at_ms, name in ((T, "a"), (T + 1, "b"), (T + 5, "c")):
        fields: Any = {"stream": PARTITIONS[0].events, "id": "9-9", "field": name, "value": name}
        burials.client.xadd(PARTITIONS[0].dead, fields, id=f"{at_ms}-0")
    other = burials.event({"message": "x"}, at_ms=T + 9)
    for is_back in (False, True):
        (whole,) = place.letters(Period(T, T + 2), is_back=is_back)
        assert whole.fields == {b"a": b"a", b"b": b"b", b"c": b"c"}
        assert [str(letter.name) for letter in place.letters(Period(T + 1, None), is_back=is_back)] == [other]
    assert place.acted("drop", names=[LetterName(0, f"{T + 1}-0")]) == Result(dropped=1)
    assert burials.left() == [other]


def test_pushes_that_were_given_up_are_never_one_entry(place: Place) -> None:
    """They have no id on their stream: neighbours of the same outbox stay apart."""
    names = [place.burials[0].job(b"{}") for _ in range(3)]
    assert [str(letter.name) for letter in place.letters()] == names


def test_pages_of_every_size(place: Place) -> None:
    """Whatever the sizes of letters, none is left out and none comes twice, either way."""
    sizes = [1] * 450 + [400_000] * 12 + [1] * 300 + [2_500_000] * 3 + [1] * 5
    for number, size in enumerate(sizes):
        place.burials[0].event({"message": b"x" * size, "trace": str(number)})
    for is_back in (False, True):
        found = [(len(letter.fields[b"message"]), letter.fields[b"trace"]) for letter in place.letters(is_back=is_back)]
        wanted = [(size, str(number).encode()) for number, size in enumerate(sizes)]
        assert found == (wanted[::-1] if is_back else wanted)


def test_batches_are_bounded_by_number_and_by_size(place: Place) -> None:
    """No script gets more than a hundred letters, and megabytes at most."""
    for size in [10] * 250 + [900_000] * 6:
        place.burials[0].event({"message": b"x" * size})

    letters = place.letters()

    async def sizes() -> list[int]:
        return [len(batch) async for batch in batches(each(letters))]

    assert asyncio.run(sizes()) == [100, 100, 53, 3]


async def each(letters: list[Letter]) -> AsyncIterator[Letter]:
    """Yield letters."""
    for letter in letters:
        yield letter


def test_a_second_revival_changes_nothing(place: Place) -> None:
    """Revived twice, or revived after it was dropped, an entry is added once."""
    place.burials[0].event({"message": "1", "trace": "1"})
    place.burials[0].event({"message": "2"})
    first, second = place.letters()

    async def act(client: Any) -> list[list[bool]]:
        store = RevivalStore(client, PARTITIONS[0])
        revivals = [Revival(letter, letter.fields) for letter in (first, first, second)]
        return [
            await store.drop([second]),
            await store.revive(revivals),
            await store.revive(revivals),
            await store.drop([first, second]),
        ]

    assert place._run(act) == [[True], [True, False, False], [False, False, False], [False, False]]
    assert place.burials[0].entries(PARTITIONS[0].events) == [{b"message": b"1", b"trace": b"1"}]
    assert place.client.xlen(PARTITIONS[0].dead) == 0


def test_an_entry_that_cannot_be_added_stays(place: Place) -> None:
    """A stream's name that is taken by something else is an error, and the letter is still there."""
    place.burials[0].event({"message": "1"})
    place.client.set(PARTITIONS[0].events, "not a stream")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        place.acted("retry")
    assert place.client.xlen(PARTITIONS[0].dead) == 1


#: Not ru_maxrss, which begins with the memory of the process that started this one.
_COUNT = """
import sys
from pathlib import Path
from worker.cli import main
try:
    main(["dead-letters", "list", "--counts"])
finally:
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    sys.stderr.write(line.split()[1])
"""


def memory_kb(url: str) -> int:
    """Return the most memory that counting all letters takes."""
    command = [sys.executable, "-c", _COUNT]
    env = {"OFFLINE_PUSH_REDIS__URL": url, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    return int(done.stderr)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_memory_is_bounded(place: Place, redis_server: EmbeddedServer) -> None:
    """Reading 100 MB of letters takes no more memory than a page of them."""
    place.burials[0].event({"message": "1"})
    before = memory_kb(redis_server.url)
    with place.client.pipeline(transaction=False) as pipe:
        for number in range(20_000):
            fields: Any = {"stream": PARTITIONS[0].events, "id": f"{number}-7", "field": "message", "reason": "r"}
            pipe.xadd(PARTITIONS[0].dead, {**fields, "value": b"x" * 5000})
        pipe.execute()
    assert memory_kb(redis_server.url) - before < 20_000

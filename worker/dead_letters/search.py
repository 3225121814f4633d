"""Finding dead letters: by name, or all that meet the criteria, over every partition, in order of time."""

import heapq
from collections.abc import AsyncIterator, Sequence

from worker.dead_letters.criteria import Criteria
from worker.store.letter import Letter
from worker.store.letter_name import LetterName
from worker.store.letters import LetterStore

#: Letters and bytes that go to Redis at a time: a script holds up all of it.
_BATCH, _BATCH_BYTES = 100, 2_000_000


class Search:
    """One search; ``missing`` are the names that no letter has, known when it has ended."""

    def __init__(
        self,
        stores: Sequence[LetterStore],
        criteria: Criteria,
        names: Sequence[LetterName] = (),
        limit: int | None = None,
    ) -> None:
        """``limit`` is how many are found at most."""
        self._stores, self._criteria, self._names, self._limit = stores, criteria, names, limit
        self.missing: list[LetterName] = []

    async def newest_first(self) -> AsyncIterator[Letter]:
        """Yield what is found."""
        async for letter in self._found(is_back=True):
            yield letter

    async def oldest_first(self) -> AsyncIterator[Letter]:
        """Yield what is found, up to what was there when the search began."""
        async for letter in self._found(is_back=False):
            yield letter

    async def _found(self, *, is_back: bool) -> AsyncIterator[Letter]:
        count = 0
        async for letter in self._named(is_back=is_back) if self._names else self._all(is_back=is_back):
            if count == self._limit:
                return
            if self._criteria.are_met_by(letter):
                count += 1
                yield letter

    async def _named(self, *, is_back: bool) -> AsyncIterator[Letter]:
        found: dict[LetterName, Letter] = {}
        for name in self._names:
            store = next(store for store in self._stores if store.keys.number == name.partition)
            letter = await store.find(name.id)
            if letter:
                found[letter.name] = letter
            else:
                self.missing.append(name)
        for letter in sorted(found.values(), key=_moment, reverse=is_back):
            yield letter

    async def _all(self, *, is_back: bool) -> AsyncIterator[Letter]:
        period = self._criteria.period
        sources = [store.newest_first(period) if is_back else store.oldest_first(period) for store in self._stores]
        async for letter in _merged(sources, -1 if is_back else 1):
            yield letter


async def batches(letters: AsyncIterator[Letter]) -> AsyncIterator[list[Letter]]:
    """Yield lists of letters that are small enough for one script."""
    batch: list[Letter] = []
    size = 0
    async for letter in letters:
        batch.append(letter)
        size += sum(map(len, letter.fields.values()))
        if len(batch) == _BATCH or size > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _moment(letter: Letter) -> tuple[int, int]:
    milliseconds, _, number = letter.name.id.partition("-")
    return int(milliseconds), int(number)


async def _merged(sources: Sequence[AsyncIterator[Letter]], direction: int) -> AsyncIterator[Letter]:
    """Yield from ordered sources in one order; one letter of each is held."""
    heads = [head for index, source in enumerate(sources) if (head := await _head(source, index, direction))]
    heapq.heapify(heads)
    while heads:
        _, index, letter = heads[0]
        yield letter
        head = await _head(sources[index], index, direction)
        if head:
            heapq.heapreplace(heads, head)
        else:
            heapq.heappop(heads)


async def _head(
    source: AsyncIterator[Letter], index: int, direction: int
) -> tuple[tuple[int, ...], int, Letter] | None:
    letter = await anext(source, None)
    return (tuple(direction * part for part in _moment(letter)), index, letter) if letter else None

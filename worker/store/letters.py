"""Reading the dead-letter stream of one partition, however long it is: a page at a time, entries whole again."""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Sequence
from typing import Any

from redis.asyncio import Redis

from worker.store.keys import Keys
from worker.store.letter import ALWAYS, Fields, Letter, Period, letter_of

Row = tuple[bytes, Fields]

_FIRST_PAGE, _LONGEST_PAGE = 20, 200
#: A letter may be half a megabyte, or a few hundred bytes: pages are as long as the last ones suggest.
_PAGE_BYTES = 1_000_000
#: A script buries all fields of an entry, but not always in one millisecond.
_ENTRY_MS = 10_000


class LetterStore:
    """Reads letters."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        """Bind to one partition."""
        self._client, self.keys = client, keys

    async def newest_first(self, period: Period = ALWAYS) -> AsyncIterator[Letter]:
        """Yield what was buried in this time."""
        low, high = _around(period)
        async for letter in self._letters(self._rows_back(low, high), is_back=True):
            if period.covers(letter):
                yield letter

    async def oldest_first(self, period: Period = ALWAYS) -> AsyncIterator[Letter]:
        """Yield what was buried in this time, and before the first is yielded.

        What is retried and buried again meanwhile would otherwise be met again, for ever.
        """
        low, high = _around(period)
        newest: Any = await self._client.xrevrange(self.keys.dead, max=high, min=low, count=1)
        if newest:
            async for letter in self._letters(self._rows(low, newest[0][0].decode()), is_back=False):
                if period.covers(letter):
                    yield letter

    async def find(self, letter_id: str) -> Letter | None:
        """Return the entry that this dead letter is a part of."""
        found: Any = await self._client.xrange(self.keys.dead, min=letter_id, max=letter_id)
        if not found:
            return None
        rows: deque[Row] = deque([found[0]])
        async for row in self._rows_back("-", f"({letter_id}"):
            if not _are_one_entry(row, rows[0]):
                break
            rows.appendleft(row)
        async for row in self._rows(f"({letter_id}", "+"):
            if not _are_one_entry(row, rows[-1]):
                break
            rows.append(row)
        return letter_of(self.keys, rows)

    async def _letters(self, rows: AsyncIterator[Row], *, is_back: bool) -> AsyncIterator[Letter]:
        entry: list[Row] = []
        async for row in rows:
            if entry and not _are_one_entry(entry[-1], row):
                yield letter_of(self.keys, entry[::-1] if is_back else entry)
                entry = []
            entry.append(row)
        if entry:
            yield letter_of(self.keys, entry[::-1] if is_back else entry)

    async def _rows(self, low: str, high: str) -> AsyncIterator[Row]:
        length = _FIRST_PAGE
        while page := await _page(self._client.xrange(self.keys.dead, min=low, max=high, count=length)):
            for row in page:
                yield row
            low, length = f"({page[-1][0].decode()}", _next_length(page)

    async def _rows_back(self, low: str, high: str) -> AsyncIterator[Row]:
        length = _FIRST_PAGE
        while page := await _page(self._client.xrevrange(self.keys.dead, max=high, min=low, count=length)):
            for row in page:
                yield row
            high, length = f"({page[-1][0].decode()}", _next_length(page)


async def _page(answer: Awaitable[Any]) -> list[Row]:
    return list(await answer)


def _next_length(page: Sequence[Row]) -> int:
    size = sum(len(value) for _, fields in page for value in fields.values())
    return max(1, min(_LONGEST_PAGE, _PAGE_BYTES * len(page) // max(size, 1)))


def _around(period: Period) -> tuple[str, str]:
    """Return ids between which every entry of this time is whole."""
    low = "-" if period.since_ms is None else str(max(0, period.since_ms - _ENTRY_MS))
    return low, "+" if period.until_ms is None else str(max(0, period.until_ms + _ENTRY_MS))


def _are_one_entry(one: Row, other: Row) -> bool:
    """Return whether two neighbours are fields of the same entry; a push that was given up has no id, and one field."""
    names = (b"stream", b"id")
    return bool(one[1].get(b"id")) and [one[1].get(name) for name in names] == [other[1].get(name) for name in names]

"""Header blocks of requests. https://www.rfc-editor.org/rfc/rfc7541.

A block is put together as text, one character a byte, and encoded once: that is a few look-ups and one join for headers
that the server's table already holds. No Huffman code: its few bytes would cost more time than the rest.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final

from hpack.table import HeaderTable

from providers.http2.frames import DEFAULT_TABLE_SIZE

Header = tuple[str, str]

_INDEXED, _ENTERED, _SIZE, _NEVER, _PASSING = 0x80, 0x40, 0x20, 0x10, 0x00
#: Bits of the number behind each of them.
_BITS: Final = {_INDEXED: 7, _ENTERED: 6, _SIZE: 5, _NEVER: 4, _PASSING: 4}
#: What the RFC adds to the length of an entry (4.1).
_ENTRY_OVERHEAD: Final = 32
_SHORT: Final = 1024
#: Runs that are remembered: what they hold stays as long.
_MOST_RUNS: Final = 64


def number(value: int, kind: int) -> str:
    """Return a number behind the bits of a representation (5.1)."""
    return _number(value, _BITS[kind], kind)


def _number(value: int, bits: int, first: int) -> str:
    most = (1 << bits) - 1
    if value < most:
        return chr(first | value)
    found, value = [first | most], value - most
    while value > 0x7F:  # noqa: PLR2004 - seven bits a byte
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value]).decode("latin-1")


_LENGTHS: Final = [_number(length, 7, 0) for length in range(_SHORT)]
_STATIC: Final = [(name.decode(), value.decode()) for name, value in HeaderTable.STATIC_TABLE]
_STATIC_PAIRS: Final = {pair: number(index, _INDEXED) for index, pair in enumerate(_STATIC, 1)}
_STATIC_NAMES: Final = {name: index for index, (name, _) in reversed(list(enumerate(_STATIC, 1)))}


def _text(value: str) -> str:
    length = len(value)
    return (_LENGTHS[length] if length < _SHORT else _number(length, 7, 0)) + value


class Encoder:
    """Encodes header blocks and knows what the server's table holds.

    Args:
        never: names whose values no table may hold, the next hop's neither.
        passing: names whose values hardly ever repeat: the first one is entered for its name's sake, the others not.
    """

    def __init__(self, never: Iterable[str] = (), passing: Iterable[str] = ()) -> None:
        self._never, self._passing = frozenset(never), frozenset(passing)
        self._entries: deque[Header] = deque()
        self._size, self._most = 0, DEFAULT_TABLE_SIZE
        #: The smallest and the last size of the table that the server does not know yet.
        self._untold: tuple[int, int] | None = None
        self._known: dict[Header, str] = {}
        #: By identity, runs that come again: the run, and what it is called for as long as the table stays as it is.
        self._runs: dict[int, tuple[tuple[Header, ...], str]] = {}
        #: How many headers were entered.
        self._inserted = 0
        self._prefixes: dict[str, str] = {}
        self._reindex()

    def resize(self, most: int) -> None:
        """Keep the table within the server's SETTINGS_HEADER_TABLE_SIZE, and tell it so in the next block (4.2)."""
        most = min(most, DEFAULT_TABLE_SIZE)
        if most == self._most and self._untold is None:
            return
        smallest = min(most, self._untold[0]) if self._untold else most
        self._untold, self._most = (smallest, most), most
        self._make_room(0)
        self._reindex()

    def encode(self, *runs: Sequence[Header]) -> bytes:
        """Return one header block of all runs. Names are lower case; names and values are of visible ASCII and blanks.

        A tuple is a run that comes again, the same object each time: it is put together once.
        """
        parts = self._news() if self._untold else []
        for run in runs:
            if type(run) is not tuple:
                self._add(run, parts)
            elif (found := self._runs.get(id(run))) and found[0] is run:
                parts.append(found[1])
            else:
                self._remember(run, parts)
        return "".join(parts).encode("latin-1")

    def _remember(self, run: tuple[Header, ...], parts: list[str]) -> None:
        before, entries = len(parts), self._inserted
        self._add(run, parts)
        # One that has entered a header is called otherwise the next time.
        if self._inserted == entries and len(self._runs) < _MOST_RUNS:
            self._runs[id(run)] = run, "".join(parts[before:])

    def _add(self, run: Sequence[Header], parts: list[str]) -> None:
        known, prefixes = self._known, self._prefixes
        for header in run:
            name, value = header
            if prefix := prefixes.get(name):
                # In three pieces: to join them at the end costs less than a call here.
                length = len(value)
                parts += prefix, _LENGTHS[length] if length < _SHORT else _number(length, 7, 0), value
            else:
                parts.append(known.get(header) or self._unknown(name, value))

    def _news(self) -> list[str]:
        sizes, self._untold = self._untold or (), None
        return [number(size, _SIZE) for size in dict.fromkeys(sizes)]

    def _unknown(self, name: str, value: str) -> str:
        """Return a header that the table does not hold, and enter it if there can be room."""
        size = len(name) + len(value) + _ENTRY_OVERHEAD
        if size > self._most:
            return _literal(name, _PASSING, _STATIC_NAMES) + _text(value)
        self._make_room(size)
        self._entries.appendleft((name, value))
        self._inserted += 1
        self._size += size
        self._reindex()
        return _literal(name, _ENTERED, _STATIC_NAMES) + _text(value)

    def _make_room(self, size: int) -> None:
        while self._entries and self._size + size > self._most:
            name, value = self._entries.pop()
            self._size -= len(name) + len(value) + _ENTRY_OVERHEAD

    def _reindex(self) -> None:
        """Say anew how each header in the tables is called: each entry moves the others."""
        first, names = len(_STATIC) + 1, dict(_STATIC_NAMES)
        self._known.clear()
        self._runs.clear()
        self._known.update(_STATIC_PAIRS)
        for index, header in enumerate(self._entries, first):
            self._known.setdefault(header, number(index, _INDEXED))
            names.setdefault(header[0], index)
        self._prefixes.clear()
        self._prefixes.update((name, _literal(name, _PASSING, names)) for name in self._passing if name in names)
        self._prefixes.update((name, _literal(name, _NEVER, names)) for name in self._never)


def _literal(name: str, kind: int, names: dict[str, int]) -> str:
    """Return what stands before a literal value."""
    index = names.get(name)
    return chr(kind) + _text(name) if index is None else number(index, kind)

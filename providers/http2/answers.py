"""Header blocks of answers.

We announce a table of size 0, so a block means the same whatever came before it, and need not be decoded to be passed.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from hpack import Decoder, HPACKError, OversizedHeaderListError

from providers.http2.errors import Code, ProtocolError
from providers.http2.length import length_of

#: ``:status 200`` from the static table; the second after the change of the table's size that we ask for.
_OK: Final = (b"\x88", b"\x20\x88")
#: Bytes of names and values, as SETTINGS_MAX_HEADER_LIST_SIZE counts them.
LONGEST_LIST: Final = 65_536
_LEAST_STATUS, _MOST_STATUS = 100, 999
_LONGEST_NUMBER = 15


class Malformed(Exception):  # noqa: N818 - the RFC's word
    """A header block without a status (8.1.1): it costs the stream."""


def decoder() -> Decoder:
    """Return a decoder without a table."""
    found = Decoder(max_header_list_size=LONGEST_LIST)
    found.header_table_size = 0
    found.max_allowed_table_size = 0
    return found


class Fields(Mapping[str, str]):
    """The wanted headers of an answer, decoded when the first one is asked for."""

    __slots__ = ("_block", "_found", "_wanted")

    def __init__(self, block: bytes, wanted: Collection[str]) -> None:
        self._block, self._wanted = block, wanted
        self._found: dict[str, str] | None = None

    def __getitem__(self, name: str) -> str:
        """Return a header's value."""
        return self._decoded()[name]

    def __iter__(self) -> Iterator[str]:
        """Return the names."""
        return iter(self._decoded())

    def __len__(self) -> int:
        """Return how many of the wanted headers came."""
        return len(self._decoded())

    def __repr__(self) -> str:
        """Return what a dict of them shows."""
        return repr(self._decoded())

    def _decoded(self) -> dict[str, str]:
        if self._found is None:
            try:
                self._found = _wanted_of(_decode(self._block), self._wanted)
            except (ProtocolError, Malformed):
                self._found = {}
        return self._found


#: What the headers of an answer say: its status, its wanted headers, and the length of its body if they name it.
Head = tuple[int, Mapping[str, str], int | None]


def read(block: bytes, wanted: Collection[str], *, is_whole: bool) -> Head:
    """Read the headers of an answer. Of a header that came twice the first counts.

    Of a 200 that says so at its very beginning only the length is read, and if it is whole, without a body, nothing.

    Raises:
        ProtocolError: the block cannot be decoded.
        Malformed: there is no status, no sensible length, or the list is longer than we announced.
    """
    if block.startswith(_OK):
        return 200, Fields(block, wanted), None if is_whole else length_of(block)
    pairs = _decode(block)
    status = _number_of(pairs, b":status")
    if status is None or not _LEAST_STATUS <= status <= _MOST_STATUS:
        raise Malformed("no status")
    return status, _wanted_of(pairs, wanted), _number_of(pairs, b"content-length")


def _decode(block: bytes) -> list[tuple[bytes, bytes]]:
    try:
        return [(bytes(name), bytes(value)) for name, value in decoder().decode(block, raw=True)]
    except OversizedHeaderListError as error:
        raise Malformed("headers too long") from error
    except HPACKError as error:
        raise ProtocolError(Code.COMPRESSION_ERROR, "header block cannot be decoded") from error


def _number_of(pairs: list[tuple[bytes, bytes]], wanted: bytes) -> int | None:
    """Return the number that a header is, which may come only once."""
    values = [value for name, value in pairs if name == wanted]
    if not values:
        return None
    if len(values) > 1 or not values[0].isdigit() or len(values[0]) > _LONGEST_NUMBER:
        raise Malformed(f"{wanted.decode()} is no number")
    return int(values[0])


def _wanted_of(pairs: list[tuple[bytes, bytes]], wanted: Collection[str]) -> dict[str, str]:
    """Return what is wanted; what is not ASCII is as good as not sent."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if name.isascii() and value.isascii() and name.decode() in wanted:
            found.setdefault(name.decode(), value.decode())
    return found

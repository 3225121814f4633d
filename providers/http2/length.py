"""The length that an answer's headers name, found without decoding the others: most answers are read for their body."""

from functools import lru_cache
from typing import Final

from hpack.exceptions import HPACKError
from hpack.huffman_table import decode_huffman

#: ``content-length`` in the static table. https://www.rfc-editor.org/rfc/rfc7541#appendix-A
_CONTENT_LENGTH: Final = 28
_INDEXED, _ENTERED, _SIZE, _HUFFMAN = 0x80, 0x40, 0x20, 0x80
_LONGEST: Final = 15
#: Five bytes of seven bits.
_LARGEST_SHIFT: Final = 28


def length_of(block: bytes) -> int | None:
    """Return the content-length of a header block; None if there is none, or none that is easily found."""
    at, end = 0, len(block)
    try:
        while at < end:
            first = block[at]
            if first & _INDEXED:
                at = _number(block, at, 0x7F)[1]
            elif not first & _ENTERED and first & _SIZE:
                at = _number(block, at, 0x1F)[1]
            else:
                name, at = _number(block, at, 0x3F if first & _ENTERED else 0x0F)
                if not name:
                    at = _behind(block, at)
                if name == _CONTENT_LENGTH:
                    return _value(block[at : _behind(block, at)])
                at = _behind(block, at)
    except IndexError:  # the block breaks off
        pass
    return None


def _number(block: bytes, at: int, most: int) -> tuple[int, int]:
    """Return a number and what is behind it (RFC 7541 5.1)."""
    found = block[at] & most
    if found < most:
        return found, at + 1
    shift = 0
    while shift <= _LARGEST_SHIFT:
        at += 1
        found += (block[at] & 0x7F) << shift
        shift += 7
        if not block[at] & 0x80:
            return found, at + 1
    raise IndexError


def _behind(block: bytes, at: int) -> int:
    """Return what is behind a string (5.2)."""
    length, at = _number(block, at, 0x7F)
    return at + length


@lru_cache(maxsize=256)
def _value(string: bytes) -> int | None:
    """Return the number that a string is, its own length in front of it."""
    try:
        value = decode_huffman(string[1:]) if string[0] & _HUFFMAN else string[1:]
    except HPACKError:
        return None
    return int(value) if value.isdigit() and len(value) <= _LONGEST else None

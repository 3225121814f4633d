"""Frames of HTTP/2, as bytes. https://www.rfc-editor.org/rfc/rfc9113#section-6."""

from collections.abc import Iterable
from struct import Struct
from typing import Final

DATA: Final = 0
HEADERS: Final = 1
PRIORITY: Final = 2
RST_STREAM: Final = 3
SETTINGS: Final = 4
PUSH_PROMISE: Final = 5
PING: Final = 6
GOAWAY: Final = 7
WINDOW_UPDATE: Final = 8
CONTINUATION: Final = 9

ACK: Final = 0x1
END_STREAM: Final = 0x1
END_HEADERS: Final = 0x4
PADDED: Final = 0x8
WITH_PRIORITY: Final = 0x20

HEADER_TABLE_SIZE: Final = 1
ENABLE_PUSH: Final = 2
MAX_CONCURRENT_STREAMS: Final = 3
INITIAL_WINDOW_SIZE: Final = 4
MAX_FRAME_SIZE: Final = 5
MAX_HEADER_LIST_SIZE: Final = 6

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#: The highest stream, and the largest window.
LARGEST_31: Final = 2**31 - 1
#: What both sides begin with, and the least that MAX_FRAME_SIZE may be.
DEFAULT_FRAME_SIZE: Final = 16_384
DEFAULT_WINDOW: Final = 65_535
DEFAULT_TABLE_SIZE: Final = 4_096

#: The length's upper byte and lower two, the type, the flags, the stream.
HEAD: Final = Struct(">BHBBL")
HEAD_SIZE: Final = HEAD.size
_SETTING: Final = Struct(">HL")
_LONG: Final = Struct(">L")
_TWO_LONGS: Final = Struct(">LL")


def head(length: int, kind: int, flags: int, stream: int) -> bytes:
    """Return the nine bytes before a payload."""
    return HEAD.pack(length >> 16, length & 0xFFFF, kind, flags, stream)


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """Return one frame."""
    return head(len(payload), kind, flags, stream) + payload


def settings(values: Iterable[tuple[int, int]]) -> bytes:
    """Return SETTINGS of these identifiers and values."""
    return frame(SETTINGS, 0, 0, b"".join(_SETTING.pack(*pair) for pair in values))


def settings_of(payload: bytes) -> Iterable[tuple[int, int]]:
    """Return the identifiers and values of a payload whose length is a multiple of six."""
    return _SETTING.iter_unpack(payload)


def window_update(stream: int, increment: int) -> bytes:
    """Return WINDOW_UPDATE; stream 0 is the connection."""
    return frame(WINDOW_UPDATE, 0, stream, _LONG.pack(increment))


def reset(stream: int, code: int) -> bytes:
    """Return RST_STREAM."""
    return frame(RST_STREAM, 0, stream, _LONG.pack(code))


def goaway(code: int) -> bytes:
    """Return GOAWAY of a client, to which the server has opened no stream."""
    return frame(GOAWAY, 0, 0, _TWO_LONGS.pack(0, code))


def header_block(stream: int, block: bytes, most: int, flags: int) -> list[bytes]:
    """Return HEADERS and what CONTINUATION its block needs, of ``most`` bytes each; ``flags`` besides END_HEADERS."""
    parts = [block[at : at + most] for at in range(0, len(block), most)]
    kinds = [HEADERS, *[CONTINUATION] * (len(parts) - 1)]
    ends = [*[0] * (len(parts) - 1), END_HEADERS]
    found: list[bytes] = []
    for kind, end, part in zip(kinds, ends, parts, strict=True):
        found += head(len(part), kind, end | (flags if kind == HEADERS else 0), stream), part
    return found


def number(payload: bytes) -> int:
    """Return the 31-bit number of a payload's first four bytes."""
    return int(_LONG.unpack_from(payload)[0]) & LARGEST_31


def error_code(payload: bytes, at: int = 0) -> int:
    """Return the error code at a place of a payload."""
    return int(_LONG.unpack_from(payload, at)[0])

"""Faults of bytes: what broken producers, proxies and attackers make of a good text."""

from collections.abc import Callable
from random import Random

_ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "utf-7", "gb18030", "shift-jis", "latin-1", "cp037")
_STRAY = (
    b"\x00",
    b"\xff",
    b"\x80",
    b"\xed\xa0\x80",  # a lone surrogate
    b"\xed\xb0\x80\xed\xa0\x80",
    b"\xc0\x80",  # overlong NUL
    b"\xc1\xa2",  # overlong "b"
    b"\xe0\x80\xaf",
    b"\xf0\x80\x80\xaf",
    b"\xf4\x90\x80\x80",  # beyond Unicode
    b"\xef\xbb\xbf",  # BOM
    b"\xe2\x80\xa8",
    b"\r\n",
    b"\x1b[2J",
    b"\\",
    b'"',
    b"{",
    b"}",
    b",",
)
ByteFault = Callable[[Random, bytes], bytes]


def faulty_bytes(chance: Random, text: bytes) -> bytes:
    """Return the text with one to three faults."""
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        text = chance.choice(_FAULTS)(chance, text)
    return text


def _flip(chance: Random, text: bytes) -> bytes:
    at = chance.randrange(len(text) + 1)
    return text[:at] + bytes(byte ^ 1 << chance.randrange(8) for byte in text[at : at + 1]) + text[at + 1 :]


def _other_byte(chance: Random, text: bytes) -> bytes:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.randbytes(1) + text[at + 1 :]


def _cut(chance: Random, text: bytes) -> bytes:
    return text[: chance.randrange(len(text) + 1)]


def _behead(chance: Random, text: bytes) -> bytes:
    return text[chance.randrange(len(text) + 1) :]


def _insert(chance: Random, text: bytes) -> bytes:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(_STRAY) + text[at:]


def _remove(chance: Random, text: bytes) -> bytes:
    start, end = _span(chance, text)
    return text[:start] + text[end:]


def _repeat(chance: Random, text: bytes) -> bytes:
    start, end = _span(chance, text)
    return text[:end] + text[start:]


def _swap(chance: Random, text: bytes) -> bytes:
    start, end = _span(chance, text)
    return text[:start] + text[start:end][::-1] + text[end:]


def _noise(chance: Random, text: bytes) -> bytes:
    return chance.randbytes(min(len(text), chance.randrange(200)))


def _reencode(chance: Random, text: bytes) -> bytes:
    return text.decode("utf-8", "replace").encode(chance.choice(_ENCODINGS), "replace")


def _bom(_: Random, text: bytes) -> bytes:
    return b"\xef\xbb\xbf" + text


def _tail(chance: Random, text: bytes) -> bytes:
    return text + chance.choice([b"\x00", b"\n", b" " * 100, b"{}", b"]", text[:100]])


def _span(chance: Random, text: bytes) -> tuple[int, int]:
    start = chance.randrange(len(text) + 1)
    return start, min(len(text), start + chance.randrange(1, 40))


_FAULTS: tuple[ByteFault, ...] = (
    _flip,
    _flip,
    _other_byte,
    _cut,
    _behead,
    _insert,
    _insert,
    _remove,
    _repeat,
    _swap,
    _noise,
    _reencode,
    _bom,
    _tail,
)

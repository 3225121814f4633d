"""Faults of the entry itself: names, numbers and sizes of its fields."""

from collections.abc import Callable
from random import Random

from tests.fuzz.sample import LIMIT, Fate, Fields

_NO_KINDS = (
    b"",
    b"massage",
    b"Message",
    b"MESSAGE",
    b"message ",
    b"message\x00",
    b"\xef\xbb\xbfmessage",
    b"reads",
    b"event",
    b"\xff\xfe",
    b"\x00",
    b"m\xc3\xa9ssage",
    b"0",
    b"x" * 1000,
)
_NO_EVENTS = (b"", b" ", b"null", b"true", b"7", b'"text"', b"[]", b"[{}]", b"{}", b"\x00", b"\xff", b"Hello")
EntryFault = Callable[[Random, bytes, bytes], tuple[Fields, Fate]]


def faulty_entry(chance: Random, kind: bytes, value: bytes) -> tuple[Fields, Fate]:
    """Return the fields of an entry made of a good event, and its fate."""
    return chance.choice(_FAULTS)(chance, kind, value)


def _other_name(chance: Random, _: bytes, value: bytes) -> tuple[Fields, Fate]:
    return ((chance.choice(_NO_KINDS), value),), Fate.BURIED


def _swapped(_: Random, kind: bytes, value: bytes) -> tuple[Fields, Fate]:
    return ((value, kind),), Fate.BURIED


def _no_event(chance: Random, kind: bytes, _: bytes) -> tuple[Fields, Fate]:
    return ((kind, chance.choice(_NO_EVENTS)),), Fate.BURIED


def _two_kinds(_: Random, __: bytes, value: bytes) -> tuple[Fields, Fate]:
    return ((b"message", value), (b"presence", value)), Fate.BURIED


def _twice(chance: Random, kind: bytes, value: bytes) -> tuple[Fields, Fate]:
    return ((kind, value), (kind, chance.choice([value, b"{}", b""]))), Fate.BURIED


def _many_fields(chance: Random, _: bytes, value: bytes) -> tuple[Fields, Fate]:
    return tuple((b"field%d" % index, value[:50]) for index in range(chance.randrange(2, 150))), Fate.BURIED


def _own_fields(chance: Random, kind: bytes, value: bytes) -> tuple[Fields, Fate]:
    """Put fields of the producer's own beside the event: they are ignored."""
    others = [(name, value[:20]) for name in chance.sample(_NO_KINDS, chance.randrange(1, 5))]
    at = chance.randrange(len(others) + 1)
    return (*others[:at], (kind, value), *others[at:]), Fate.DECIDED


def _too_large(chance: Random, kind: bytes, value: bytes) -> tuple[Fields, Fate]:
    return ((kind, value + b" " * (LIMIT + chance.randrange(1, 100) - len(value))),), Fate.BURIED


def _just_fits(_: Random, kind: bytes, value: bytes) -> tuple[Fields, Fate]:
    return ((kind, value + b" " * (LIMIT - len(value))),), Fate.DECIDED


_FAULTS: tuple[EntryFault, ...] = (
    *(_other_name, _swapped, _no_event, _two_kinds, _twice, _many_fields, _own_fields) * 6,
    _too_large,
    _just_fits,
)

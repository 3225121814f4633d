"""Of what other programs wrote into a user's hash, as much as can be read: for those who only look."""

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from worker.codec import Fault, decode

Kind = TypeVar("Kind")
_JSON = msgspec.json.Encoder()


def record_of(text: bytes | None, kind: type[Kind]) -> Kind:
    """Return a Struct all of whose members have defaults; a member that cannot be read has its default."""
    read = decode(text or b"{}", kind)
    return _sound_part(text or b"{}", kind) if isinstance(read, Fault) else read


def list_of(text: bytes | None, kind: type[Kind]) -> list[Kind]:
    """Return the items of a list that can be read."""
    read: Any = decode(text or b"[]", list[kind])  # type: ignore[valid-type]  # msgspec takes a type that is a value
    return _sound_items(text or b"[]", kind) if isinstance(read, Fault) else list(read)


def _sound_part(text: bytes, kind: type[Kind]) -> Kind:
    members = decode(text, dict[str, msgspec.Raw])
    found = {} if isinstance(members, Fault) else members
    sound = {name: value for name, value in found.items() if _is_sound(_JSON.encode({name: value}), kind)}
    return msgspec.json.decode(_JSON.encode(sound), type=kind)


def _sound_items(text: bytes, kind: type[Kind]) -> list[Kind]:
    raw = decode(text, list[msgspec.Raw])
    items: Sequence[msgspec.Raw] = [] if isinstance(raw, Fault) else raw
    found = [decode(bytes(item), kind) for item in items]
    return [item for item in found if not isinstance(item, Fault)]


def _is_sound(text: bytes, kind: type[Any]) -> bool:
    return not isinstance(decode(text, kind), Fault)

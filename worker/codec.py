"""Bytes from outside become events, cases and state records, or a Fault that says where the bytes are wrong."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from policy.event import AppKey, Identifier, MessageEvent, Milliseconds
from policy.identifiers import bare_user

Decoded = TypeVar("Decoded")
_AT = re.compile(r" - at `([^`]*)`$")
_MISSING = re.compile(r"^Object missing required field `([^`]*)`$")
_FORM = "matching regex"
#: What follows it is the value, which may be what somebody wrote.
_NOT_LISTED = "Invalid enum value"
_NAME = re.compile(rb"[\w.:-]{1,40}", re.ASCII)


class PresenceEvent(msgspec.Struct, frozen=True):
    """A connection came, went, or was kicked by another device of the same platform.

    ``timestamp`` is milliseconds since 1970; an online lease ends ``lease_s`` seconds after it unless renewed, so
    that a gateway that crashed leaves nobody online for ever.
    """

    appkey: AppKey
    user: Identifier
    resource: Identifier
    state: Literal["online", "offline", "kicked"]
    timestamp: Milliseconds
    device_id: str | None = None
    lease_s: Annotated[int, msgspec.Meta(ge=1, le=30 * 86_400)] = 400

    def __post_init__(self) -> None:
        """Refuse a JID without a user."""
        if not bare_user(self.user, self.appkey):
            raise ValueError("a JID has no user id")


#: The key of a conversation override.
Conversation = Annotated[str, msgspec.Meta(pattern=r"^(user|group):[^\x00-\x1f\x7f-\x9f]+\Z", max_length=520)]


class ReadEvent(msgspec.Struct, frozen=True):
    """A user has read something on another device: a message, a conversation (``user:<id>``, ``group:<id>``), or all.

    Pushes of it that still wait for another attempt are not sent any more. What was said later is not meant.
    """

    appkey: AppKey
    user: Identifier
    conversation: Conversation | None = None
    msg_id: Identifier | None = None

    def __post_init__(self) -> None:
        """Refuse a JID without a user."""
        if not bare_user(self.user, self.appkey):
            raise ValueError("a JID has no user id")

    @property
    def mark(self) -> str:
        """The field of the user's read marks; conversations are named as ``MessageEvent`` names them."""
        if self.msg_id:
            return f"m:{self.msg_id}"
        kind, _, name = (self.conversation or "").partition(":")
        return f"user:{bare_user(name, self.appkey)}" if kind == "user" else self.conversation or "*"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why something could not be read: the JSON path of the fault and one line without message text."""

    path: str
    reason: str

    def __str__(self) -> str:
        """Return one line for people."""
        return f"{self.path}: {self.reason}"


Event = MessageEvent | PresenceEvent | ReadEvent
#: What the one field of a stream entry may be called.
EVENT_KINDS: Mapping[str, type[Event]] = {"message": MessageEvent, "presence": PresenceEvent, "read": ReadEvent}
_KINDS_BY_FIELD = {name.encode(): kind for name, kind in EVENT_KINDS.items()}
_DECODERS: dict[type[Any], msgspec.json.Decoder[Any]] = {}


def conversation_of(event: Event) -> str:
    """Return what names the event's partition beside its app key: the conversation, or the user it is about."""
    return event.conversation_id if isinstance(event, MessageEvent) else bare_user(event.user, event.appkey)


def decode(data: bytes | str, kind: type[Decoded]) -> Decoded | Fault:
    """Decode JSON into a Struct. Whatever the bytes are, the answer is the object or a Fault, never an exception."""
    decoder = _DECODERS.get(kind) or _DECODERS.setdefault(kind, msgspec.json.Decoder(kind))
    try:
        return decoder.decode(data)  # type: ignore[no-any-return]  # the table holds decoders of any type
    except msgspec.ValidationError as error:
        return _located(str(error))
    except msgspec.DecodeError as error:
        return Fault("$", f"not JSON: {error}")
    except UnicodeDecodeError as error:
        return Fault("$", f"not UTF-8: byte {_first_bad_byte(data, error)}")
    except RecursionError:
        return Fault("$", "nested too deeply")


def decode_entry(fields: Mapping[bytes, bytes], max_bytes: int) -> Event | Fault:
    """Decode one stream entry. Fields beside the event's own are ignored."""
    names = [name for name in fields if name in _KINDS_BY_FIELD]
    if len(names) != 1:
        return Fault("$", _no_kind(fields))
    value = fields[names[0]]
    if len(value) > max_bytes:
        return Fault("$", f"{len(value)} bytes, limit {max_bytes}")
    return decode(value, _KINDS_BY_FIELD[names[0]])


def _first_bad_byte(data: bytes | str, error: UnicodeDecodeError) -> int:
    """Return where the bytes stop being UTF-8: msgspec counts from the beginning of the JSON string it is in."""
    if isinstance(data, str):
        return error.start
    try:
        str(data, "utf-8")
    except UnicodeDecodeError as whole:
        return whole.start
    return error.start


def _no_kind(fields: Mapping[bytes, bytes]) -> str:
    # A producer that swaps name and value must not bring message text into the log.
    names = [name.decode() if _NAME.fullmatch(name) else f"[{len(name)} bytes]" for name in list(fields)[:5]]
    found = ", ".join(sorted(names))
    return f"expected exactly one field of {', '.join(EVENT_KINDS)}; found {found}"


def _located(message: str) -> Fault:
    """Split msgspec's ``reason - at `$.path``` and point at a missing member itself."""
    at = _AT.search(message)
    path, reason = (at.group(1), message[: at.start()]) if at else ("$", message)
    if _FORM in reason:
        reason = "not of the form that is needed here"  # the expression would explain nothing to most readers
    if reason.startswith(_NOT_LISTED):
        reason = "none of the values that are known here"
    missing = _MISSING.match(reason)
    return Fault(f"{path}.{missing.group(1)}", "missing") if missing else Fault(path, reason)

"""Whom a dead letter speaks of, as far as its bytes can be read. It is a letter because something in it is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from policy.identifiers import bare_user
from worker.codec import decode
from worker.store.letter import Letter
from worker.store.letter_name import Stage

#: No identifier of this trade is longer; what is may be anything.
_LONGEST_IDENTIFIER = 128


@dataclass(frozen=True, slots=True)
class Contents:
    """App key, receivers' user ids and message id; empty where they cannot be read."""

    appkey: str
    users: tuple[str, ...]
    msg_id: str


def contents_of(letter: Letter) -> Contents:
    """Read a letter leniently: the first field that is a JSON object, and the name of the outbox."""
    members = next((found for value in letter.fields.values() if (found := _members(value))), {})
    about = members.get("draft") if letter.stage is Stage.OUTBOX else members
    msg_id = about.get("msg_id") if isinstance(about, dict) else None
    appkey = letter.channel[0] if letter.channel else _text(members.get("appkey"))
    named = members.get("to", members.get("user"))
    users = [bare_user(user, appkey) for user in (named if isinstance(named, list) else [named]) if _text(user)]
    return Contents(appkey, tuple(dict.fromkeys(users)), _text(msg_id))


def identifier(text: str) -> str:
    """Return an identifier as it is, and what looks like none by its length: it may be what somebody wrote."""
    is_one = text.isprintable() and " " not in text and len(text) <= _LONGEST_IDENTIFIER
    return text if is_one else f"[{len(text)} characters]"


def _members(value: bytes) -> Mapping[str, Any]:
    decoded = decode(value, Any)
    return decoded if isinstance(decoded, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""

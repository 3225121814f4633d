"""A dead letter's bytes for people's eyes: ids, times and shapes. Text is told by its length, tokens by fingerprint.

What is shown is listed; anything else may be what somebody wrote: a producer's fault puts text anywhere.
"""

import re
from typing import Any

from providers.notification import fingerprint
from worker.codec import Fault, decode
from worker.dead_letters.contents import identifier
from worker.store.letter import Letter
from worker.store.letter_name import Stage

#: Names from the outermost member inwards; None is any element of an array.
Path = tuple[str | None, ...]


def _paths(words: str) -> frozenset[Path]:
    return frozenset(tuple(name if name != "*" else None for name in word.split(".")) for word in words.split())


_EVENT = _paths(
    "appkey msg_id timestamp chat_type from to to.* group_id routetype user resource device_id state lease_s "
    "conversation payload.from payload.to payload.bodies.*.type payload.meta.translations.*.code"
)
_JOB = _paths(
    "user device_id token bound_at badge attempt unsent revived_ms draft.appkey draft.msg_id draft.notifier "
    "draft.event_ms draft.decided_ms draft.conversation draft.notification.collapse_id draft.notification.expires_at "
    "draft.notification.push_type draft.notification.sound draft.notification.category "
    "draft.notification.data.f draft.notification.data.m draft.notification.data.g"
)
_SHOWN = {Stage.EVENTS: _EVENT, Stage.OUTBOX: _JOB}
_TOKEN: Path = ("token",)
_MEMBER_NAME = re.compile(r"[\w.:-]{1,40}", re.ASCII)
#: Fields beside the job.
_NUMBERS = frozenset({b"badge", b"count"})
_NUMBER = re.compile(rb"\d{1,10}", re.ASCII)
#: Deeper, only the kind of a value is told.
_DEEPEST = 12
_INT64 = 2**63


def field_name(name: bytes) -> str:
    """Return a field's name, or its length: a producer may have swapped name and value."""
    text = name.decode("utf-8", "replace")
    return text if _MEMBER_NAME.fullmatch(text) else f"[{len(name)} bytes]"


def field_content(letter: Letter, name: bytes) -> Any:
    """Return what one field holds as JSON without its text, or one line on bytes that are no JSON."""
    value = letter.fields[name]
    if letter.stage is Stage.OUTBOX and name in _NUMBERS and _NUMBER.fullmatch(value):
        return int(value)
    decoded = decode(value, Any)
    if isinstance(decoded, Fault):
        return f"[{len(value)} bytes, {decoded}]"
    return _redacted(decoded, (), _SHOWN[letter.stage] if letter.stage else frozenset())


def _redacted(value: Any, path: Path, shown: frozenset[Path]) -> Any:
    match value:
        case None | bool():
            return value
        case dict() | list() if len(path) == _DEEPEST:
            return f"[{type(value).__name__} of {len(value)}]"
        case dict():
            return {
                _member_name(name, index): _redacted(member, (*path, name), shown)
                for index, (name, member) in enumerate(value.items())
            }
        case list():
            return [_redacted(item, (*path, None), shown) for item in value]
        case str():
            return _text(value, path, shown)
        case _:
            return value if path in shown and abs(value) < _INT64 else "[number]"


def _text(text: str, path: Path, shown: frozenset[Path]) -> str:
    if path not in shown:
        return f"[{len(text)} characters]"
    return f"[fingerprint {fingerprint(text)}]" if path == _TOKEN else identifier(text)


def _member_name(name: str, index: int) -> str:
    # Numbered, so that no two become one.
    return name if _MEMBER_NAME.fullmatch(name) else f"[member {index}, {len(name)} characters]"

"""What the messages of Push Kit v1, v2 and v3 share: the value tables' rows and how they are asked."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from providers.simulator.huawei_answers import BAD_STRUCTURE, TOKEN_COUNT, TOO_LARGE

Document = dict[str, Any]
Check = Callable[[Any], bool]

MAX_TOKENS = 1000
#: Bytes of the body without its tokens.
MAX_BODY = 4096
#: Fifteen days, in seconds.
MAX_TTL = 1_296_000


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a message is refused; an empty ``msg`` means the code's usual text."""

    code: str
    msg: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One row: the member at ``path``, if there, must pass ``check``, else the message is refused with ``code``."""

    path: str
    check: Check
    code: str = BAD_STRUCTURE
    msg: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a body said. ``payload`` is it without its tokens; ``fault`` is the first rule it broke."""

    tokens: tuple[str, ...] = ()
    payload: Document = field(default_factory=dict)
    collapse_id: str | None = None
    fault: Fault | None = None
    validate_only: bool = False


def at(document: Any, path: str) -> Any:
    """Return the member at a dotted path, or None."""
    for name in path.split("."):
        document = document.get(name) if isinstance(document, dict) else None
    return document


def decoded(body: bytes) -> Document | None:
    """Return a body's JSON object, or None."""
    try:
        document = json.loads(body)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def first_fault(fields: Iterable[Field], document: Document) -> Fault | None:
    """Ask the rows in order; members that are absent or null pass."""
    for row in fields:
        value = at(document, row.path)
        if value is not None and not row.check(value):
            return Fault(row.code, row.msg or f"Illegal payload, {row.path} is invalid")
    return None


def named_tokens(value: Any) -> tuple[str, ...]:
    """Return the tokens of a token list; whatever is no list of strings names none."""
    is_list = isinstance(value, list) and all(isinstance(token, str) for token in value)
    return tuple(value) if is_list else ()


def count_fault(tokens: tuple[str, ...]) -> Fault | None:
    """Check the number of tokens."""
    return None if 1 <= len(tokens) <= MAX_TOKENS else Fault(TOKEN_COUNT)


def size_fault(body: bytes, tokens: tuple[str, ...]) -> Fault | None:
    """Check the size of the body as it was sent, without its tokens."""
    spelled = json.dumps(tokens, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")
    return Fault(TOO_LARGE) if len(body) - len(spelled) + len("[]") > MAX_BODY else None


def whole(low: int, high: int) -> Check:
    """Return a check for an integer from ``low`` to ``high``."""
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def text(max_bytes: int | None = None) -> Check:
    """Return a check for a string of at most ``max_bytes`` in UTF-8."""

    def check(value: Any) -> bool:
        return isinstance(value, str) and (max_bytes is None or len(value.encode(errors="surrogatepass")) <= max_bytes)

    return check


def one_of(*values: str | int) -> Check:
    """Return a check for membership; true and false are no numbers."""
    return lambda value: isinstance(value, str | int) and not isinstance(value, bool) and value in values


def at_most(length: int) -> Check:
    """Return a check for a list of at most ``length`` members."""
    return lambda value: isinstance(value, list) and len(value) <= length


def flag(value: Any) -> bool:
    """Check for true or false."""
    return isinstance(value, bool)


def json_object(value: Any) -> bool:
    """Check for a JSON object."""
    return isinstance(value, dict)


def seconds(value: Any) -> float | None:
    """Return a v1 duration (``86400s``) as seconds, negative for one in the past, or None if it is none."""
    spelled = isinstance(value, str) and re.fullmatch(r"-?[0-9]+(\.[0-9]{1,9})?s", value)
    return float(value.removesuffix("s")) if spelled else None

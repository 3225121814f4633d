"""JSON bodies that keep a vendor's byte limit: the shown text gives way, the app's data never does."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from providers.graphemes import last_boundary

#: https://developer.apple.com/documentation/usernotifications/generating-a-remote-notification
ALERT_LIMIT: Final = 4096
VOIP_LIMIT: Final = 5120

ELLIPSIS: Final = "…"
_ELLIPSIS_SIZE: Final = len(ELLIPSIS.encode())
_encoder: Final = msgspec.json.Encoder()


def encode(document: Mapping[str, Any]) -> bytes:
    """Return a document as JSON in UTF-8, without blanks; lone surrogates, which UTF-8 cannot carry, become ``?``."""
    try:
        return _encoder.encode(document)
    except UnicodeEncodeError:
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def fit(render: Callable[[str], Mapping[str, Any]], text: str, limit: int) -> bytes | None:
    """Return the JSON of ``render(text)`` in at most ``limit`` bytes, with the text shortened if it must be.

    Args:
        render: builds the document around the shown text, which it holds once, or not at all when empty.
        text: what may be shortened; a shortened one ends in "…".
        limit: bytes.

    Returns:
        The body, or None if it is too large even without the text.
    """
    whole = encode(render(text))
    if len(whole) <= limit:
        return whole
    bare = encode(render(""))
    if len(bare) > limit:
        return None
    framed = len(encode(render(ELLIPSIS)))
    return encode(render(truncate(text, limit - framed + _ELLIPSIS_SIZE))) if framed <= limit else bare


def truncate(text: str, size: int) -> str:
    """Shorten a text so that its JSON form, without quotes, has at most ``size`` bytes, "…" included.

    It is cut between characters as a reader sees them: never inside an emoji sequence, a flag or a syllable.
    """
    if _count(text, size) == len(text):
        return text
    if size < _ELLIPSIS_SIZE:
        return ""
    return text[: last_boundary(text, _count(text, size - _ELLIPSIS_SIZE))] + ELLIPSIS


def _count(text: str, size: int) -> int:
    """Return how many code points take at most ``size`` bytes in JSON."""
    for index, char in enumerate(text):
        size -= _cost(char)
        if size < 0:
            return index
    return len(text)


def _cost(char: str) -> int:
    if char in '"\\\b\f\n\r\t':
        return 2
    return 6 if char < " " else len(char.encode("utf-8", "replace"))

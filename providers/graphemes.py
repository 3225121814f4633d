"""Where a text may be cut: never inside what a reader sees as one character.

The rules of https://www.unicode.org/reports/tr29/#Grapheme_Cluster_Boundary_Rules, read from ``unicodedata`` and a
few ranges. Where the rules need more tables (Indic conjuncts, prefixes) it refuses some cuts that are allowed.
"""

import unicodedata
from typing import Final

_ZWJ: Final = "\u200d"
_REGIONAL: Final = ("\U0001f1e6", "\U0001f1ff")
_SKIN_TONES: Final = ("\U0001f3fb", "\U0001f3ff")
_TAGS: Final = ("\U000e0020", "\U000e007f")
_HALFWIDTH_VOICING: Final = ("\uff9e", "\uff9f")
#: Characters that continue the one before: Unicode's Extend and SpacingMark, and the Hangul vowels and finals.
_CONTINUING: Final = (_SKIN_TONES, _TAGS, _HALFWIDTH_VOICING, ("\u1160", "\u11ff"), ("\ud7b0", "\ud7fb"))
#: Thai and Lao vowels that are letters to ``unicodedata`` and marks to the reader.
_SPACING_LETTERS: Final = "\u0e33\u0eb3"
_HANGUL_LEADS: Final = (("\u1100", "\u115f"), ("\ua960", "\ua97c"))
_HANGUL: Final = (("\u1100", "\u115f"), ("\ua960", "\ua97c"), ("\uac00", "\ud7a3"))
_VIRAMA: Final = 9
_PREFIXES: Final = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\u0d4e"


def last_boundary(text: str, at: int) -> int:
    """Return the last place not after ``at`` where ``text`` may be cut, 0 if there is none."""
    while 0 < at < len(text) and not _may_cut(text, at):
        at -= 1
    return at


def _may_cut(text: str, at: int) -> bool:
    left, right = text[at - 1], text[at]
    if _is_in(right, _REGIONAL):
        return _flags_before(text, at) % 2 == 0
    return not (_continues(right) or _expects_more(left) or _is_syllable(left, right))


def _continues(char: str) -> bool:
    return (
        char == _ZWJ
        or char in _SPACING_LETTERS
        or unicodedata.category(char)[0] == "M"
        or any(_is_in(char, span) for span in _CONTINUING)
    )


def _expects_more(char: str) -> bool:
    return char in (_ZWJ, "\r") or char in _PREFIXES or unicodedata.combining(char) == _VIRAMA


def _is_syllable(left: str, right: str) -> bool:
    return any(_is_in(left, span) for span in _HANGUL_LEADS) and any(_is_in(right, span) for span in _HANGUL)


def _flags_before(text: str, at: int) -> int:
    """Count the regional indicators just before ``at``: flags are pairs of them."""
    start = at
    while start and _is_in(text[start - 1], _REGIONAL):
        start -= 1
    return at - start


def _is_in(char: str, span: tuple[str, str]) -> bool:
    return span[0] <= char <= span[1]

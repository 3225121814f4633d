"""JSON values nobody expects, in two forms: as objects of Python, and as text that Python would not write."""

import json
from random import Random
from typing import Any

from tests.fuzz.words import TEXT_CANARY

_LEAVES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    99,
    2**31 - 1,
    2**31,
    2**53 + 1,
    2**63,
    2**64,
    -(2**63) - 1,
    10**300,
    -0.0,
    1.5,
    1e308,
    5e-324,
    "",
    " ",
    "0",
    "-1",
    "2147483648",
    "true",
    "YES",
    "all",
    "ALL,bob",
    "default",
    "call",
    "{0}{$msg}{$fromNickname}{$dynamicFrom}{999}{{",
    "\u0000",
    "a\nb\r\u007f\u0085",
    "\u202e\u2066\ufeff",
    "🇩🇪" * 500,
    "e\u0301" * 700,
    TEXT_CANARY * 400,
    "[",
    "{",
    '{"a":',
    '["bob",',
    '{"a":NaN}',
    '{"a":1e400}',
    '{"\\ud800":1}',
    "[" * 5000,
    '{"a":' * 5000,
    "9" * 5000,
    [],
    {},
    [[]],
    {"": {"": None}},
    {"aps": {"alert": "mine"}, "google.x": 1, "from": "me", "t": 1, "m": {}},
    ["bob", 7, None, {"x": 1}],
)

#: JSON that a decoder may refuse, and what is no JSON at all: for the place of a value in a text.
RAW_VALUES: tuple[str, ...] = (
    "NaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "-1e400",
    "-0",
    "1E5",
    "1e5",
    "1.0",
    "0.1e-400",
    "01",
    "+1",
    ".5",
    "0x10",
    "1_000",
    "9" * 5000,
    "-" + "9" * 400,
    f"1{'0' * 400}.5",
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\u0000"',
    '"\\x"',
    '"\u0001"',
    '"unclosed',
    "'single'",
    "[" * 50 + "]" * 50,
    "[" * 400 + "]" * 400,
    "[" * 1100 + "]" * 1100,
    '{"a":' * 1100 + "1" + "}" * 1100,
    "[" * 60_000 + "]" * 60_000,
    "[" * 60_000,
    "[1,]",
    '{"a":1,}',
    "{,}",
    '{"a" 1}',
    '{"a":1,"a":2}',
    "undefined",
    "True",
    "",
    "null",
    "true",
    "7",
    "-1",
    "[]",
    "{}",
    '""',
    f'"{TEXT_CANARY}"',
    f'["{TEXT_CANARY}"]',
    f'{{"{TEXT_CANARY}":"{TEXT_CANARY}"}}',
)


def junk(chance: Random, depth: int = 0) -> Any:
    """Return a value that JSON can carry, sometimes a container of such, sometimes the JSON text of one."""
    kind = chance.random()
    if kind < 0.7 or depth > 2:
        return chance.choice(_LEAVES)
    if kind < 0.8:
        return [junk(chance, depth + 1) for _ in range(chance.randrange(5))]
    if kind < 0.9:
        return {str(junk_name(chance)): junk(chance, depth + 1) for _ in range(chance.randrange(5))}
    return json.dumps(junk(chance, depth + 1))


def junk_name(chance: Random) -> str:
    """Return the name of a member that nobody expects."""
    return chance.choice(["", " ", "aps", "from", "gcm.notification.x", "a.b", "{$msg}", "\u0000", "名", "x" * 100])

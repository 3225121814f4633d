"""Names and texts: good ones, odd ones, impossible ones. Every text and every token carries a canary."""

from random import Random

#: In every text, title and template argument: it must never be seen in a log or in a dead letter's reason.
TEXT_CANARY = "Kanarienvogel"
#: In every device token; hexadecimal, as Apple's tokens are.
TOKEN_CANARY = "ca9a51e0f10cfeed"
CANARIES = (TEXT_CANARY, TOKEN_CANARY)

_SAID = (
    "Hello",
    "你好啊，吃饭了没？",
    "👨‍👩‍👧‍👦 🇩🇪🇨🇳 👍🏽",
    "مرحبا \u202eolleh\u202c",
    "a\u0301\u0301\u0301 \u0e01\u0e33 한국어",
    "line\nbreak\ttab\r\n",
    '"quotes" \\ back / slash',
    "{0} {$msg} {{$fromNickname}} {1000} ${x} %s",
    "\u2028\u2029\ufeff\u200b\ufffd",
    "</script><b>",
    "\u0000\u0001\u001f\u007f",
    "x" * 300,
    " ",
)

#: Legal identifiers that look like keys, patterns, JIDs, numbers, or like something else than they are.
ODD_NAMES = (
    "a:b",
    "a#b",
    "{p0}",
    "push:{p0}:events",
    "push:{p1}:u:org#app:bob",
    "org#app_bob@easemob.com/ios_1",
    "ORG#APP_BOB@easemob.com",
    "org#app_a@b@c",
    "other#app_bob@easemob.com",
    "org#app",
    "*",
    "?[a-z]\\",
    "%s%n",
    "../../etc",
    "' OR 1=1 --",
    "$(reboot)",
    "0",
    "-1",
    "null",
    "NaN",
    "İstanbul",
    "ß",
    "Ｂob",
    "\u202ebob",
    "\u200b",
    "\ufeff",
    "\u2028",
    "👻",
    " ",
    "a b",
    "s",
    "d",
    "p",
    "b",
    "c:user:alice",
    "o" * 512,
    "长" * 512,
)
#: What no identifier may be.
BAD_NAMES = (
    "",
    "a\nb",
    "a\u0000b",
    "\u007f",
    "a\u0085b",
    "o" * 513,
    "org#app_",
    "ORG#APP_@easemob.com",
    "tab\t",
    "\u0000",
)


def text(chance: Random) -> str:
    """Return something that a person may have written."""
    return f"{TEXT_CANARY} {chance.choice(_SAID)} {chance.choice(_SAID)}"


def long_text(chance: Random) -> str:
    """Return a text of up to some hundred kilobytes."""
    said = text(chance)
    return f"{said} " * (chance.choice([10_000, 100_000, 250_000]) // len(said.encode()))


def token(number: int) -> str:
    """Return a device token of its own for each number, in the form of all three vendors."""
    return f"{TOKEN_CANARY}{number:048x}"


def dead_tokens() -> list[str]:
    """Return the tokens that their vendors are to call dead."""
    return [token(10**12 + number) for number in range(20)]


def nobody(chance: Random) -> str:
    """Return a user of whom nothing is known."""
    return f"nobody{chance.randrange(20_000)}"


def regular(chance: Random) -> str:
    """Return one of few users who are written to, come online and change their settings all the time."""
    return f"regular{chance.randrange(300)}"

"""Fill push templates: ``{0}``, ``{$fromNickname}``, ``{$msg}``, ``{$dynamicFrom}``.

Source: https://doc.easemob.com/document/server-side/push_template.html
"""

import re
from collections.abc import Mapping, Sequence

_PLACEHOLDER = re.compile(r"\{(\d{1,3}|\$\w+)\}", re.ASCII)


def fill(pattern: str, arguments: Sequence[str], names: Mapping[str, str]) -> str:
    """Fill a pattern. Arguments may hold names; an argument that is missing becomes empty.

    One pass each: text that people wrote is never read as a pattern again.
    """
    filled = [_substitute(argument, (), names) for argument in arguments]
    return _substitute(pattern, filled, names, missing="")


def _substitute(pattern: str, arguments: Sequence[str], names: Mapping[str, str], missing: str | None = None) -> str:
    def value(match: re.Match[str]) -> str:
        key = match.group(1)
        if key.startswith("$"):
            return names.get(key[1:], match.group(0))
        if int(key) < len(arguments):
            return arguments[int(key)]
        return match.group(0) if missing is None else missing

    return _PLACEHOLDER.sub(value, pattern)

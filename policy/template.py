"""Fill push templates: ``{0}``, ``{$fromNickname}``, ``{$msg}``, ``{$dynamicFrom}``.

Source: https://doc.easemob.com/document/server-side/push_template.html
"""

import re
from collections.abc import Mapping, Sequence

#: Characters: no notification carries more bytes (Apple's VoIP pushes 5120, the others 4096). What is longer is cut
#: before it is put in the place of each ``{$msg}``, or one message could fill the memory of its worker.
LONGEST = 5120
_PLACEHOLDER = re.compile(r"\{(\d{1,3}|\$\w+)\}", re.ASCII)


def fill(pattern: str, arguments: Sequence[str], names: Mapping[str, str]) -> str:
    """Fill a pattern. Arguments may hold names; an argument that is missing becomes empty.

    One pass each: text that people wrote is never read as a pattern again.
    """

    def value(match: re.Match[str]) -> str:
        if match[1].startswith("$"):
            return names.get(match[1][1:], match[0])
        index = int(match[1])
        return _named(arguments[index][:LONGEST], names) if index < len(arguments) else ""

    return _PLACEHOLDER.sub(value, pattern)[:LONGEST]


def _named(argument: str, names: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: names.get(match[1][1:], match[0]), argument)[:LONGEST]

"""The dead letters of a flood, read as they come and taken away, as an operator would."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import redis

from tests.fuzz.sample import Fields
from tests.fuzz.words import CANARIES
from worker.store.keys import Keys

_PAGE = 1000
_NUMBER, _FOUND = re.compile(r"\d+"), re.compile(r"; found .*|: \$.*", re.DOTALL)

Letter = Mapping[bytes, bytes]


class Letters:
    """Reads the stream of dead letters to its end, again and again, and remembers the letters of events."""

    def __init__(self, client: redis.Redis, keys: Keys) -> None:
        """Bind; nothing is read yet."""
        self._client, self._keys, self._last = client, keys, b"0-0"
        #: Letters of events by the entry they speak of; ``take`` removes them.
        self._waiting: dict[bytes, list[Letter]] = {}
        #: Of pushes, by reason.
        self.pushes: Counter[str] = Counter()
        #: Lines that held what they may not.
        self.leaks: list[str] = []

    def read(self) -> None:
        """Read what is new."""
        while page := self._page():
            for letter_id, letter in page:
                self._keep(letter)
                self._last = letter_id
            self._client.xtrim(self._keys.dead, minid=self._last, approximate=True)

    def take(self, entry_id: bytes) -> list[Letter]:
        """Return the letters of an entry."""
        return self._waiting.pop(entry_id, [])

    @property
    def left(self) -> int:
        """How many entries have letters that nobody took: they were never added."""
        return len(self._waiting)

    def _page(self) -> list[tuple[bytes, Letter]]:
        page: Any = self._client.xrange(self._keys.dead, min=b"(" + self._last, count=_PAGE)
        return list(page)

    def _keep(self, letter: Letter) -> None:
        said = letter[b"path"] + b" " + letter[b"reason"]
        if any(canary.encode() in said for canary in CANARIES):
            self.leaks.append(said.decode()[:200])
        if letter[b"stream"] == self._keys.events.encode():
            self._waiting.setdefault(letter[b"id"], []).append(letter)
        else:
            self.pushes[reason_of(letter)] += 1


def reason_of(letter: Letter) -> str:
    """Return a letter's reason without what differs from letter to letter."""
    return _NUMBER.sub("N", _FOUND.sub("", letter[b"reason"].decode("utf-8", "replace")))


def is_whole(letters: list[Letter], fields: Fields) -> bool:
    """Return whether an entry's letters hold every byte of it; where a name came twice, the fields are numbered."""
    names = [name for name, _ in fields]
    if len(set(names)) < len(names):
        names = [b"%d:%b" % pair for pair in enumerate(names, 1)]
    expected = zip(names, (value for _, value in fields), strict=True)
    return sorted((letter[b"field"], letter[b"value"]) for letter in letters) == sorted(expected)

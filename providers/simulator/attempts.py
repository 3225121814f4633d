"""How often each message was tried for each device, what was accepted, and which answers were lost on the way."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any


@dataclass(slots=True)
class Tries:
    """One message for one device."""

    attempts: int = 0
    accepted: int = 0
    #: Accepted, and the client never got the answer.
    answers_lost: int = 0

    @property
    def unexplained(self) -> int:
        """How often it was accepted again although no answer was lost: a client that waits and retries has none."""
        return max(0, self.accepted - 1 - self.answers_lost)


class Attempts:
    """The book of one vendor: (token, message) -> Tries. Requests that a fault swallowed count too."""

    def __init__(self) -> None:
        self._tries: dict[tuple[str, str], Tries] = {}

    def tried(self, tokens: Iterable[str], message: str) -> None:
        """Count one whole request that names these tokens."""
        for token in tokens:
            self.of(token, message).attempts += 1

    def of(self, token: str, message: str) -> Tries:
        """Return the tries of one message for one device, to be counted on."""
        key = (token, message)
        if key not in self._tries:
            self._tries[key] = Tries()
        return self._tries[key]

    def clear(self) -> None:
        """Forget everything."""
        self._tries.clear()

    def rows(self, token: str | None, since: int, limit: int | None) -> list[dict[str, Any]]:
        """Return the tries as plain data: of one token or all, in order of first attempt, after the first ``since``."""
        chosen = (row for row in self._tries.items() if token in {None, row[0][0]})
        stop = None if limit is None else since + limit
        return [{"token": key[0], "message": key[1], **asdict(tries)} for key, tries in islice(chosen, since, stop)]

    def as_data(self) -> dict[str, Any]:
        """Return the sums as plain data for JSON."""
        every = list(self._tries.values())
        counts = Counter(tries.attempts for tries in every)
        return {
            "messages": len(every),
            "attempts": sum(tries.attempts for tries in every),
            "most_attempts": max(counts, default=0),
            "messages_by_attempts": {str(number): counts[number] for number in sorted(counts)},
            "accepted": sum(tries.accepted for tries in every),
            "accepted_messages": sum(tries.accepted > 0 for tries in every),
            "answers_lost": sum(tries.answers_lost for tries in every),
            "duplicates": sum(max(0, tries.accepted - 1) for tries in every),
            "unexplained_duplicates": sum(tries.unexplained for tries in every),
        }

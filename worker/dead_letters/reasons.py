"""Reasons by their kind: what differs in a count only is the same reason."""

import re
from collections import Counter

#: A number that counts something stands beside a word; a vendor's code (80300007) stands alone.
_COUNT = re.compile(r"(?<=[a-z] )\d+\b|\b\d+(?= [a-z])", re.ASCII)
_INDEX = re.compile(r"\[\d+\]", re.ASCII)
#: Kinds that are told apart. A producer's fault can put a name of its own into each reason.
_MOST_KINDS = 500
_OTHERS = "other reasons"


def kind_of(fault: str) -> str:
    """Return the fault without its counts and indexes: ``ambiguous: N attempts``, ``$.to[N]: …``."""
    return _INDEX.sub("[N]", _COUNT.sub("N", fault))


class Tally:
    """Counts faults by kind, in bounded memory."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self._counts = Counter[str]()

    def add(self, fault: str) -> None:
        """Count one."""
        kind = kind_of(fault)
        is_told_apart = kind in self._counts or len(self._counts) < _MOST_KINDS
        self._counts[kind if is_told_apart else _OTHERS] += 1

    @property
    def total(self) -> int:
        """How many were counted."""
        return self._counts.total()

    def most_common(self) -> list[tuple[str, int]]:
        """Return (kind, count), the most frequent first."""
        return self._counts.most_common()

"""The arithmetic: medians with their spread, and ratios that are taken within a round."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of the rounds, the lowest and the highest."""

    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Return the spread of at least one value."""
        return cls(median(values), min(values), max(values))


def ratios(subject: Sequence[float], yardstick: Sequence[float]) -> Spread:
    """Return the spread of the ratios, each within one round: what slowed both of them cancels out.

    Raises:
        ValueError: they have not as many rounds.
    """
    return Spread.of([one / other for one, other in zip(subject, yardstick, strict=True)])


def percentile(values: Sequence[float], share: float) -> float:
    """Return the least of the values that so large a share of them does not exceed (nearest rank).

    Raises:
        IndexError: there are no values.
    """
    return sorted(values)[max(0, ceil(share * len(values)) - 1)]

"""The way of one message, by the clock of the one machine that all of it runs on: seconds since 1970."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tests.benchmarks.figures import percentile

#: Of the latencies: their names, and the share of the notifications.
PERCENTILES: Mapping[str, float] = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999}


class Journey(NamedTuple):
    """When a message was due, when Redis took it, when it was handed over, and when its request was at the vendor."""

    due: float
    added: float
    decided: float
    came: float

    @property
    def steps(self) -> dict[str, float]:
        """How long it was on its way, and on each part of it."""
        return {
            "whole": self.came - self.due,
            "to Redis": self.added - self.due,
            "to the outbox": self.decided - self.added,
            "to the vendor": self.came - self.decided,
        }


def latencies_ms(journeys: Sequence[Journey]) -> dict[str, dict[str, float]]:
    """Return the percentiles of each step, in milliseconds."""
    steps = [journey.steps for journey in journeys]
    return {
        step: {name: percentile([each[step] for each in steps], share) * 1000 for name, share in PERCENTILES.items()}
        for step in steps[0]
    }

"""The newest results of growth and memory, as the tables and plots take them."""

from collections.abc import Mapping

import msgspec

from tests.benchmarks import results
from tests.benchmarks.growth import table
from tests.benchmarks.measure import Sample


def growth() -> list[table.Row]:
    """Return a row for each point.

    Raises:
        Missing: there was no run yet.
    """
    found = results.newest("growth")["samples"]
    # JSON's names of members are texts, and the sizes are numbers.
    return table.rows(msgspec.convert(found, dict[str, dict[int, list[Sample]]], strict=False))


def memory() -> Mapping[str, Mapping[str, float]]:
    """Return the bytes of each row, by server.

    Raises:
        Missing: there was no run yet.
    """
    return msgspec.convert(results.newest("memory")["bytes"], dict[str, dict[str, float]])

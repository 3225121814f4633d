"""What Redis keeps of a user and of a notification, in bytes of its ``used_memory``, on Valkey and on Redis.

``python -m tests.benchmarks.memory [--items 20000]``; see README.md.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping
from typing import get_args

import redis

from tests.benchmarks import results
from tests.benchmarks.memory.counted import version
from tests.benchmarks.memory.pushes import bytes_of_delivered, bytes_of_pending
from tests.benchmarks.memory.users import bytes_of_users
from worker.embedded import Backend, EmbeddedError, embedded_server
from worker.processes import Children

#: What is measured, in the order of the table, and what it may take.
ROWS = {
    "user": ("user with one device and default settings", 700),
    "binding": ("further binding of a user", None),
    "override": ("override of a user for a conversation", None),
    "pending": ("notification that waits to be sent", None),
    "pending: outbox": ("  of that the push in the outbox", None),
    "pending: journal": ("  of that the record in the journal", None),
    "pending: ledger": ("  of that the message in the ledger", None),
    "delivered": ("message that the ledger remembers", None),
}
#: Fewer would be lost among what a server takes by itself.
_FEWEST = 10_000
#: By server, then by row.
Bytes = Mapping[str, Mapping[str, float]]


def main() -> int:
    """Measure, print the table, write the results."""
    items = _options().items
    found, missing = measured(items)
    for line in lines(found):
        sys.stdout.write(f"{line}\n")
    for name, why in missing.items():
        sys.stdout.write(f"{name}: left out, {why}\n")
    path = results.write("memory", {"items": items, "bytes": found, "missing": missing})
    sys.stdout.write(f"every figure: {path}\n")
    return 0 if found else 1


def measured(items: int) -> tuple[Bytes, Mapping[str, str]]:
    """Return the bytes of each row, and why a server has none."""
    found, missing = dict[str, Mapping[str, float]](), dict[str, str]()
    for backend in get_args(Backend):
        try:
            name, sizes = _measured_on(backend, items)
        except EmbeddedError as error:
            missing[backend] = str(error)
        else:
            found[name] = sizes
    return found, missing


def lines(found: Bytes) -> Iterator[str]:
    """Yield the table's lines."""
    yield f"{'bytes a':46}" + "".join(f"{name:>14}" for name in found) + f"{'at most':>9}"
    for row, (what, most) in ROWS.items():
        cells = [sizes[row] for sizes in found.values()]
        mark = "  missed" if most is not None and max(cells) > most else ""
        told = "".join(f"{cell:14.0f}" for cell in cells)
        yield f"{what:46}{told}{'-' if most is None else most:>9}{mark}"


def _measured_on(backend: Backend, items: int) -> tuple[str, Mapping[str, float]]:
    with (
        Children() as children,
        embedded_server(children, backend=backend, append_only=False) as server,
        redis.Redis.from_url(server.url, socket_timeout=60) as client,
    ):
        parts = [
            measure(client, server.url, items) for measure in (bytes_of_users, bytes_of_pending, bytes_of_delivered)
        ]
        return version(client), {name: size for part in parts for name, size in part.items()}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=_items, default=20_000, help=f"of each kind, at least {_FEWEST:,}")
    return parser.parse_args()


def _items(text: str) -> int:
    if not text.isdecimal() or int(text) < _FEWEST:
        raise argparse.ArgumentTypeError(f"a whole number, at least {_FEWEST:,}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())

"""``offline-push load``: write state records into Redis."""

import sys

import typer

from worker.cli.interrupt import run_interruptible
from worker.cli.lines import Lines, batches
from worker.cli.options import ConfigFile, InputFile, configured

_BATCH = 500


def run(file: InputFile, config: ConfigFile = None) -> None:
    """Load receivers' state (presence, devices, settings, overrides, badge), one JSON record a line.

    A record replaces what it names and nothing else. A bad line is reported with its number, and the rest goes on.
    """
    with Lines(file) as lines:
        count = run_interruptible(_load(lines, config))
    sys.stderr.write(f"{count} records loaded\n")
    raise typer.Exit(lines.status)


async def _load(lines: Lines, config: ConfigFile) -> int:
    from worker.redis_access import connection_of
    from worker.store.keys import Partitions
    from worker.store.state import StateRecord, StateStore

    settings, count = configured(config, check_files=False), 0
    connection = connection_of(settings)
    try:
        store = StateStore(connection.writer, Partitions(settings.redis.partitions))
        for batch in batches(lines.decoded(StateRecord), _BATCH):
            await store.load(batch)
            count += len(batch)
    finally:
        await connection.aclose()
    return count

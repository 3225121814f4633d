"""``offline-push dump``: print every receiver's state record."""

import sys

from worker.cli.interrupt import run_interruptible
from worker.cli.options import ConfigFile, configured


def run(config: ConfigFile = None) -> None:
    """Print every receiver's state as JSON lines, in no order: backup, and input for ``load``.

    The lines hold device tokens: treat them as secrets.
    """
    run_interruptible(_dump(config))


async def _dump(config: ConfigFile) -> None:
    import msgspec

    from worker.redis_access import connection_of
    from worker.store.keys import Partitions
    from worker.store.state import StateStore

    settings = configured(config, check_files=False)
    connection = connection_of(settings)
    try:
        async for record in StateStore(connection.writer, Partitions(settings.redis.partitions)).dump():
            sys.stdout.buffer.write(msgspec.json.encode(record) + b"\n")
    finally:
        await connection.aclose()

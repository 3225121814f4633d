"""``offline-push reseal``: the secrets of channels made over HTTP, sealed with the first key of the file."""

import sys
from typing import TYPE_CHECKING

import typer

from worker.cli.interrupt import run_interruptible
from worker.cli.options import ConfigFile, configured

if TYPE_CHECKING:
    from worker.config import Config
    from worker.resealing import Resealed


def run(config: ConfigFile = None) -> None:
    """Seal all secrets at rest with the first key of api.secrets_key_file, so that its other keys can be removed."""
    done = run_interruptible(_resealed(configured(config)))
    sys.stdout.write(f"sealed anew: {done.count} channels\n")
    for fault in done.faults:
        sys.stderr.write(f"offline-push: {fault}\n")
    if done.faults:
        raise typer.Exit(1)


async def _resealed(settings: "Config") -> "Resealed":
    from worker.config_faults import ConfigError
    from worker.consoles import secrets_of
    from worker.redis_access import connection_of
    from worker.resealing import reseal
    from worker.store.channels import ChannelStore
    from worker.store.keys import Partitions

    secrets = secrets_of(settings)
    if secrets is None:
        raise ConfigError(["api.secrets_key_file: not set, so that there is nothing to seal with"])
    connection = connection_of(settings)
    try:
        return await reseal(secrets, ChannelStore(connection.writer, Partitions(settings.redis.partitions)))
    finally:
        await connection.aclose()

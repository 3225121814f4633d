"""From the configuration to Redis: where it is, its clients, and whether it will ever serve us."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import urlsplit

from redis.exceptions import AuthenticationError, InvalidResponse, RedisError, ResponseError

from worker.config import Config, read_secret
from worker.config_faults import ConfigError
from worker.event_reader import BLOCK_MS
from worker.store.cluster import ClusterSource
from worker.store.connection import Connection, connect
from worker.store.place import Address, Cluster, Place, Sentinels
from worker.store.sentinel import SentinelSource
from worker.store.trouble import is_passing

_CHECK_S = 2.0


def place_of(config: Config) -> Place:
    """Return where the state lives.

    Raises:
        ConfigError: it is not configured and nobody started an embedded server, or a secret file cannot be read.
    """
    settings = config.redis
    if settings.sentinels and settings.master:
        secret = settings.sentinel_password_file
        return Sentinels(
            # The host is not used: Sentinel names it.
            settings.url or "redis://sentinel/0",
            settings.master,
            _addresses(settings.sentinels),
            settings.sentinel_username,
            read_secret(secret).get_secret_value() if secret else None,
        )
    if settings.url is None:
        raise ConfigError(["redis.url: not set (only `offline-push worker` and `demo` start an embedded server)"])
    return Cluster(settings.url, _addresses(settings.nodes or ())) if settings.cluster else settings.url


def connection_of(config: Config) -> Connection:
    """Return clients for the configured place.

    Raises:
        ConfigError: the URL names an option that redis-py does not know.
    """
    try:
        connection = connect(place_of(config), BLOCK_MS)
        connection.writer.connection_pool.make_connection()  # type: ignore[no-untyped-call]  # opens nothing
    except (TypeError, ValueError):
        raise ConfigError(["redis.url: unknown option behind the question mark"]) from None
    return connection


def check_redis(config: Config) -> None:
    """Refuse a Redis that will never serve us; one that is only not there yet is waited for later.

    Raises:
        ConfigError: wrong password, no such database, not what the configuration calls it, or no Redis at all.
    """
    connection = connection_of(config)
    try:
        asyncio.run(_check(config, connection))
    except (RedisError, OSError) as error:  # TimeoutError is an OSError
        if _is_lasting(error):
            raise ConfigError([f"redis.url: {error}"]) from None


async def _check(config: Config, connection: Connection) -> None:
    try:
        async with asyncio.timeout(_CHECK_S):
            match connection.source:
                case ClusterSource() as source:
                    await source.map.ranges()
                    await _check_broker(config.celery.broker_url or "")
                case SentinelSource() as source:
                    await _check_sentinels(source)
                case _:
                    if await _is_cluster_node(connection):
                        raise ConfigError(["redis.url: is a node of a cluster, which needs redis.cluster = true"])
            await connection.writer.ping()
    finally:
        await connection.aclose()


async def _is_cluster_node(connection: Connection) -> bool:
    try:
        await connection.writer.execute_command("CLUSTER INFO")  # type: ignore[no-untyped-call]
    except ResponseError:  # cluster support is disabled, or the command is forbidden
        return False
    return True


async def _check_broker(url: str) -> None:
    if not url.startswith(("redis://", "rediss://")):
        return
    connection = connect(urlsplit(url)._replace(query="").geturl())  # kombu's options differ from redis-py's
    try:
        with suppress(RedisError):  # Celery will say so itself, and wait
            if await _is_cluster_node(connection):
                raise ConfigError(["celery.broker_url: is a node of a cluster, which Celery cannot use"])
    finally:
        await connection.aclose()


async def _check_sentinels(source: SentinelSource) -> None:
    opinions = await source.opinions()
    if any(opinion.master for opinion in opinions):
        return
    if not all(opinion.fault for opinion in opinions):
        raise ConfigError(["redis.master: no sentinel knows a master of this name"])
    lasting = next((each for each in opinions if each.fault and _is_lasting(each.fault)), None)
    if lasting:
        raise ConfigError([f"redis.sentinels: {lasting.sentinel}: {lasting.fault}"])


def _is_lasting(error: Exception) -> bool:
    return isinstance(error, AuthenticationError | InvalidResponse) or not is_passing(error)


def _addresses(texts: Iterable[str]) -> tuple[Address, ...]:
    return tuple(Address.parse(text) for text in texts)

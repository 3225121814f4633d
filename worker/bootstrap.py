"""The composition root: from a configuration to an engine. The one place where the objects meet."""

import asyncio
import os
import random
import socket
import uuid

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, InvalidResponse, RedisError
from redis.retry import Retry

from policy.retry import RetryPolicy
from worker.channels import provider_of
from worker.clock import wall_clock
from worker.config import Config
from worker.config_channels import Channel
from worker.config_faults import ConfigError
from worker.config_sections import WorkerSettings
from worker.console import console_of
from worker.dispatch import Dispatcher
from worker.engine import Engine
from worker.ingest import BLOCK_MS, Ingest, IngestLimits
from worker.lane import Lane
from worker.sender import Sender, SendLimits
from worker.store.connection import Connection, connect
from worker.store.dead_letters import DeadLetterStore
from worker.store.facts import FactStore
from worker.store.hand_off import HandOffStore
from worker.store.keys import Keys
from worker.store.outbox import OutboxStore
from worker.store.presence import PresenceStore
from worker.store.scripts import Scripts
from worker.store.stream import Stream
from worker.store.trouble import is_passing


def redis_url(config: Config) -> str:
    """Return where the state lives.

    Raises:
        ConfigError: it is not configured, and nobody started an embedded server.
    """
    if config.redis.url is None:
        raise ConfigError(["redis.url: not set (only `offline-push worker` and `demo` start an embedded server)"])
    return config.redis.url


def build(config: Config, connection: Connection, closing: asyncio.Event) -> Engine:
    """Return an engine for this process; call it on the event loop that will run it.

    Raises:
        ConfigError: with the path of each channel whose credentials cannot be used.
    """
    parts = _Parts(config, connection, closing)
    lanes = [parts.lane(*channel) for channel in parts.channels]
    return Engine(parts.ingest(), [lane for lane, _ in lanes], [outbox for _, outbox in lanes], wall_clock, closing)


def check_channels(config: Config) -> None:
    """Read every channel's credentials.

    Raises:
        ConfigError: with the path of each channel whose credentials cannot be used.
    """
    faults = []
    for appkey, app in config.apps.items():
        for index, channel in enumerate(app.channels):
            try:
                provider_of(channel)
            except (ValueError, ConfigError) as error:
                faults.append(f"apps.{appkey}.channels[{index}]: {error}")
    if faults:
        raise ConfigError(faults)


class _Parts:
    """Makes the parts that share a partition and a consumer name."""

    def __init__(self, config: Config, connection: Connection, closing: asyncio.Event) -> None:
        self._settings: WorkerSettings = config.worker
        self._connection, self._closing = connection, closing
        self._keys, self._scripts = Keys(), Scripts(connection.writer)
        # A name of its own for each start: what a predecessor left is reclaimed, never confused with our own.
        self._consumer = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._dead_letters = DeadLetterStore(self._scripts, self._keys)
        self._consoles = {appkey: console_of(appkey, app) for appkey, app in config.apps.items()}
        #: A disabled channel still empties its outbox: its bindings are skipped when messages are decided.
        self.channels = [(appkey, channel) for appkey, app in config.apps.items() for channel in app.channels]

    def ingest(self) -> Ingest:
        settings = self._settings
        hand_offs = HandOffStore(self._scripts, self._keys, settings.dedupe_s, settings.journal_max)
        return Ingest(
            Stream(self._connection.reader, self._keys.events, self._consumer),
            Dispatcher(FactStore(self._scripts, self._keys), hand_offs, self._consoles, wall_clock),
            PresenceStore(self._scripts, self._keys),
            self._dead_letters,
            IngestLimits(settings.batch, settings.max_event_bytes, settings.lease_s * 1000),
            wall_clock,
            self._closing,
        )

    def lane(self, appkey: str, channel: Channel) -> tuple[Lane, OutboxStore]:
        settings = self._settings
        limits = SendLimits(
            channel.concurrency,
            settings.send_deadline_s,
            RetryPolicy(attempts=settings.retry_attempts, max_age_s=settings.max_retry_age_s),
        )
        outbox = OutboxStore(self._scripts, self._keys, appkey, channel.notifier, channel.provider)
        lane = Lane(
            channel.provider,
            Stream(self._connection.reader, outbox.stream, self._consumer),
            outbox,
            self._dead_letters,
            Sender(channel.provider, provider_of(channel), limits, wall_clock, random.random),
            settings.lease_s * 1000,
            wall_clock,
            self._closing,
        )
        return lane, outbox


def connection_of(config: Config) -> Connection:
    """Return clients for the configured server.

    Raises:
        ConfigError: the URL names an option that redis-py does not know.
    """
    connection = connect(redis_url(config), BLOCK_MS)
    try:
        connection.writer.connection_pool.make_connection()  # type: ignore[no-untyped-call]  # opens nothing
    except TypeError:
        raise ConfigError(["redis.url: unknown option behind the question mark"]) from None
    return connection


def check_redis(config: Config) -> None:
    """Refuse a server that will never serve us; one that is only not there yet is waited for later.

    Raises:
        ConfigError: wrong password, no such database, or no Redis at all.
    """
    connection_of(config)
    try:
        with Redis.from_url(redis_url(config), socket_timeout=2, retry=Retry(NoBackoff(), 0)) as client:
            client.ping()
    except (RedisError, OSError) as error:
        if isinstance(error, AuthenticationError | InvalidResponse) or not is_passing(error):
            raise ConfigError([f"redis.url: {error}"]) from None

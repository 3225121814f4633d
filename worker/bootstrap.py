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
from worker.admission import Admission
from worker.channels import provider_of
from worker.clock import wall_clock
from worker.config import Config
from worker.config_channels import Channel
from worker.config_faults import ConfigError
from worker.config_sections import WorkerSettings
from worker.console import console_of
from worker.decider import Decider
from worker.dispatch import Dispatcher
from worker.engine import Engine, Part, Way
from worker.gate import Gate
from worker.ingest import BLOCK_MS, Ingest, IngestLimits
from worker.lane import Lane
from worker.late_schedule import LateSchedule
from worker.outcome import Repeats, Uncertain
from worker.sender import Sender, SendLimits
from worker.sidings import SidingDrain, Sidings
from worker.store.connection import Connection, connect
from worker.store.dead_letters import DeadLetterStore
from worker.store.facts import FactStore
from worker.store.hand_off import HandOffStore, Memory
from worker.store.keys import Keys, Partitions
from worker.store.late import LateChannel, LateStore
from worker.store.outbox import OutboxStore
from worker.store.presence import PresenceStore
from worker.store.scripts import Scripts
from worker.store.sidings import SidingStore
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
    ways = [parts.way(*channel) for channel in parts.channels]
    late = LateSchedule([parts.late(keys) for keys in parts.partitions.all], closing)
    readers = [reader for keys in parts.partitions.all for reader in parts.readers(keys)]
    return Engine([*readers, late], ways, wall_clock, closing)


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
    """Makes the parts that share a Redis and a consumer name."""

    def __init__(self, config: Config, connection: Connection, closing: asyncio.Event) -> None:
        self._settings: WorkerSettings = config.worker
        self._connection, self._closing = connection, closing
        self.partitions, self._scripts = Partitions(config.redis.partitions), Scripts(connection.writer)
        # A name of its own for each start: what a predecessor left is reclaimed, never confused with our own.
        self._consumer = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._apps = config.apps
        self._consoles = {appkey: console_of(appkey, app) for appkey, app in config.apps.items()}
        #: A disabled channel still empties its outbox: its bindings are skipped when messages are decided.
        self.channels = [(appkey, channel) for appkey, app in config.apps.items() for channel in app.channels]

    def readers(self, keys: Keys) -> list[Part]:
        """Return the reader of one partition's events, and that of what it puts aside."""
        sidings = Sidings(SidingStore(self._scripts, keys), self._apps, self._settings.batch)
        drain = SidingDrain(keys.tag, sidings, lambda app: self._ingest(keys, siding=app), self._closing)
        return [self._ingest(keys, sidings), drain]

    def late(self, keys: Keys) -> LateStore:
        """Return what looks after one partition's late pushes."""
        channels = [
            LateChannel(appkey, channel.notifier, self._apps[appkey].catch_up.after_s, channel.rate_per_s)
            for appkey, channel in self.channels
        ]
        return LateStore(self._scripts, keys, channels)

    def _ingest(self, keys: Keys, sidings: Sidings | None = None, siding: str | None = None) -> Ingest:
        """Return the reader of a partition's events, or of those of an app that were put aside."""
        settings, stream = self._settings, keys.events if siding is None else keys.siding(siding)
        memory = Memory(settings.dedupe_s, settings.ledger_max, settings.journal_max)
        decider = Decider(FactStore(self._scripts, self.partitions), self._consoles, wall_clock)
        return Ingest(
            self._stream(stream),
            Dispatcher(decider, HandOffStore(self._scripts, keys, self.partitions, memory, stream)),
            PresenceStore(self._scripts, keys, self.partitions, settings.max_retry_age_s, stream),
            DeadLetterStore(self._scripts, keys),
            IngestLimits(settings.batch, settings.max_event_bytes),
            wall_clock,
            self._closing,
            sidings,
            is_siding=siding is not None,
        )

    def way(self, appkey: str, channel: Channel) -> Way:
        """Return one channel's sender, and its lane in each partition."""
        settings, app = self._settings, self._apps[appkey]
        retry = RetryPolicy(attempts=settings.retry_attempts, max_age_s=settings.max_retry_age_s)
        repeats = Repeats(retry, Uncertain(app.uncertain_prefers))
        limits = SendLimits(channel.concurrency, settings.send_deadline_s, repeats)
        sender = Sender(channel.provider, provider_of(channel), limits, wall_clock, random.random)
        gate = Gate(sender.slots)
        outboxes = [
            OutboxStore(self._scripts, keys, appkey, channel.notifier, channel.provider, settings.retired_s)
            for keys in self.partitions.all
        ]
        lanes = [
            self._lane(keys, outbox, appkey, channel.provider, gate, sender)
            for keys, outbox in zip(self.partitions.all, outboxes, strict=True)
        ]
        return Way(sender, lanes, outboxes)

    def _lane(self, keys: Keys, outbox: OutboxStore, appkey: str, vendor: str, gate: Gate, sender: Sender) -> Lane:
        policy, uncertain = self._consoles[appkey].policy, Uncertain(self._apps[appkey].uncertain_prefers)
        return Lane(
            vendor,
            self._stream(outbox.stream),
            outbox,
            Admission(outbox, policy.multi_device, uncertain, wall_clock),
            DeadLetterStore(self._scripts, keys),
            gate,
            sender,
            wall_clock,
            self._closing,
        )

    def _stream(self, name: str) -> Stream:
        return Stream(self._connection.reader, self._scripts, name, self._consumer, self._settings.lease_s * 1000)


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

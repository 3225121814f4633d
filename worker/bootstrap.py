"""The composition root: from a configuration to an engine. The one place where the objects meet."""

import asyncio
import os
import random
import socket
import uuid
from collections.abc import Callable

from policy.app import MultiDevice
from policy.brake import Brake, BrakePolicy
from policy.breaker import Breaker
from policy.breaker_rules import BreakerPolicy
from policy.invalidation import Invalidation, InvalidationPolicy
from policy.retry import RetryPolicy
from worker.admission import Admission
from worker.app_order import SORTED_TOGETHER
from worker.backlog_watch import BacklogWatch, Labels, Shelf, Watched
from worker.beating_scripts import BeatingScripts
from worker.channels import provider_of
from worker.clearing import Clearing
from worker.clock import steady_clock, wall_clock
from worker.config import Config
from worker.config_faults import ConfigError
from worker.config_sections import WorkerSettings
from worker.console_watch import ConsoleWatch
from worker.consoles import Consoles, secrets_of
from worker.decider import Decider
from worker.dispatch import Dispatcher
from worker.ending import end_process
from worker.engine import Engine
from worker.event_reader import BLOCK_MS, SIDING_BLOCK_MS, EventReader
from worker.gate import Gate
from worker.health import Health
from worker.ingest import Ingest, IngestLimits
from worker.ingest_brake import IngestBrake
from worker.lane import Lane
from worker.late_schedule import LateSchedule
from worker.notifications import LIFETIME_S
from worker.outcome import Repeats, Uncertain
from worker.overlay import LiveChannel
from worker.own_takers import OwnTakers
from worker.part import Runnable
from worker.patience import Patience
from worker.retry_schedule import RetrySchedule
from worker.sender import Sender, SendLimits
from worker.settler import Settler
from worker.sidings import SidingDrain, Sidings
from worker.store.backlog import BacklogStore, ObservedStream
from worker.store.channels import ChannelStore
from worker.store.clearing import ClearingStore
from worker.store.connection import Connection
from worker.store.console import ConsoleStore
from worker.store.dead_letters import DeadLetterStore
from worker.store.facts import FactStore
from worker.store.gathering import gathering
from worker.store.hand_off import HandOffStore, Memory
from worker.store.keys import Keys, Partitions
from worker.store.late import LateChannel, LateStore
from worker.store.outbox import OutboxStore
from worker.store.presence import PresenceStore
from worker.store.retries import RetryStore
from worker.store.scripts import Scripts
from worker.store.settlements import SettlementStore
from worker.store.sidings import SidingStore
from worker.store.stream import GONE_LEASES, Stream
from worker.token_deaths import TokenDeaths
from worker.ways import Way, Ways


def build(config: Config, connection: Connection, look: Connection, health: Health) -> Engine:
    """Return an engine for this process; call it on the event loop that will run it.

    ``look`` is a connection for the backlog watch alone.

    Raises:
        ConfigError: with the path of each channel whose credentials cannot be used.
    """
    parts = _Parts(config, connection, health)
    readers = [reader for keys in parts.partitions.all for reader in parts.readers(keys)]
    schedule = RetrySchedule([parts.retries(keys) for keys in parts.partitions.all], wall_clock, health)
    late = LateSchedule([parts.late(keys) for keys in parts.partitions.all], health)
    works = [*readers, schedule, late, parts.backlog(look), *parts.console_works()]
    return Engine(works, parts.ways, parts.settlers, health, connection.renew, end_process)


def check_channels(config: Config) -> None:
    """Read every channel's credentials.

    Raises:
        ConfigError: with the path of each channel whose credentials cannot be used.
    """
    faults = []
    secrets_of(config)
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

    def __init__(self, config: Config, connection: Connection, health: Health) -> None:
        self._settings: WorkerSettings = config.worker
        self._connection, self._health = connection, health
        self.partitions, self._scripts = Partitions(config.redis.partitions), Scripts(connection.writer)
        #: What many lanes ask at the same moment is asked together.
        self._lanes_scripts = Scripts(gathering(connection.writer))
        # A name of its own for each start: what a predecessor left is reclaimed, never confused with our own.
        self._consumer = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._apps = config.apps
        self._consoles = Consoles(config, ConsoleStore(connection.writer))
        #: One for each partition, in their order.
        self.settlers = [self._settler(keys) for keys in self.partitions.all]
        #: The streams of each partition's readers; those of the ways come and go.
        self._watched: list[list[Watched]] = [[] for _ in self.partitions.all]
        self._brake = IngestBrake(Brake(BrakePolicy(limit=config.worker.dead_letter_limit)), steady_clock)
        self.ways = Ways(self.way, health)
        # A disabled channel still empties its outbox: its bindings are skipped when messages are decided.
        for channel in self._consoles.channels:
            self.ways.add(channel)

    def readers(self, keys: Keys) -> list[Runnable]:
        """Return the reader of one partition's events, and that of what it puts aside."""
        health, sidings = self._health, Sidings(SidingStore(self._scripts, keys), self._apps, self._settings.batch)
        events = self._stream(keys, keys.events, Labels("events"))
        aside = health.patience(f"sidings {keys.tag}")

        def ingest_of(app: str) -> Ingest:
            return self._ingest(keys, self._stream(keys, keys.siding(app), Labels("siding", app)), aside)

        direct = self._ingest(keys, events, health.patience(f"ingest {keys.events}"), sidings)
        return [direct, SidingDrain(sidings, ingest_of, aside)]

    def _settler(self, keys: Keys) -> Settler:
        """Return what settles one partition's pushes."""
        store = SettlementStore(self._lanes_scripts, keys, self._settings.retired_s)
        patience = self._health.patience(f"settler {keys.tag}")
        return Settler(store, DeadLetterStore(self._scripts, keys), patience, wall_clock)

    def late(self, keys: Keys) -> LateStore:
        """Return what looks after one partition's late pushes."""
        return LateStore(self._scripts, keys, lambda: [self._late_channel(way.channel) for way in self.ways])

    def _late_channel(self, live: LiveChannel) -> LateChannel:
        after_s = self._consoles[live.appkey].policy.catch_up.after_s
        return LateChannel(live.appkey, live.channel.notifier, after_s, live.channel.rate_per_s)

    def retries(self, keys: Keys) -> RetryStore:
        """Return what looks at one partition's retry schedules."""
        return RetryStore(self._scripts, lambda: [way.outboxes[keys.number] for way in self.ways])

    def console_works(self) -> list[Runnable]:
        """Return what honours the changes that come over HTTP."""
        client, health = self._connection.writer, self._health
        channels = ChannelStore(client, self.partitions, self._settings.lease_s * 1000 * GONE_LEASES)
        clearing = ClearingStore(client, self._consumer)
        watch = ConsoleWatch(self._consoles, self.ways, channels, wall_clock, health)
        return [watch, Clearing(self._consoles, clearing, wall_clock, health)]

    def _ingest(self, keys: Keys, stream: Stream, patience: Patience, sidings: Sidings | None = None) -> Ingest:
        """Return the reader of a partition's events, or without ``sidings`` of those that were put aside."""
        settings = self._settings
        memory = Memory(settings.dedupe_s, settings.ledger_max, settings.journal_max)
        scripts = BeatingScripts(self._scripts, patience.pulse)
        decider = Decider(FactStore(scripts, self.partitions), self._consoles, wall_clock)
        takers = OwnTakers(self.ways, self._consumer)
        is_siding = sidings is None
        # Of one app alone nothing is sorted.
        most = settings.batch if is_siding or len(self._apps) == 1 else SORTED_TOGETHER
        return Ingest(
            stream,
            EventReader(stream, wall_clock, patience, SIDING_BLOCK_MS if is_siding else BLOCK_MS),
            Dispatcher(decider, HandOffStore(scripts, keys, self.partitions, memory, stream.name, takers)),
            PresenceStore(scripts, keys, self.partitions, LIFETIME_S, stream.name),
            DeadLetterStore(self._scripts, keys),
            IngestLimits(settings.batch, most, settings.max_event_bytes),
            self._brake,
            wall_clock,
            patience,
            sidings,
            is_siding=is_siding,
        )

    def way(self, live: LiveChannel) -> Way:
        """Return one channel's sender, and its lane in each partition.

        Raises:
            CredentialError, ConfigError: its credentials cannot be used.
        """
        settings, appkey, channel = self._settings, live.appkey, live.channel
        app, closing = self._apps[appkey], asyncio.Event()
        retry = RetryPolicy(channel.provider, attempts=settings.retry_attempts, max_age_s=settings.max_retry_age_s)
        repeats = Repeats(retry, Uncertain(app.uncertain_prefers))
        limits = SendLimits(channel.concurrency, settings.send_deadline_s, repeats)
        deaths = TokenDeaths(appkey, channel.notifier, Invalidation(InvalidationPolicy()), steady_clock)
        sender = Sender(channel.provider, provider_of(channel, live.read), limits, deaths, wall_clock, random.random)
        breaker = Breaker(BreakerPolicy(), sender.slots)
        gate = Gate(appkey, channel.notifier, sender.slots, breaker, steady_clock, random.random)
        outboxes = [
            OutboxStore(self._lanes_scripts, keys, appkey, channel.notifier, channel.provider)
            for keys in self.partitions.all
        ]
        labels = Labels("outbox", appkey, channel.provider, channel.notifier)
        streams = [self._observed(outbox.stream) for outbox in outboxes]
        lanes = [
            Lane(
                channel.provider,
                stream,
                outbox,
                Admission(outbox, self._consumer, self._multi_device(appkey), repeats.uncertain, wall_clock),
                settler,
                gate,
                sender,
                wall_clock,
                self._health.patience(f"lane {outbox.stream}", closing),
            )
            for outbox, stream, settler in zip(outboxes, streams, self.settlers, strict=True)
        ]
        return Way(live, sender, gate, lanes, outboxes, [(stream, labels) for stream in streams], closing)

    def _multi_device(self, appkey: str) -> Callable[[], MultiDevice]:
        return lambda: self._consoles[appkey].policy.multi_device

    def backlog(self, look: Connection) -> BacklogWatch:
        """Return the watch over the streams of all parts."""
        store = BacklogStore(Scripts(look.writer))
        return BacklogWatch(self._streams, self._shelves, store, look.renew, self._connection.renew, self._health)

    def _streams(self) -> list[list[Watched]]:
        return [[*own, *(way.streams[number] for way in self.ways)] for number, own in enumerate(self._watched)]

    def _shelves(self) -> list[list[Shelf]]:
        return [self._shelves_of(keys) for keys in self.partitions.all]

    def _shelves_of(self, keys: Keys) -> list[Shelf]:
        """Return where pushes of one partition wait beside their outboxes."""
        stages = {"late": (keys.late_ready, keys.late_folding), "retry": (keys.retry,)}
        return [
            (key_of(appkey, channel.notifier), Labels(stage, appkey, channel.provider, channel.notifier))
            for appkey, channel in ((way.channel.appkey, way.channel.channel) for way in self.ways)
            for stage, makers in stages.items()
            for key_of in makers
        ]

    def _stream(self, keys: Keys, name: str, labels: Labels) -> ObservedStream:
        stream = self._observed(name)
        self._watched[keys.number].append((stream, labels))
        return stream

    def _observed(self, name: str) -> ObservedStream:
        lease_ms = self._settings.lease_s * 1000
        return ObservedStream(self._connection.reader, self._scripts, name, self._consumer, lease_ms)

"""The ways of a worker process: one for each channel, started and ended while it runs, as channels come and go.

A channel whose credential is replaced keeps its way, for what is in flight on it: only its provider changes.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import structlog

from worker.backlog_watch import Watched
from worker.channels import provider_of
from worker.config_faults import ConfigError
from worker.gate import Gate
from worker.health import Health
from worker.lane import Lane
from worker.overlay import LiveChannel
from worker.part import Part
from worker.sender import Sender
from worker.store.outbox import OutboxStore

_log = structlog.get_logger(__name__)
Name = tuple[str, str]


@dataclass(eq=False, slots=True)
class Way:
    """One channel's way to its vendor: the sender, and in each partition a lane and an outbox, whose stream is watched.

    ``closing`` ends its lanes once they have settled what they hold.
    """

    channel: LiveChannel
    sender: Sender
    gate: Gate
    lanes: Sequence[Lane]
    outboxes: Sequence[OutboxStore]
    streams: Sequence[Watched]
    closing: asyncio.Event
    parts: list[Part] = field(default_factory=list)


#: Makes a way; called on the event loop that will run it.
MakeWay = Callable[[LiveChannel], Way]


class Ways:
    """Runs a way for each channel."""

    def __init__(self, make: MakeWay, health: Health) -> None:
        """Nothing runs before ``run``."""
        self._make, self._health = make, health
        self._open: dict[Name, Way] = {}
        #: By the stream of their outbox.
        self._lanes: dict[str, Lane] = {}
        self._group: asyncio.TaskGroup | None = None
        self._watched: list[Part] = []
        #: Stamps that no provider could be made of, which was said.
        self._unusable: dict[Name, bytes] = {}

    def __iter__(self) -> Iterator[Way]:
        """Iterate over the ways there are now, those that are ending among them."""
        return iter(tuple(self._open.values()))

    @property
    def names(self) -> set[Name]:
        """Of which channels there are ways, those that are ending among them."""
        return set(self._open)

    def add(self, channel: LiveChannel) -> None:
        """Make a way before anything runs.

        Raises:
            CredentialError, ConfigError: the channel's credentials cannot be used.
        """
        self._make_way(name_of(channel), channel)

    def lane_of(self, outbox: str) -> Lane | None:
        """Return the lane that sends what this outbox holds."""
        return self._lanes.get(outbox)

    async def run(self, watched: list[Part]) -> None:
        """Run the ways until the worker is told to stop, and all of them have settled what they hold.

        ``watched`` are the parts that are watched for standing still: those of the ways come and go.
        """
        self._watched = watched
        async with asyncio.TaskGroup() as self._group:
            for name, way in self._open.items():
                self._start(name, way)
            await self._health.closing.wait()
            for way in self:
                way.closing.set()

    async def follow(self, channels: Iterable[LiveChannel]) -> None:
        """Start, end and change ways so that there is one for each of these channels."""
        if self._health.closing.is_set():
            return
        wanted = {name_of(channel): channel for channel in channels}
        for name in self._open.keys() - wanted.keys():
            self._open[name].closing.set()
        for name, channel in wanted.items():
            way = self._open.get(name)
            try:
                await self._follow(name, channel, way)
            except (ConfigError, ValueError) as error:
                self._say(name, channel, error)
            # To read a key takes up to a second, and many may come at once: what is in flight gets on in between.
            await asyncio.sleep(0)

    async def _follow(self, name: Name, channel: LiveChannel, way: Way | None) -> None:
        if way is None:
            self._start(name, self._make_way(name, channel))
        # Of a way that is ending, the last lanes may still send; a look later there is none.
        elif way.channel.stamp != channel.stamp and not way.closing.is_set():
            await way.sender.replace(provider_of(channel.channel, channel.read))
            way.channel = channel
            way.gate.renew()

    def _make_way(self, name: Name, channel: LiveChannel) -> Way:
        way = self._open[name] = self._make(channel)
        self._lanes.update((outbox.stream, lane) for outbox, lane in zip(way.outboxes, way.lanes, strict=True))
        return way

    def _start(self, name: Name, way: Way) -> None:
        if self._group is None:  # ``run`` will
            return
        way.parts = [Part(lane, self._health, way.closing) for lane in way.lanes]
        self._watched += way.parts
        self._group.create_task(self._go(name, way))

    async def _go(self, name: Name, way: Way) -> None:
        """Run one channel's lanes, then close its connections and forget it."""
        async with asyncio.TaskGroup() as group:
            for part in way.parts:
                group.create_task(part.keep_running())
        await way.sender.aclose()
        way.gate.close()
        self._watched[:] = [part for part in self._watched if part not in way.parts]
        for part in way.parts:
            self._health.forget(part.name)
        for outbox in way.outboxes:
            del self._lanes[outbox.stream]
        del self._open[name]

    def _say(self, name: Name, channel: LiveChannel, error: Exception) -> None:
        if self._unusable.get(name) != channel.stamp:
            self._unusable[name] = channel.stamp
            _log.error("channel cannot be used, its pushes wait", app=name[0], notifier=name[1], fault=str(error))


def name_of(channel: LiveChannel) -> Name:
    """Return app key and notifier of a channel."""
    return channel.appkey, channel.channel.notifier

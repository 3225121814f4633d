"""From the events stream to the dispatcher: read, decode, keep the order that matters, lose nothing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import structlog

from policy.brake import Intake
from policy.event import MessageEvent
from policy.identifiers import bare_user
from worker.app_order import by_app
from worker.clock import Clock
from worker.codec import Event, Fault, PresenceEvent, ReadEvent, decode_entry
from worker.dispatch import Dispatcher
from worker.event_reader import EventReader
from worker.ingest_brake import IngestBrake
from worker.lease import kept_lease
from worker.metrics import DEAD_LETTERS
from worker.patience import Closed, Patience
from worker.poison import without_poison
from worker.store.dead_letters import DeadLetterStore
from worker.store.presence import PresenceStore
from worker.store.stream import Entry, Stream

#: First word of Redis's answer to a command that does not fit a key's type.
_OTHER_TYPE = "WRONGTYPE"
_log = structlog.get_logger(__name__)

Decoded = tuple[Entry, Event | Fault]


@dataclass(frozen=True, slots=True)
class IngestLimits:
    """How many events are worked off at a time, how many of those that wait are read for it, how large one may be."""

    batch: int = 200
    read_at_most: int = 200
    max_event_bytes: int = 524_288


@dataclass(slots=True)
class Segment:
    """Events that may be applied presence first: no presence in it follows a message to the same user."""

    presence: list[tuple[bytes, PresenceEvent]] = field(default_factory=list)
    read: list[tuple[bytes, ReadEvent]] = field(default_factory=list)
    messages: list[tuple[bytes, MessageEvent]] = field(default_factory=list)


class Diversion(Protocol):
    """Where a flood of one app is put aside."""

    async def divert(self, entries: Sequence[Entry], *, may_be_flood: bool = True) -> list[Entry]:
        """Put some of what was read aside, if anything was; return the rest. Whether it is a flood is looked at."""


class Ingest:
    """Reads one partition's events for as long as ``closing`` is not set."""

    def __init__(
        self,
        stream: Stream,
        reader: EventReader,
        dispatcher: Dispatcher,
        presence: PresenceStore,
        dead_letters: DeadLetterStore,
        limits: IngestLimits,
        brake: IngestBrake,
        clock: Clock,
        patience: Patience,
        diversion: Diversion | None = None,
        *,
        is_siding: bool = False,
    ) -> None:
        """Bind; nothing is read before ``run``, or before ``take_turn`` of a siding."""
        self._stream, self._reader, self._dispatcher, self._presence = stream, reader, dispatcher, presence
        self._dead_letters, self._limits, self._brake, self._clock = dead_letters, limits, brake, clock
        self.name, self._patience, self._closing = patience.name, patience, patience.closing
        self._diversion, self._is_siding = diversion, is_siding

    async def run(self) -> None:
        """Read and process until told to stop. What was read but not acknowledged is reclaimed after its lease."""
        try:
            await self._patience.insist(self._stream.create_group)
            async with kept_lease(self._stream, lambda: self._reader.held):
                while not self._closing.is_set():
                    await self._process_next()
            await self.leave()
        except Closed:
            _log.info("ingest stopped while waiting for redis")

    async def take_turn(self) -> bool:
        """Process one batch of a siding; return whether there was one.

        Raises:
            Closed: the worker stops while Redis is away.
        """
        async with kept_lease(self._stream, lambda: self._reader.held):
            return await self._process_next()

    async def leave(self) -> None:
        """Remove this consumer if it holds nothing."""
        await self._patience.insist(self._stream.leave)

    async def _process_next(self) -> bool:
        count = await self._brake.admitted(self._limits.batch)
        self._patience.pulse.beat()  # also while the brake holds it
        entries = await self._reader.read(count) if count else []
        sound, poison = without_poison(entries)
        if poison:
            await self._patience.insist(lambda: self._bury(poison))
        kept = await self._kept(sound, may_be_flood=True)
        await self.process([*kept, *await self._along(kept)])
        self._reader.held = []
        return bool(entries)

    async def _along(self, kept: Sequence[Entry]) -> Sequence[Entry]:
        """Return what is worked off together with a full batch of which nothing was put aside.

        Beside what a worker may have died of nothing is read that would be suspected with it.
        """
        if len(kept) < self._limits.batch or kept[-1].deliveries > 1 or self._brake.is_on:
            return []
        along = await self._reader.read_along(kept, self._limits.read_at_most)
        return await self._kept(along, may_be_flood=False)

    async def _kept(self, entries: Sequence[Entry], *, may_be_flood: bool) -> Sequence[Entry]:
        """Return what is to be processed here and now."""
        diversion = self._diversion
        if diversion is None:
            return entries
        return await self._patience.insist(lambda: diversion.divert(entries, may_be_flood=may_be_flood))

    async def process(self, entries: Sequence[Entry]) -> None:
        """Bury what cannot be read, and process the others: by app while nothing is wrong, from there on as they came.

        The brake counts how many fail in a row. Sorted, the few of one app would stand in one.
        """
        batch = self._limits.batch
        decoded = [(entry, decode_entry(entry.fields, self._limits.max_event_bytes)) for entry in entries]
        done = await self._sorted(decoded) if len(decoded) > batch else set()
        rest = [(entry, event) for entry, event in decoded if entry.id not in done] if done else decoded
        for start in range(0, len(rest), batch):
            await self._in_order(rest[start : start + batch])
            if self._brake.is_on:  # what it holds stays pending: it is taken up again, one by one, after its lease
                return

    async def _sorted(self, decoded: Sequence[Decoded]) -> set[bytes]:
        """Apply events app by app, up to the first that cannot be applied, none if one cannot be read; return which."""
        done = set[bytes]()
        readable = [(entry, event) for entry, event in decoded if not isinstance(event, Fault)]
        if len(readable) < len(decoded):
            return done
        for portion in by_app(readable, self._limits.batch):
            try:
                undone = await self._patience.insist(partial(self._apply, portion))
            except Closed:
                raise
            except Exception:  # noqa: BLE001 - it comes again where it can be told which event it is that fails
                return done
            if undone:
                return done
            done.update(entry.id for entry, _ in portion)
            self._brake.note([Intake.GOOD])
        return done

    async def _in_order(self, decoded: Sequence[Decoded]) -> None:
        faults = [(entry, event) for entry, event in decoded if isinstance(event, Fault)]
        await self._patience.insist(lambda: self._bury(faults))
        await self._work(decoded)

    async def _work(self, decoded: Sequence[Decoded]) -> None:
        """Apply events. A batch that cannot work as a whole is halved until the one that it fails for stands alone."""
        if not decoded:
            return
        try:
            undone = await self._patience.insist(lambda: self._apply(decoded))
        except Closed:
            raise
        except Exception as error:  # noqa: BLE001 - a fault nobody foresaw must not block the entries behind it
            await self._isolate(decoded, error)
            return
        faults = [(entry, undone[entry.id]) for entry, _ in decoded if entry.id in undone]
        await self._patience.insist(lambda: self._bury(faults))
        is_bad = [isinstance(event, Fault) or entry.id in undone for entry, event in decoded]
        self._brake.note(Intake.MALFORMED if bad else Intake.GOOD for bad in is_bad)

    async def _apply(self, decoded: Sequence[Decoded]) -> dict[bytes, Fault]:
        """Apply presence, marks and messages; return the messages that could not be decided for all their receivers."""
        undone: dict[bytes, Fault] = {}
        origins = {entry.id: entry.fields.get(b"origin", entry.id) for entry, _ in decoded} if self._is_siding else {}
        for segment in segments((entry.id, event) for entry, event in decoded if not isinstance(event, Fault)):
            if segment.presence:
                await self._presence.apply(segment.presence, origins)
            if segment.read:
                await self._presence.mark_read(segment.read, origins)
            undone |= await self._dispatcher.dispatch(segment.messages)
        return undone

    async def _isolate(self, decoded: Sequence[Decoded], error: Exception) -> None:
        if middle := len(decoded) // 2:
            for half in (decoded[:middle], decoded[middle:]):
                if not self._brake.is_on:
                    await self._work(half)
            return
        entry, _ = decoded[0]
        known = _known_fault(error)
        if known is None:
            _log.error("event cannot be processed", entry=entry.id.decode(), error=type(error).__name__, exc_info=error)
        fault = known or Fault("$", f"internal error: {type(error).__name__}")
        await self._patience.insist(lambda: self._bury([(entry, fault)]))
        self._brake.note([Intake.MALFORMED if known else Intake.INTERNAL])

    async def _bury(self, faults: Sequence[tuple[Entry, Fault]]) -> None:
        if not faults:
            return
        flags = await self._dead_letters.bury(self._stream.name, faults, self._clock())
        DEAD_LETTERS.labels("events").inc(sum(flags))
        # What is taken up once more, because its batch could not work as a whole, may have its end already.
        for entry, fault in (pair for pair, is_moved in zip(faults, flags, strict=True) if is_moved):
            _log.warning("event to dead letters", entry=entry.id.decode(), path=fault.path, reason=fault.reason)


def _known_fault(error: Exception) -> Fault | None:
    """Return the fault that an error speaks of, if it is no surprise: another program made a key of another type."""
    return Fault("$", "a key of its user or message holds another type") if _OTHER_TYPE in str(error) else None


def segments(events: Iterable[tuple[bytes, Event]]) -> Iterator[Segment]:
    """Cut a batch where the order of presence and messages matters: a user's presence after a message to them.

    Read marks need no cut: they concern pushes that wait already.
    """
    segment, addressed = Segment(), _Addressed()
    for entry_id, event in events:
        if isinstance(event, MessageEvent):
            addressed.add(event)
            segment.messages.append((entry_id, event))
            continue
        if isinstance(event, ReadEvent):
            segment.read.append((entry_id, event))
            continue
        if event in addressed:
            yield segment
            segment, addressed = Segment(), _Addressed()
        segment.presence.append((entry_id, event))
    yield segment


class _Addressed:
    """Whom messages are for. Looked up only when somebody comes or goes: most batches have messages alone."""

    def __init__(self) -> None:
        self._messages: list[MessageEvent] = []
        self._users: set[tuple[str, str]] = set()

    def add(self, message: MessageEvent) -> None:
        self._messages.append(message)

    def __contains__(self, presence: PresenceEvent) -> bool:
        for message in self._messages:
            self._users.update((message.appkey, user) for user in message.receivers)
        self._messages.clear()
        return (presence.appkey, bare_user(presence.user, presence.appkey)) in self._users

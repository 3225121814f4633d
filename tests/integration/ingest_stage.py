"""An ingest on a real server, whose dispatcher notes what it is given, and fails where the test says so."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import redis

from policy.brake import Brake, BrakePolicy
from policy.event import MessageEvent
from tests.factories import event_record
from tests.unit.worker.clocks import logged
from worker.clock import wall_clock
from worker.codec import Fault
from worker.dispatch import Dispatcher
from worker.event_reader import EventReader
from worker.health import Health
from worker.ingest import Ingest, IngestLimits
from worker.ingest_brake import IngestBrake
from worker.sidings import Sidings
from worker.store.connection import Connection, connect
from worker.store.dead_letters import DeadLetterStore
from worker.store.keys import Keys, Partitions
from worker.store.presence import PresenceStore
from worker.store.scripts import Scripts
from worker.store.sidings import SidingStore
from worker.store.stream import GROUP, Stream

KEYS = Keys()
STALL_S, LEASE_MS, BLOCK_MS = 60.0, 60_000, 1000


class Notes(Dispatcher):
    """Notes the messages of each call, and acknowledges them. ``ends``: what becomes of a message, by its id."""

    def __init__(self, database: redis.Redis, ends: Mapping[str, Fault | Exception]) -> None:
        """Fail with nothing else."""
        self.calls: list[list[str]] = []
        self._database, self._ends = database, ends

    async def dispatch(self, events: Sequence[tuple[bytes, MessageEvent]]) -> dict[bytes, Fault]:
        """Raise what one of them raises, or return what is said of them."""
        ends = {entry_id: self._ends[event.msg_id] for entry_id, event in events if event.msg_id in self._ends}
        for end in ends.values():
            if isinstance(end, Exception):
                raise end
        self.calls.append([event.msg_id for _, event in events])
        faults = {entry_id: end for entry_id, end in ends.items() if isinstance(end, Fault)}
        done = [entry_id for entry_id, _ in events if entry_id not in faults]
        if done:
            self._database.xack(KEYS.events, GROUP, *done)
        return faults


def entry_of(message: tuple[str, str]) -> dict[Any, Any]:
    """Return the fields of a message of app and id; an id of none is an event that cannot be read."""
    appkey, msg_id = message
    return {"message": json.dumps(event_record(appkey=appkey, msg_id=msg_id)) if msg_id else "{"}


class Stage:
    """Plays one turn of an ingest that reads ``most`` events, and works off ``batch`` at a time."""

    def __init__(self, url: str, database: redis.Redis, batch: int, most: int) -> None:
        """The stream is empty, and nobody reads it yet."""
        self._url, self.database, self._limits = url, database, IngestLimits(batch, most)
        self.now_ms = 0
        self.brake = IngestBrake(Brake(BrakePolicy()), lambda: self.now_ms)
        database.xgroup_create(KEYS.events, GROUP, id="0", mkstream=True)

    def add(self, *messages: tuple[str, str]) -> None:
        """Add messages; see ``entry_of``."""
        pipe = self.database.pipeline(transaction=False)
        for message in messages:
            pipe.xadd(KEYS.events, entry_of(message))
        pipe.execute()

    def read(self, most: int) -> list[bytes]:
        """Return the ids of one read; what it holds is the same."""

        async def act(connection: Connection) -> list[bytes]:
            reader, _ = self._reader(connection)
            entries = await reader.read(self._limits.batch)
            entries += await reader.read_along(entries, most)
            assert reader.held == [entry.id for entry in entries]
            return reader.held

        return list(self._run(act))

    def turn(self, ends: Mapping[str, Fault | Exception], *apps: str) -> list[list[str]]:
        """Read and process once; return the message ids of each dispatch. ``apps`` may be put aside."""

        async def act(connection: Connection) -> list[list[str]]:
            scripts, (reader, stream) = Scripts(connection.writer), self._reader(connection)
            notes = Notes(self.database, ends)
            presence = PresenceStore(scripts, KEYS, Partitions(), 60, stream.name)
            letters, patience = DeadLetterStore(scripts, KEYS), Health(STALL_S).patience("ingest")
            sidings = Sidings(SidingStore(scripts, KEYS), apps, self._limits.batch)
            await sidings.refresh()
            ingest = Ingest(
                stream, reader, notes, presence, letters, self._limits, self.brake, wall_clock, patience, sidings
            )
            with logged():
                assert await ingest.take_turn()
            return notes.calls

        return list(self._run(act))

    def buried(self) -> list[str]:
        """Return why events are among the dead letters, oldest first."""
        letters: Any = self.database.xrange(KEYS.dead)
        return [fields[b"reason"].decode() for _, fields in letters]

    def _reader(self, connection: Connection) -> tuple[EventReader, Stream]:
        stream = Stream(connection.reader, Scripts(connection.writer), KEYS.events, "me", LEASE_MS)
        return EventReader(stream, wall_clock, Health(STALL_S).patience("reader"), 1), stream

    def _run(self, act: Callable[[Connection], Any]) -> Any:
        async def play() -> Any:
            connection = connect(self._url, BLOCK_MS)
            try:
                return await act(connection)
            finally:
                await connection.aclose()

        return asyncio.run(play())

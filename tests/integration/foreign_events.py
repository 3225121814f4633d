"""Events of partition 0 whose receivers are in another one, worked off as the worker does it."""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.integration.configuration import APPKEY
from tests.integration.deployment import fresh, now_ms
from tests.integration.hand_offs import hand_offs
from worker.codec import PresenceEvent, ReadEvent
from worker.store.connection import Connection
from worker.store.hand_off import HandOffStore, Memory
from worker.store.keys import Keys, Partitions
from worker.store.presence import PresenceStore
from worker.store.scripts import Scripts
from worker.store.stream import Stream

PARTITIONS = Partitions(8)
OWN, *OTHERS = PARTITIONS.all

#: Works off an event, named by its entry, that concerns a user; the last argument names the message.
Work = Callable[[Connection, bytes, str, str], Awaitable[Any]]


def user_in(keys: Keys) -> str:
    """Return a user whom nobody else has, of this partition."""
    while PARTITIONS.of(APPKEY, user := fresh("u")) != keys:
        pass
    return user


async def added(connection: Connection) -> bytes:
    """Add an event to partition 0 and have it read; return its id. What it says is not looked at again."""
    stream = Stream(connection.reader, Scripts(connection.writer), OWN.events, "me", 60_000)
    await stream.create_group()
    await connection.writer.xadd(OWN.events, {"message": "{}"})
    (entry,) = await stream.read(1, 1)
    return entry.id


async def is_acknowledged(connection: Connection, entry_id: bytes) -> bool:
    """Return whether an event has left partition 0."""
    return not await connection.writer.xrange(OWN.events, entry_id, entry_id)


async def _hand_over(connection: Connection, entry_id: bytes, user: str, msg_id: str) -> None:
    store = HandOffStore(Scripts(connection.writer), OWN, PARTITIONS, Memory())
    await store.write(hand_offs([user], now_ms(), msg_id=msg_id), [entry_id])


async def _come_online(connection: Connection, entry_id: bytes, user: str, _: str) -> None:
    event = PresenceEvent(appkey=APPKEY, user=user, resource="web_1", state="online", timestamp=now_ms())
    await PresenceStore(Scripts(connection.writer), OWN, PARTITIONS, 86_400).apply([(entry_id, event)])


async def _read_all(connection: Connection, entry_id: bytes, user: str, _: str) -> None:
    event = ReadEvent(appkey=APPKEY, user=user)
    await PresenceStore(Scripts(connection.writer), OWN, PARTITIONS, 86_400).mark_read([(entry_id, event)])


KINDS: dict[str, Work] = {"message": _hand_over, "presence": _come_online, "read": _read_all}

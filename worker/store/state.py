"""A receiver's whole state as one JSON object: the state record of the design contract (``load`` and ``dump``)."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

import msgspec
from redis.asyncio import Redis

from policy.event import AppKey, Identifier
from policy.identifiers import bare_user
from policy.receiver import ConversationSetting, Device, Presence, Settings
from worker.store.keys import Keys, Partitions, conversation_field
from worker.store.scripts import Argument, Scripts

_JSON = msgspec.json.Encoder()


class RetiredDevice(Device, frozen=True, kw_only=True):
    """A binding set aside because its token died. ``retired_at`` is milliseconds since 1970."""

    reason: str
    retired_at: int


class StateRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """One receiver's state. A member that is left out is not touched by ``load``."""

    appkey: AppKey
    user: Identifier
    presence: list[Presence] | msgspec.UnsetType = msgspec.UNSET
    devices: list[Device] | msgspec.UnsetType = msgspec.UNSET
    settings: Settings | msgspec.UnsetType = msgspec.UNSET
    conversations: dict[str, ConversationSetting] | msgspec.UnsetType = msgspec.UNSET
    badge: int | msgspec.UnsetType = msgspec.UNSET
    retired: list[RetiredDevice] | msgspec.UnsetType = msgspec.UNSET


#: Members of the record that are one field of the user's hash.
_FIELDS = {"settings": "s", "devices": "d", "retired": "r", "presence": "p", "badge": "b"}


class StateStore:
    """Writes and reads state records."""

    def __init__(self, client: Redis, partitions: Partitions) -> None:
        """Bind; nothing is sent before the first call."""
        self._client, self._scripts, self._partitions = client, Scripts(client), partitions

    async def load(self, records: Iterable[StateRecord]) -> None:
        """Replace what the records name and nothing else, all at once in each partition; an empty member is removed."""
        parts: dict[Keys, tuple[list[str], list[Argument]]] = {}
        for record in records:
            user = bare_user(record.user, record.appkey)
            keys = self._partitions.of(record.appkey, user)
            names, arguments = parts.setdefault(keys, ([], []))
            names.append(keys.user(record.appkey, user))
            arguments += _arguments(record)
        await asyncio.gather(*(self._scripts.run("load", *part) for part in parts.values()))

    async def dump(self) -> AsyncIterator[StateRecord]:
        """Yield every receiver of every partition, in no order. Writers may go on: each record is a moment's truth."""
        async for key in self._client.scan_iter(match=ANY_USER, count=1000):
            partition, appkey, user = parts_of(key.decode())
            # A partition beyond the configured ones is of other times: its users are found in another one now.
            if partition < self._partitions.count:
                yield _record(appkey, user, await self._client.hgetall(key))


#: ``Keys.user`` of any partition: ``push:{pN}:u:<app>:<user>``.
ANY_USER = "push:{p*}:u:*"


def parts_of(key: str) -> tuple[int, str, str]:
    """Return partition, app key and user of a user's key. A user id may hold colons, an app key none."""
    _, tag, _, appkey, user = key.split(":", 4)
    return int(tag.strip("{p}")), appkey, user


def _arguments(record: StateRecord) -> list[Argument]:
    """Return what ``load.lua`` takes of one record."""
    fields = _fields(record)
    kept = [part for field, value in fields if value is not None for part in (field, value)]
    gone = [field for field, value in fields if value is None]
    return [len(kept) // 2, *kept, len(gone), *gone]


def _fields(record: StateRecord) -> list[tuple[str, bytes | None]]:
    members = [(field, getattr(record, name)) for name, field in _FIELDS.items()]
    if record.conversations is not msgspec.UNSET:
        members += [(conversation_field(name), value) for name, value in record.conversations.items()]
    return [(field, _encoded(value)) for field, value in members if value is not msgspec.UNSET]


def _encoded(value: Any) -> bytes | None:
    """Return the stored form, or None for what is as good as absent."""
    text = _JSON.encode(value)
    return None if text in {b"{}", b"[]", b"0"} else text


def _record(appkey: str, user: str, fields: Mapping[Any, Any]) -> StateRecord:
    raw: dict[str, Any] = {"appkey": appkey, "user": user}
    raw |= {name: msgspec.Raw(fields[field.encode()]) for name, field in _FIELDS.items() if field.encode() in fields}
    prefix = conversation_field("").encode()
    overrides = {
        name.removeprefix(prefix).decode(): msgspec.Raw(value)
        for name, value in fields.items()
        if name.startswith(prefix)
    }
    if overrides:
        raw["conversations"] = overrides
    return msgspec.json.decode(_JSON.encode(raw), type=StateRecord)

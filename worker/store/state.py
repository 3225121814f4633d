"""A receiver's whole state as one JSON object: the state record of the design contract (``load`` and ``dump``)."""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

import msgspec
from redis.asyncio import Redis

from policy.event import AppKey, Identifier
from policy.identifiers import bare_user
from policy.receiver import ConversationSetting, Device, Presence, Settings
from worker.store.keys import Keys, conversation_field

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

    def __init__(self, client: Redis, keys: Keys) -> None:
        """Bind to one partition."""
        self._client, self._keys = client, keys

    async def load(self, records: Iterable[StateRecord]) -> None:
        """Replace what the records name and nothing else, all in one transaction; an empty member is removed."""
        async with self._client.pipeline(transaction=True) as pipe:
            for record in records:
                key = self._keys.user(record.appkey, bare_user(record.user, record.appkey))
                fields = _fields(record)
                kept: dict[Any, Any] = {field: value for field, value in fields if value is not None}
                gone = [field for field, value in fields if value is None]
                if kept:
                    pipe.hset(key, mapping=kept)
                if gone:
                    pipe.hdel(key, *gone)
            await pipe.execute()

    async def dump(self) -> AsyncIterator[StateRecord]:
        """Yield every receiver of the partition, in no order. Writers may go on: each record is a moment's truth."""
        prefix = self._keys.user("", "").removesuffix(":")
        async for key in self._client.scan_iter(match=f"{_literal(prefix)}*", count=1000):
            appkey, user = key.decode().removeprefix(prefix).split(":", 1)
            yield _record(appkey, user, await self._client.hgetall(key))


def _literal(text: str) -> str:
    """Escape what SCAN's patterns would read as a wildcard."""
    return "".join(f"\\{letter}" if letter in r"*?[]\^" else letter for letter in text)


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

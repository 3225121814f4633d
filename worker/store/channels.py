"""Channels that were made over HTTP, as Redis holds them: a part of each app's hash."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from redis.asyncio import Redis

from worker.codec import Fault, decode
from worker.config_types import ProviderName
from worker.store.console import CHANNEL, CHANNELS_AT_MOST, AppRecord, Changes, ConsoleStore, FullError
from worker.store.keys import Partitions
from worker.store.scripts import Scripts
from worker.store.stream import GROUP
from worker.store.waiting import WaitingStore

_JSON = msgspec.json.Encoder()


class ChannelRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """The JSON of one channel. Times are milliseconds since 1970.

    ``credential`` is what may be told of it: kind, fingerprint, expiry. A channel that is ``deleted`` is there for its
    pushes only, and goes with the last of them.
    """

    provider: ProviderName
    settings: dict[str, Any]
    sealed: str
    credential: dict[str, Any]
    created: int
    updated: int
    enabled: bool = True
    deleted: bool = False


#: From what is there, None if nothing is, to what is to be there; it may raise, and then nothing is changed.
EditChannel = Callable[[ChannelRecord | None], ChannelRecord]


class ChannelStore:
    """Reads and changes channels."""

    def __init__(self, client: Redis, partitions: Partitions, gone_ms: int = 600_000) -> None:
        """Bind; nothing is sent before the first call. ``gone_ms`` of silence mean that a reader has gone."""
        self._store, self._scripts, self._gone_ms = ConsoleStore(client), Scripts(client), gone_ms
        self._waiting = [WaitingStore(client, keys) for keys in partitions.all]

    async def apps(self) -> list[str]:
        """Return the apps of which something was ever set."""
        return list(await self._store.versions())

    async def all(self, appkey: str) -> dict[str, ChannelRecord]:
        """Return an app's channels by notifier, without those that cannot be read."""
        record = await self._store.read(appkey)
        found = {notifier: decode(text, ChannelRecord) for notifier, text in record.named(CHANNEL).items()}
        return {notifier: each for notifier, each in found.items() if isinstance(each, ChannelRecord)}

    async def edit(self, appkey: str, notifier: str, edit: EditChannel) -> ChannelRecord:
        """Change one channel; return it as it is then.

        Raises:
            FullError: the app has ``CHANNELS_AT_MOST`` others.
            Exception: whatever the edit raises.
        """

        def change(app: AppRecord) -> tuple[Changes, ChannelRecord]:
            before = _channel(app, notifier)
            if before is None and len(app.named(CHANNEL)) >= CHANNELS_AT_MOST:
                raise FullError
            after = edit(before)
            return ({f"{CHANNEL}{notifier}": _JSON.encode(after)} if after != before else {}), after

        return await self._store.change(appkey, change)

    async def is_empty(self, appkey: str, notifier: str) -> bool:
        """Return whether no push waits for a channel, in any partition."""
        waiting = [await store.lengths([(appkey, notifier)]) for store in self._waiting]
        return not any(sum(lengths) for (lengths,) in waiting)

    async def discard(self, appkey: str, notifier: str) -> bool:
        """Remove a deleted channel's outboxes, unless one is used; return whether there is none any more."""
        flags = [
            await self._scripts.run("discard", keys, [GROUP, self._gone_ms]) for keys in self._keys(appkey, notifier)
        ]
        return all(flags)

    async def forget(self, appkey: str, notifier: str) -> None:
        """Remove a channel that is still deleted."""

        def change(app: AppRecord) -> tuple[Changes, None]:
            there = _channel(app, notifier)
            return ({f"{CHANNEL}{notifier}": None} if there and there.deleted else {}), None

        await self._store.change(appkey, change)

    def _keys(self, appkey: str, notifier: str) -> Iterator[list[str]]:
        for store in self._waiting:
            keys = store.keys
            kinds = (keys.outbox, keys.retry, keys.late_ready, keys.late_folding)
            yield [kind(appkey, notifier) for kind in kinds]


def _channel(app: AppRecord, notifier: str) -> ChannelRecord | None:
    found = decode(app.fields.get(f"{CHANNEL}{notifier}", b""), ChannelRecord)
    return None if isinstance(found, Fault) else found

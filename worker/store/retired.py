"""Retired bindings: found over all users, and bound again when their retirement was a mistake."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from redis.asyncio import Redis

from worker.store.scripts import Argument, Scripts
from worker.store.state import ANY_USER, RetiredDevice, parts_of

#: Users looked at in one round trip.
_PAGE = 500
_RETIRED: msgspec.json.Decoder[list[RetiredDevice]] = msgspec.json.Decoder(list[RetiredDevice])


@dataclass(frozen=True, slots=True)
class Retirement:
    """One retired binding and whose it is. ``key`` is the user's hash."""

    key: str
    appkey: str
    user: str
    device: RetiredDevice


class RetiredStore:
    """Reads and restores retired bindings of every partition."""

    def __init__(self, client: Redis) -> None:
        """Bind; nothing is sent before the first call."""
        self._client, self._scripts = client, Scripts(client)

    async def all(self) -> AsyncIterator[Retirement]:
        """Yield every retired binding, in no order. It walks all users: for a person, not for a dashboard."""
        page: list[str] = []
        async for key in self._client.scan_iter(match=ANY_USER, count=_PAGE):
            page.append(key.decode())
            if len(page) == _PAGE:
                for retirement in await self._of(page):
                    yield retirement
                page = []
        for retirement in await self._of(page):
            yield retirement

    async def restore(self, retirements: Iterable[Retirement]) -> int:
        """Bind again, one script a user; return how many were: a device that has bound anew since stays as it is."""
        wanted: defaultdict[str, list[Argument]] = defaultdict(list)
        for each in retirements:
            wanted[each.key] += [each.device.device_id, each.device.notifier, each.device.retired_at]
        return sum([int(await self._scripts.run("restore", [key], arguments)) for key, arguments in wanted.items()])

    async def _of(self, keys: Sequence[str]) -> list[Retirement]:
        if not keys:
            return []
        async with self._client.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.hget(key, "r")
            texts: list[Any] = await pipe.execute()
        return [found for key, text in zip(keys, texts, strict=True) for found in _retirements(key, text)]


def _retirements(key: str, text: bytes | None) -> list[Retirement]:
    _, appkey, user = parts_of(key)
    try:
        devices = _RETIRED.decode(text) if text else []
    except msgspec.DecodeError:  # other programs' garbage is nobody's binding
        return []
    return [Retirement(key, appkey, user, device) for device in devices]

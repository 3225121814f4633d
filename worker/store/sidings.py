"""Sidings: one app's events of a partition that were put aside, so that other apps' need not wait behind them."""

from collections.abc import Sequence

from worker.store.keys import Keys
from worker.store.scripts import Argument, KeyTable, Scripts
from worker.store.stream import GROUP, Entry


class SidingStore:
    """The sidings of one partition, one for each app."""

    def __init__(self, scripts: Scripts, keys: Keys) -> None:
        """Bind; nothing is sent before the first call."""
        self._scripts, self._keys = scripts, keys

    async def open(self) -> set[str]:
        """Return the apps whose siding holds anything: also what is being worked on."""
        apps = await self._scripts.run("sidings", [self._keys.sidings], [self._keys.siding("")])
        return {app.decode() for app in apps}

    async def unread(self) -> int:
        """Return how many events nobody has read yet."""
        return int(await self._scripts.run("unread", [self._keys.events], [GROUP]))

    async def divert(self, entries: Sequence[tuple[str, Entry]]) -> list[bool]:
        """Put (app, entry of one field) pairs aside, in order; tell which were."""
        table, arguments = KeyTable(self._keys.events, self._keys.sidings), list[Argument]([GROUP])
        for appkey, entry in entries:
            ((field, value),) = entry.fields.items()
            arguments += [entry.id, appkey, table.index(self._keys.siding(appkey)), field, value]
        return [bool(flag) for flag in await self._scripts.run("divert", table.keys, arguments)]

"""What ends a dead letter: it goes back to its stream, or it is dropped. Each takes an entry whole, and only once."""

from collections.abc import Sequence
from dataclasses import dataclass

from redis.asyncio import Redis

from policy.redacted import Redacted
from worker.store.keys import Keys
from worker.store.letter import Fields, Letter
from worker.store.scripts import Argument, KeyTable, Scripts

#: Lua hands so many arguments to one command, twice as many as fields: its stack holds 8,000.
MOST_FIELDS = 3000


@dataclass(frozen=True, slots=True)
class Ledger:
    """Where a message's ledger follows a push."""

    appkey: str
    msg_id: str
    field: str


@dataclass(frozen=True, slots=True, repr=False)
class Revival(Redacted):
    """A letter, and the fields that go back to its stream. ``ledger`` is None for an event."""

    letter: Letter
    fields: Fields
    ledger: Ledger | None = None


class RevivalStore:
    """Ends dead letters."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        """Bind to one partition."""
        self._client, self.keys, self._scripts = client, keys, Scripts(client)

    async def revive(self, revivals: Sequence[Revival]) -> list[bool]:
        """Send entries back in one script; tell which were still there. No entry has more than ``MOST_FIELDS``."""
        table, arguments = KeyTable(self.keys.dead), list[Argument]()
        for revival in revivals:
            arguments += self._arguments(revival, table)
        flags = await self._scripts.run("revive", table.keys, arguments)
        return [bool(flag) for flag in flags]

    async def drop(self, letters: Sequence[Letter]) -> list[bool]:
        """Delete letters; tell which were still there."""
        async with self._client.pipeline(transaction=False) as pipe:
            for letter in letters:
                pipe.xdel(self.keys.dead, *letter.ids)
            return [bool(count) for count in await pipe.execute()]

    def _arguments(self, revival: Revival, table: KeyTable) -> list[Argument]:
        letter, ledger = revival.letter, revival.ledger
        message = table.index(self.keys.message(ledger.appkey, ledger.msg_id)) if ledger else 0
        return [
            table.index(letter.stream),
            message,
            ledger.field if ledger else "",
            len(letter.ids),
            *letter.ids,
            len(revival.fields),
            *(part for field in revival.fields.items() for part in field),
        ]

"""Where the dead letters of a deployment are, and the search that the options ask for."""

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import typer
from redis.asyncio import Redis

from worker.cli.options import ConfigFile, configured
from worker.cli.say import say
from worker.clock import wall_clock
from worker.config import Config
from worker.consoles import Consoles
from worker.dead_letters.actions import Actions, Result
from worker.dead_letters.criteria import Criteria
from worker.dead_letters.revivals import Worth
from worker.dead_letters.search import Search
from worker.redis_access import connection_of
from worker.store.console import ConsoleStore
from worker.store.keys import Keys, Partitions
from worker.store.letter_name import LetterName
from worker.store.letters import LetterStore
from worker.store.revival import RevivalStore


@dataclass(frozen=True, slots=True)
class Place:
    """A server, and what the configuration says of it."""

    config: Config
    consoles: Consoles
    client: Redis
    partitions: Sequence[Keys]

    def search(self, criteria: Criteria, names: Sequence[LetterName] | None, limit: int | None = None) -> Search:
        """Return a search of every partition."""
        stores = [LetterStore(self.client, keys) for keys in self.partitions]
        return Search(stores, criteria, placed(names or (), self.partitions), limit)

    def actions(self, *, is_dry: bool) -> Actions:
        """Return what ends letters in every partition."""
        return Actions([RevivalStore(self.client, keys) for keys in self.partitions], is_dry=is_dry)

    def worth(self) -> Worth:
        """Return what decides whether a letter is worth a retry now."""
        return Worth(wall_clock(), self.consoles, self.config.worker.max_event_bytes)


@asynccontextmanager
async def opened(config: ConfigFile) -> AsyncIterator[Place]:
    """Give the configured place."""
    settings = configured(config, check_files=False)
    connection = connection_of(settings)
    consoles = Consoles(settings, ConsoleStore(connection.writer), sends=False)
    try:
        await consoles.ready()
        yield Place(settings, consoles, connection.writer, Partitions(settings.redis.partitions).all)
    finally:
        await connection.aclose()


def placed(names: Sequence[LetterName], known: Sequence[Keys]) -> list[LetterName]:
    """Return names with their partition, which need not be said where there is only one.

    Raises:
        BadParameter: there is no such partition, or it has to be said which.
    """
    numbers = [keys.number for keys in known]
    for name in names:
        if name.partition is None and len(numbers) > 1:
            raise typer.BadParameter(f"{name} is in one of {len(numbers)} partitions: say which, p{numbers[0]}:{name}")
        if name.partition is not None and name.partition not in numbers:
            raise typer.BadParameter(f"{name}: there is no partition p{name.partition}")
    return [LetterName(numbers[0] if name.partition is None else name.partition, name.id) for name in names]


def report(search: Search, result: Result, *, is_dry: bool) -> int:
    """Print what became of the letters; return the exit status: 1 when nothing was done."""
    would = "would be " if is_dry else ""
    lines = {
        f"{would}retried": result.retried,
        f"{would}dropped": result.dropped,
        "gone before this command came to them": result.vanished,
        **{f"kept: {kept.value}": count for kept, count in result.kept.items()},
    }
    say(*(f"{count:,} {what}" for what, count in lines.items() if count))
    if not result.found and not search.missing:
        sys.stderr.write("offline-push: no dead letter matches\n")
    return status_of(search, is_fine=bool(result.retried or result.dropped))


def status_of(search: Search, *, is_fine: bool) -> int:
    """Return a command's exit status, and say which names no letter has."""
    for name in search.missing:
        sys.stderr.write(f"offline-push: {name}: no such dead letter\n")
    return int(bool(search.missing) or not is_fine)

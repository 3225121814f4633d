"""``offline-push backlog``: what waits, and what would be sent if a worker went on now."""

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from worker.cli.interrupt import run_interruptible
from worker.cli.options import AsJson, ConfigFile, configured

if TYPE_CHECKING:
    from worker.config import Config
    from worker.consoles import Consoles
    from worker.preview.preview import Preview, Progress
    from worker.store.waiting import WaitingStore

_PROGRESS_FROM = 10_000

App = Annotated[str | None, typer.Option("--app", metavar="ORG#APP", help="Only the events and channels of this app.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="Look at so many events only, the oldest.")]


def run(app: App = None, limit: Limit = None, config: ConfigFile = None, *, as_json: AsJson = False) -> None:
    """Preview the backlog: how old it is, what would be pushed, folded or dropped, and what waits already.

    Decided by the worker's own code with what is stored now; nothing is sent and nothing changed. Presence that waits
    in the backlog itself is not looked at.
    """
    run_interruptible(_backlog(app, limit, config, as_json=as_json))


async def _backlog(app: str | None, limit: int | None, config: ConfigFile, *, as_json: bool) -> None:
    settings = configured(config, check_files=False)
    if app is not None and app not in settings.apps:
        raise typer.BadParameter(f"{app}: no such app in the configuration", param_hint="--app")
    async with _opened(settings) as (preview, stores, consoles):
        total = await preview.waiting()
        with _progress(total if limit is None else min(total, limit)) as progress:
            await preview.run(app, limit, progress)
        records = [{"record": "looked_at", "count": preview.looked_at, "of": max(total, preview.looked_at)}]
        records += await _records(preview, stores, consoles, app)
    _print(records, as_json=as_json)


@asynccontextmanager
async def _opened(settings: "Config") -> AsyncIterator[tuple["Preview", list["WaitingStore"], "Consoles"]]:
    from worker.clock import wall_clock
    from worker.consoles import Consoles
    from worker.decider import Decider
    from worker.preview.preview import Preview
    from worker.redis_access import connection_of
    from worker.store.console import ConsoleStore
    from worker.store.facts import FactStore
    from worker.store.keys import Partitions
    from worker.store.scripts import Scripts
    from worker.store.waiting import WaitingStore

    connection, partitions = connection_of(settings), Partitions(settings.redis.partitions)
    consoles = Consoles(settings, ConsoleStore(connection.writer), sends=False)
    try:
        await consoles.ready()
        stores = [WaitingStore(connection.writer, keys) for keys in partitions.all]
        decider = Decider(FactStore(Scripts(connection.writer), partitions), consoles, wall_clock)
        limit = settings.worker.max_event_bytes
        yield Preview(stores, decider, partitions, consoles, wall_clock, limit), stores, consoles
    finally:
        await connection.aclose()


async def _records(
    preview: "Preview", stores: "list[WaitingStore]", consoles: "Consoles", app: str | None
) -> list[dict[str, Any]]:
    from worker.preview.records import tally_records, waiting_records

    channels: list[tuple[str, str, str]] = [
        (appkey, channel.notifier, channel.provider)
        for appkey, console in consoles.items()
        if app in {None, appkey}
        for channel in console.policy.channels or ()
    ]
    by_store = [await store.lengths([channel[:2] for channel in channels]) for store in stores]
    waiting = dict(zip(channels, zip(*by_store, strict=True), strict=True))
    dead = sum([sum(await store.of([store.keys.dead])) for store in stores])
    return [*tally_records(preview.tally), *waiting_records(waiting, dead)]


def _print(records: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        for record in records:
            sys.stdout.buffer.write(msgspec.json.encode(record) + b"\n")
        return
    from worker.cli.say import say
    from worker.preview.tables import tables

    say(*tables(records))


@contextmanager
def _progress(total: int) -> Iterator["Progress"]:
    """Show on a terminal how far a long preview has come."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    if total < _PROGRESS_FROM or not console.is_terminal:
        yield lambda _: None
        return
    with Progress(BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda count: bar.advance(task, count)

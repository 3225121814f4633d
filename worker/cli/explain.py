"""``offline-push explain``: why was this (not) pushed?"""

import asyncio
import sys
from typing import Annotated, Any

import msgspec
import typer

from policy.identifiers import bare_user
from worker.cli.options import AsJson, ConfigFile, configured

App = Annotated[str, typer.Option("--app", metavar="ORG#APP", help="App key.")]
User = Annotated[str, typer.Option("--user", help="Receiver's user id, bare or a JID.")]
Msg = Annotated[str | None, typer.Option("--msg", help="Message id. Default: the receiver's latest messages.")]
Last = Annotated[int, typer.Option("--last", min=1, help="How many of the latest, without --msg.")]


def run(
    app: App, user: User, msg: Msg = None, last: Last = 1, config: ConfigFile = None, *, as_json: AsJson = False
) -> None:
    """Explain a decision from the journal: each rule's verdict, each device, and what became of each push."""
    records = asyncio.run(_records(app, bare_user(user, app), msg, last, config))
    for record in records:
        _print(record, as_json=as_json)
    if not records:
        sys.stderr.write(
            f"offline-push: no decision for {user} of {app}{f', message {msg}' if msg else ''} in the journal\n"
        )
        raise typer.Exit(1)


async def _records(app: str, user: str, msg: str | None, last: int, config: ConfigFile) -> list[dict[str, Any]]:
    from worker.redis_access import connection_of
    from worker.store.journal import JournalStore
    from worker.store.keys import Partitions

    settings = configured(config, check_files=False)
    connection = connection_of(settings)
    try:
        journal = JournalStore(connection.writer, Partitions(settings.redis.partitions))
        if msg:
            record = await journal.of_message(app, msg, user)
            return [record] if record else []
        records: list[dict[str, Any]] = []
        async for record in journal.of_user(app, user):
            records.append(record)
            if len(records) == last:
                break
        return records
    finally:
        await connection.aclose()


def _print(record: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(record) + b"\n")
        return
    from worker.cli.say import say
    from worker.explanation import tables

    say(*tables(record))

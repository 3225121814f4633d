"""``offline-push dead-letters show``: whole letters, without what people wrote."""

import sys
from typing import Annotated

import msgspec
import typer

from worker.cli.dead_letters.options import App, AtStage, Names, Notifier, Reason, Since, Until, User, criteria_of
from worker.cli.interrupt import run_interruptible
from worker.cli.options import AsJson, ConfigFile

Newest = Annotated[int | None, typer.Option("--limit", min=1, help="How many of the newest. Default: 1, of ids all.")]


def run(
    ids: Names = None,
    app: App = None,
    reason: Reason = None,
    stage: AtStage = None,
    notifier: Notifier = None,
    user: User = None,
    since: Since = None,
    until: Until = None,
    limit: Newest = None,
    config: ConfigFile = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show whole dead letters, newest first: without ids, the newest that matches.

    Texts are told by their length, tokens by a fingerprint, bytes that are no JSON by the place of their fault.
    """
    criteria = criteria_of(app, reason, stage, notifier, user, since, until)
    most = limit or (None if ids else 1)

    async def command() -> int:
        from worker.cli.dead_letters.place import opened, status_of
        from worker.cli.say import say
        from worker.dead_letters.record import whole
        from worker.dead_letters.tables import lines

        async with opened(config) as place:
            search, worth, count = place.search(criteria, ids, most), place.worth(), 0
            async for letter in search.newest_first():
                count += 1
                record = whole(letter, worth.ends_ms(letter))
                if as_json:
                    sys.stdout.buffer.write(msgspec.json.encode(record) + b"\n")
                else:
                    say(*lines(record, worth.now_ms))
            if not count and not search.missing:
                sys.stderr.write("offline-push: no dead letter matches\n")
            return status_of(search, is_fine=bool(count))

    raise typer.Exit(run_interruptible(command()))

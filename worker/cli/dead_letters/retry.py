"""``offline-push dead-letters retry``: send letters back to where they came from."""

from typing import Annotated

import typer

from worker.cli.dead_letters.options import (
    All,
    App,
    AtStage,
    DryRun,
    Limit,
    Names,
    Notifier,
    Reason,
    Since,
    Until,
    User,
    criteria_of,
    refuse_unless_said,
)
from worker.cli.interrupt import run_interruptible
from worker.cli.options import ConfigFile

DropExpired = Annotated[bool, typer.Option("--drop-expired", help="Drop what is too old to be sent.")]


def run(
    ids: Names = None,
    app: App = None,
    reason: Reason = None,
    stage: AtStage = None,
    notifier: Notifier = None,
    user: User = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = None,
    config: ConfigFile = None,
    *,
    every: All = False,
    drop_expired: DropExpired = False,
    dry_run: DryRun = False,
) -> None:
    """Send dead letters back, oldest first: events to the events stream as they were, pushes to their outbox.

    A push begins at attempt 1 with its whole time for retries. What has expired meanwhile is not sent and stays.
    """
    criteria = criteria_of(app, reason, stage, notifier, user, since, until)
    refuse_unless_said(ids, criteria, every=every)

    async def command() -> int:
        from worker.cli.dead_letters.place import opened, report

        async with opened(config) as place:
            search, actions = place.search(criteria, ids, limit), place.actions(is_dry=dry_run)
            result = await actions.retry(search, place.worth(), drops_expired=drop_expired)
            return report(search, result, is_dry=dry_run)

    raise typer.Exit(run_interruptible(command()))

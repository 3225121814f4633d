"""``offline-push dead-letters drop``: delete letters for good."""

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
    dry_run: DryRun = False,
) -> None:
    """Delete dead letters for good."""
    criteria = criteria_of(app, reason, stage, notifier, user, since, until)
    refuse_unless_said(ids, criteria, every=every)

    async def command() -> int:
        from worker.cli.dead_letters.place import opened, report

        async with opened(config) as place:
            search = place.search(criteria, ids, limit)
            return report(search, await place.actions(is_dry=dry_run).drop(search), is_dry=dry_run)

    raise typer.Exit(run_interruptible(command()))

"""``offline-push retired``: tokens that were set aside because a vendor called them dead, and how to undo it."""

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from policy.identifiers import bare_user
from worker.cli.dead_letters.moments import moment_ms
from worker.cli.dead_letters.options import All, App, DryRun, Notifier, Reason, User
from worker.cli.interrupt import run_interruptible
from worker.cli.options import AsJson, ConfigFile, configured

if TYPE_CHECKING:
    from worker.store.retired import RetiredStore, Retirement

_BATCH = 500
_BAD_USAGE = 2
Since = Annotated[
    int | None,
    typer.Option("--since", metavar="TIME", parser=moment_ms, help="Retired since, as 2026-09-21T14:00Z, or 2h ago."),
]
app = typer.Typer(
    help="Tokens set aside because a vendor called them dead: list them, or bind them again.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@dataclass(frozen=True, slots=True)
class Which:
    """What must hold of a retirement; None holds of all."""

    app: str | None
    user: str | None
    notifier: str | None
    reason: str | None
    since_ms: int | None

    def is_met_by(self, retirement: "Retirement") -> bool:
        """Return whether all of it holds."""
        device = retirement.device
        return (
            self.app in {None, retirement.appkey}
            and (self.user is None or bare_user(self.user, retirement.appkey) == retirement.user)
            and self.notifier in {None, device.notifier}
            and (self.reason is None or self.reason.casefold() in device.reason.casefold())
            and device.retired_at >= (self.since_ms or 0)
        )


@app.command(name="list")
def show(
    app: App = None,
    user: User = None,
    notifier: Notifier = None,
    reason: Reason = None,
    since: Since = None,
    config: ConfigFile = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List retired tokens, in no order. It walks all users. Tokens are shown as fingerprints."""
    which = Which(app, user, notifier, reason, since)

    count = run_interruptible(_list(which, config, _json_line if as_json else _lines))
    if not count and not as_json:
        sys.stdout.write("no retired tokens\n")


@app.command(name="restore")
def restore(
    app: App = None,
    user: User = None,
    notifier: Notifier = None,
    reason: Reason = None,
    since: Since = None,
    config: ConfigFile = None,
    *,
    every: All = False,
    dry_run: DryRun = False,
) -> None:
    """Bind retired tokens again, as after a wrong credential. A device that has bound anew since stays as it is."""
    which = Which(app, user, notifier, reason, since)
    if which == Which(None, None, None, None, None) and not every:
        sys.stderr.write("offline-push: say which retired tokens: a filter, or --all\n")
        raise typer.Exit(_BAD_USAGE)
    count = run_interruptible(_restore(which, config, is_dry=dry_run))
    sys.stdout.write(f"{count:,} {'would be ' if dry_run else ''}bound again\n")
    raise typer.Exit(int(count == 0))


async def _list(which: Which, config: ConfigFile, text_of: Callable[["Retirement"], str]) -> int:
    count = 0
    async with opened(config) as store:
        async for retirement in store.all():
            if which.is_met_by(retirement):
                sys.stdout.write(text_of(retirement))
                count += 1
    return count


async def _restore(which: Which, config: ConfigFile, *, is_dry: bool) -> int:
    count, batch = 0, list["Retirement"]()
    async with opened(config) as store:
        async for retirement in store.all():
            if which.is_met_by(retirement):
                batch.append(retirement)
            if len(batch) == _BATCH:
                count += len(batch) if is_dry else await store.restore(batch)
                batch = []
        return count + (len(batch) if is_dry else await store.restore(batch))


@asynccontextmanager
async def opened(config: ConfigFile) -> "AsyncIterator[RetiredStore]":
    """Give the configured server's retired tokens."""
    from worker.redis_access import connection_of
    from worker.store.retired import RetiredStore

    connection = connection_of(configured(config, check_files=False))
    try:
        yield RetiredStore(connection.writer)
    finally:
        await connection.aclose()


def _row(retirement: "Retirement") -> dict[str, str | int]:
    from providers.notification import fingerprint

    device = retirement.device
    return {
        "appkey": retirement.appkey,
        "user": retirement.user,
        "device_id": device.device_id,
        "notifier": device.notifier,
        "token": fingerprint(device.token or ""),
        "reason": device.reason,
        "retired_at": device.retired_at,
    }


def _json_line(retirement: "Retirement") -> str:
    return msgspec.json.encode(_row(retirement)).decode() + "\n"


def _lines(retirement: "Retirement") -> str:
    """Return two lines that fit most terminals: when and why, then whose."""
    from worker.dead_letters.tables import moment, printable

    row = _row(retirement)
    whose = f"{row['appkey']} {row['user']}, device {row['device_id']}, channel {row['notifier']}"
    return printable(f"{moment(retirement.device.retired_at)}  {row['token']}  {row['reason']}\n    {whose}\n")

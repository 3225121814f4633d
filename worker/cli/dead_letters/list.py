"""``offline-push dead-letters list``: the newest dead letters, and how many there are for each reason."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from worker.cli.dead_letters.options import App, AtStage, Names, Notifier, Reason, Since, Until, User, criteria_of
from worker.cli.interrupt import run_interruptible
from worker.cli.options import AsJson, ConfigFile

if TYPE_CHECKING:
    from worker.dead_letters.reasons import Tally
    from worker.dead_letters.search import Search

#: Rows of the table unless told otherwise, and rows that are held at a time, whatever was told.
_ROWS, _ROWS_AT_A_TIME = 20, 50

Rows = Annotated[int | None, typer.Option("--limit", min=1, help=f"Letters shown. Default: {_ROWS}, with --json all.")]
Counts = Annotated[bool, typer.Option("--counts", help="Only the counts by reason.")]


def run(
    ids: Names = None,
    app: App = None,
    reason: Reason = None,
    stage: AtStage = None,
    notifier: Notifier = None,
    user: User = None,
    since: Since = None,
    until: Until = None,
    limit: Rows = None,
    config: ConfigFile = None,
    *,
    counts: Counts = False,
    as_json: AsJson = False,
) -> None:
    """List dead letters, newest first, and count all that match by reason.

    Reasons that differ in a number are one. --json prints no counts, or with --counts nothing else.
    """
    criteria = criteria_of(app, reason, stage, notifier, user, since, until)

    async def command() -> int:
        from worker.cli.dead_letters.place import opened, status_of

        async with opened(config) as place:
            search = place.search(criteria, ids, limit if as_json and not counts else None)
            if as_json:
                await (_counts_as_json(search) if counts else _letters_as_json(search))
            else:
                await _tables(search, 0 if counts else limit or _ROWS)
            return status_of(search, is_fine=True)

    raise typer.Exit(run_interruptible(command()))


async def _letters_as_json(search: "Search") -> None:
    from worker.dead_letters.record import summary

    async for letter in search.newest_first():
        sys.stdout.buffer.write(msgspec.json.encode(summary(letter)) + b"\n")


async def _counts_as_json(search: "Search") -> None:
    for reason, count in (await _tally(search, 0)).most_common():
        sys.stdout.buffer.write(msgspec.json.encode({"reason": reason, "count": count}) + b"\n")


async def _tables(search: "Search", most_rows: int) -> None:
    from worker.cli.say import say
    from worker.dead_letters.tables import counts_table

    tally = await _tally(search, most_rows)
    if not tally.total:
        say("no dead letters")
        return
    shown = f", the newest {most_rows:,} above" if 0 < most_rows < tally.total else ""
    say(*[""] * bool(most_rows), counts_table(tally.most_common()), "", f"{tally.total:,} dead letters{shown}")


async def _tally(search: "Search", most_rows: int) -> "Tally":
    """Count what is found, and print the first rows on the way."""
    from worker.dead_letters.reasons import Tally
    from worker.dead_letters.record import summary

    tally, rows, printed = Tally(), list[dict[str, Any]](), 0
    async for letter in search.newest_first():
        tally.add(letter.fault)
        if printed + len(rows) < most_rows:
            rows.append(summary(letter))
            if len(rows) == _ROWS_AT_A_TIME or printed + len(rows) == most_rows:
                _print_rows(rows, is_first=not printed)
                printed, rows = printed + len(rows), []
    if rows:
        _print_rows(rows, is_first=not printed)
    return tally


def _print_rows(rows: Sequence[dict[str, Any]], *, is_first: bool) -> None:
    from worker.cli.say import say
    from worker.dead_letters.tables import letters_table

    say(letters_table(rows, has_head=is_first))

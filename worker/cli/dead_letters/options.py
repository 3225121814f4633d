"""Options of the commands on dead letters: which letters are meant."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli.dead_letters.moments import moment_ms
from worker.store.letter_name import LetterName, Stage, letter_name

if TYPE_CHECKING:
    from worker.dead_letters.criteria import Criteria

_BAD_USAGE = 2


def _name(text: str) -> LetterName:
    name = letter_name(text)
    if name is None:
        raise typer.BadParameter(f"{text!r} is no id like p0:1790000000000-0")
    return name


def _some(text: str) -> str:
    """Refuse nothing: a script whose variable is empty must not mean every letter."""
    if not text:
        raise typer.BadParameter("is empty")
    return text


Names = Annotated[list[LetterName] | None, typer.Argument(metavar="ID", parser=_name, help="As list prints them.")]
App = Annotated[str | None, typer.Option("--app", metavar="ORG#APP", parser=_some, help="App key.")]
Reason = Annotated[
    str | None, typer.Option("--reason", metavar="TEXT", parser=_some, help="Part of the reason, as list prints it.")
]
AtStage = Annotated[Stage | None, typer.Option("--stage", help="Where it was given up.")]
Notifier = Annotated[
    str | None, typer.Option("--notifier", metavar="NAME", parser=_some, help="Notifier name of the channel.")
]
User = Annotated[
    str | None, typer.Option("--user", metavar="USER", parser=_some, help="Receiver's user id, bare or a JID.")
]
Since = Annotated[
    int | None,
    typer.Option("--since", metavar="TIME", parser=moment_ms, help="Buried since, as 2026-09-21T14:00Z, or 2h ago."),
]
Until = Annotated[int | None, typer.Option("--until", metavar="TIME", parser=moment_ms, help="Buried until.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="The oldest so many of them.")]
All = Annotated[bool, typer.Option("--all", help="All there are: needed when nothing else says which.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]


def criteria_of(
    app: str | None,
    reason: str | None,
    stage: Stage | None,
    notifier: str | None,
    user: str | None,
    since_ms: int | None,
    until_ms: int | None,
) -> "Criteria":
    """Return the criteria that the options make together."""
    from worker.dead_letters.criteria import Criteria
    from worker.store.letter import Period

    return Criteria(app, reason, stage, notifier, user, Period(since_ms, until_ms))


def refuse_unless_said(names: Sequence[LetterName] | None, criteria: "Criteria", *, every: bool) -> None:
    """End the command when nothing says which letters are meant: an empty variable in a script must not mean all.

    Raises:
        Exit: with the status of bad usage.
    """
    if names or every or criteria.say_something:
        return
    sys.stderr.write("offline-push: say which dead letters: ids, a filter, or --all\n")
    raise typer.Exit(_BAD_USAGE)

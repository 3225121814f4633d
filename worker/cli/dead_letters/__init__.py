"""``offline-push dead-letters``: what was given up, and what is to become of it."""

import typer

from worker.cli.dead_letters import drop, list, retry, show  # noqa: A004 - a command's name

app = typer.Typer(
    help="What was given up: look at it, send it again, or drop it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
for module in (list, show, retry, drop):
    app.command(name=module.__name__.rsplit(".", 1)[-1])(module.run)

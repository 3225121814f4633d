"""The command line: one sub-command a file. Errors are one line on stderr; no traceback for what a user can cause."""

import sys
from typing import Annotated

import typer

from worker.cli import (
    api,
    backlog,
    dead_letters,
    demo,
    doctor,
    dump,
    emit,
    explain,
    load,
    replay,
    reseal,
    retired,
    simulator,
    token,
    worker,
)
from worker.cli.interrupt import unwind_on_sigterm
from worker.cli.streams import finish_output, open_streams, reader_has_gone

BAD_USAGE = 2

app = typer.Typer(
    name="offline-push",
    help="Offline push dispatch worker for instant messaging: decides which phones light up, and why.",
    no_args_is_help=True,
    add_completion=False,
    # Plain text wraps at any width and reads well in a pipe.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        from importlib.metadata import version

        typer.echo(f"offline-push {version('offline-push')}")
        raise typer.Exit


@app.callback()
def _options(
    # A callback: an option's value alone is only looked at once a command is there.
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Accept what concerns no command."""


for module in (demo, worker, api, simulator, emit, load, dump, replay, explain, backlog, token, reseal, doctor):
    app.command(name=module.__name__.rsplit(".", 1)[-1])(module.run)
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(retired.app, name="retired")


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit with its status: 0 fine, 1 the thing asked about failed, 2 bad usage, 130 Ctrl-C."""
    open_streams()
    unwind_on_sigterm()
    try:
        _run(arguments)
    except Exception as error:  # sorted into what a user can cause, and what is a fault of ours
        if isinstance(error, BrokenPipeError) and reader_has_gone():
            finish_output()
            sys.exit(0)
        lines = _user_lines(error)
        if lines is None:
            raise
        finish_output()
        sys.stderr.writelines(f"offline-push: {line}\n" for line in lines)
        sys.exit(BAD_USAGE)


def _run(arguments: list[str] | None) -> None:
    """Run one command; typer always ends by SystemExit."""
    try:
        app(args=arguments)
    except SystemExit as end:
        # typer makes a failure of the reader, who has only seen enough.
        if isinstance(end.__context__, BrokenPipeError):
            raise end.__context__ from None
        # Not at exit, where a full disk could only be a traceback.
        sys.stdout.flush()
        raise


def _user_lines(error: Exception) -> list[str] | None:
    """Return one line for each fault that a user can mend, or None for an error that is ours."""
    from redis.exceptions import RedisError

    from providers.credentials import CredentialError
    from worker.config_faults import ConfigError
    from worker.demo.stage import StageError
    from worker.embedded import EmbeddedError
    from worker.supervisor import SupervisorError

    if isinstance(error, ConfigError):
        return list(error.faults)
    if isinstance(error, RedisError):
        return [f"redis: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no answer'}"]
    if isinstance(error, OSError) and error.strerror and not isinstance(error, BrokenPipeError):
        return [f"{error.filename}: {error.strerror}" if error.filename else error.strerror]
    ours = CredentialError | EmbeddedError | StageError | SupervisorError
    return [str(error)] if isinstance(error, ours) else None

"""The command line: one sub-command a file. Errors are one line on stderr; no traceback for what a user can cause."""

import os
import sys
from contextlib import suppress
from typing import Annotated

import typer

from worker.cli import demo, doctor, dump, emit, explain, load, replay, simulator, worker

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


@app.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", is_eager=True, help="Print the version and exit.")] = False,
) -> None:
    if version:
        from importlib.metadata import version as version_of

        typer.echo(f"offline-push {version_of('offline-push')}")
        raise typer.Exit


for module in (demo, worker, simulator, emit, load, dump, replay, explain, doctor):
    app.command(name=module.__name__.rsplit(".", 1)[-1])(module.run)


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit with its status: 0 fine, 1 the thing asked about failed, 2 bad usage."""
    try:
        app(args=arguments)
    except BrokenPipeError:
        # The reader has gone (`| head`): nothing is wrong, and nothing more can be said.
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:  # sorted into what a user can cause, and what is a fault of ours
        lines = _user_lines(error)
        if lines is None:
            raise
        sys.stderr.writelines(f"offline-push: {line}\n" for line in lines)
        sys.exit(BAD_USAGE)


def _user_lines(error: Exception) -> list[str] | None:
    """Return one line for each fault that a user can mend, or None for an error that is ours."""
    from redis.exceptions import RedisError

    from providers.credentials import CredentialError
    from worker.config_faults import ConfigError
    from worker.embedded import EmbeddedError

    if isinstance(error, ConfigError):
        return list(error.faults)
    if isinstance(error, RedisError):
        return [f"redis: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no answer'}"]
    if isinstance(error, OSError) and error.filename:
        return [f"{error.filename}: {error.strerror}"]
    return [str(error)] if isinstance(error, CredentialError | EmbeddedError) else None

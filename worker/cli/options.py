"""Options that several commands share."""

import os
from pathlib import Path
from typing import Annotated

import typer

from worker.config import Config, load_config
from worker.config_environment import CONFIG_VARIABLE

ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help=f"Configuration (TOML). Default: ${CONFIG_VARIABLE}, else defaults."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
InputFile = Annotated[str, typer.Argument(metavar="FILE", help="JSON lines; - is standard input.")]


def configured(path: Path | None, *, check_files: bool = True) -> Config:
    """Return the configuration, and name its file to the processes that this one starts."""
    config = load_config(path, os.environ, check_files=check_files)
    if path:
        os.environ[CONFIG_VARIABLE] = str(path.resolve())
    return config

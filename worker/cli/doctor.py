"""``offline-push doctor``: is everything here to work?"""

import asyncio
import sys
from dataclasses import asdict

import msgspec
import typer

from worker.cli.options import AsJson, ConfigFile


def run(config: ConfigFile = None, *, as_json: AsJson = False) -> None:
    """Check configuration, credentials, Redis, its persistence, the backlog and the vendors' addresses.

    Sends nothing. Exit status 1 when a check found a fault.
    """
    from worker.doctor import examine

    findings = asyncio.run(examine(config))
    for finding in findings:
        if as_json:
            sys.stdout.buffer.write(msgspec.json.encode(asdict(finding)) + b"\n")
        else:
            typer.echo(str(finding))
    raise typer.Exit(int(any(finding.is_fault for finding in findings)))

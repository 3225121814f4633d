"""``offline-push demo``: the whole thing on this machine, checked to the last push."""

from typing import Annotated

import typer

from worker.cli.options import AsJson

Pace = Annotated[int, typer.Option(min=1, help="Events a second.")]


def run(pace: Pace = 200, *, as_json: AsJson = False) -> None:
    """Run embedded Valkey, the vendor simulators and a real worker on a sample capture, and check every push.

    Exit status 0 only if the vendors saw exactly the expected pushes: none missing, none twice, none extra.
    """
    from worker.demo.play import play

    raise typer.Exit(play(pace, as_json=as_json))

"""``offline-push replay``: decide captured cases again, offline, with the worker's own ``decide``."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from worker.cli.lines import Lines
from worker.cli.options import AsJson, InputFile, configured

#: Unlike other commands', it is not looked for: a record needs none.
OptionalConfig = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Configuration (TOML). Default: none.")
]


def run(file: InputFile, config: OptionalConfig = None, *, as_json: AsJson = False) -> None:
    """Decide each case record again and print the decisions. Needs no Redis and sends nothing.

    With --config, an app's policy is that of the file where it has the app, else that of the record. The file knows
    nothing of what was set over HTTP, which the records hold: leave --config out for the policy that was in force.
    A bad line is reported with its number, and the rest goes on.
    """
    with Lines(file) as lines:
        for record in _records(lines, config):
            line = msgspec.json.encode(record) if as_json else _sentence(record).encode()
            sys.stdout.buffer.write(line + b"\n")
    raise typer.Exit(lines.status)


def _records(lines: Lines, config: Path | None) -> Iterator[dict[str, Any]]:
    from policy.case import Case
    from worker.console import policy_of

    apps = configured(config, check_files=False).apps if config else {}
    policies = {appkey: policy_of(appkey, app) for appkey, app in apps.items()}
    for case in lines.decoded(Case):
        app = policies.get(case.event.appkey, case.app)
        for decision in msgspec.structs.replace(case, app=app).decisions():
            yield decision.record()


def _sentence(record: dict[str, Any]) -> str:
    """Return one line for people: who, what, and the deciding rule's because."""
    reached = [row for row in record["trace"] if row["verdict"] != "not reached"]
    where = ", ".join(device["notifier"] for device in record["devices"] if device["outcome"] == "push")
    because = f"to {where}" if where else reached[-1]["because"]
    return f"{record['msg_id']}  {record['user']}  {record['outcome']}  {record['reason']}  {because}"

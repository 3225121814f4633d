"""A decision record for people: a headline, the devices, the rules."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from rich.markup import escape
from rich.table import Table

_STYLES = {"pass": "green", "push": "green", "suppress": "red", "skip": "red", "force": "yellow", "not reached": "dim"}


def tables(record: dict[str, Any]) -> Iterator[Table | str]:
    """Yield what to print, from the answer to its grounds."""
    yield headline(record)
    if record["devices"]:
        yield _devices(record["devices"])
    yield _rules(record["trace"])


def headline(record: dict[str, Any]) -> str:
    """Return one sentence in rich markup: what was decided, when, and with which word of the product."""
    at = f"{datetime.fromtimestamp(record['at'] / 1000, UTC):%Y-%m-%d %H:%M:%S}"
    verb = "pushed" if record["outcome"] == "push" else f"not pushed: {record['reason']}"
    detail = f" ({record['detail']})" if record["detail"] else ""
    style = _STYLES[record["outcome"]]
    names = f"message {record['msg_id']} to {record['user']}"
    return f"[{style}]{escape(names)}: {verb}{escape(detail)}[/], badge {record['badge']}, {at} UTC"


def _devices(devices: list[dict[str, Any]]) -> Table:
    table = Table("device", "channel", "outcome", "reason", "delivery", title="Devices", title_justify="left")
    for device in devices:
        channel = f"{device['notifier']} ({device['provider']})" if device["provider"] else device["notifier"]
        cells = (device["device_id"], channel, device["outcome"], device["reason"], device.get("delivery", ""))
        table.add_row(*(escape(cell) for cell in cells), style=_STYLES[device["outcome"]])
    return table


def _rules(trace: list[dict[str, Any]]) -> Table:
    table = Table("rule", "verdict", "because", title="Rules, in order", title_justify="left")
    for row in trace:
        cells = (row["rule"], row["verdict"], row["because"])
        table.add_row(*(escape(cell) for cell in cells), style=_STYLES[row["verdict"]])
    return table

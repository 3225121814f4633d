"""Dead letters for people, in 80 columns or what the terminal has."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.table import Table
from rich.text import Text

#: A name in full, date and time, and an app key of the usual length.
_WIDTHS = {"ID": 20, "FROM": 20, "TO": 12}
#: Items of a list that people are shown.
_LONGEST_LIST = 10


def letters_table(summaries: Iterable[dict[str, Any]], *, has_head: bool = True) -> Table:
    """Return two lines for each letter: where it was and whom it was for, when it was buried and why."""
    table = _table("ID", "FROM", "TO", "REASON", has_head=has_head)
    for summary in summaries:
        name = f"{summary['id']}\n{moment(summary['at'])}"
        source = summary["notifier"] or ", ".join(summary["fields"])
        table.add_row(*map(_plain, (name, f"{summary['app'] or '?'}\n{source}", _receivers(summary), fault(summary))))
    return table


def counts_table(counts: Iterable[tuple[str, int]]) -> Table:
    """Return how many letters there are for each reason."""
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("COUNT", justify="right", no_wrap=True)
    table.add_column("REASON", overflow="fold")
    for reason, count in counts:
        table.add_row(f"{count:,}", _plain(reason))
    return table


def lines(record: dict[str, Any], now_ms: int) -> Iterator[Text]:
    """Yield one whole letter."""
    yield _plain(record["id"])
    for name, value in _head(record, now_ms):
        if value:
            yield _plain(f"  {name:<8} {value}")
    for name, content in record["content"].items():
        yield _plain(f"  {name}")
        for line in json.dumps(_shortened(content), ensure_ascii=False, indent=2).splitlines():
            yield _plain(f"    {line}")


def moment(at_ms: int) -> str:
    """Return a time in UTC, to the second."""
    # Not every integer is a time that Python knows.
    return f"{datetime.fromtimestamp(min(at_ms, 253_402_300_799_999) // 1000, UTC):%Y-%m-%d %H:%M:%S}"


def fault(summary: dict[str, Any]) -> str:
    """Return the reason behind its path."""
    path, reason = summary["path"], summary["reason"]
    return f"{path}: {reason}" if path not in {"", "$"} else reason


def printable(text: str) -> str:
    """Return text that cannot steer a terminal."""
    return "".join(letter if letter.isprintable() or letter == "\n" else f"\\x{ord(letter):02x}" for letter in text)


def _head(record: dict[str, Any], now_ms: int) -> Iterator[tuple[str, str]]:
    yield "buried", f"{moment(record['at'])} UTC"
    yield "from", record["stream"]
    yield "entry", record["entry"]
    yield "app", record["app"]
    yield "message", record["msg_id"]
    yield "to", _receivers(record)
    yield "reason", fault(record)
    ends_ms = record["retry_until"]
    if ends_ms is not None:
        yield "retry", "expired" if ends_ms <= now_ms else f"until {moment(ends_ms)} UTC"
    yield "size", f"{record['bytes']:,} bytes"


def _receivers(summary: dict[str, Any]) -> str:
    users: Sequence[str] = summary["users"]
    return f"{users[0]} +{len(users) - 1:,}" if len(users) > 1 else "".join(users)


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shortened(member) for name, member in value.items()}
    if not isinstance(value, list):
        return value
    more = [f"[{len(value) - _LONGEST_LIST:,} more]"] if len(value) > _LONGEST_LIST else []
    return [*map(_shortened, value[:_LONGEST_LIST]), *more]


def _table(*names: str, has_head: bool) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), show_header=has_head, expand=True)
    for name in names:
        width = _WIDTHS.get(name)
        table.add_column(name, width=width, ratio=None if width else 1, no_wrap=name == "ID", overflow="fold")
    return table


def _plain(text: str) -> Text:
    """Return text that is not read as markup."""
    return Text(printable(text))

"""A preview for people, in 80 columns or what the terminal has."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from worker.preview.tally import AGES

_HOW = {"push": "", "newest_first": "newest first", "fold": "folded"}


def tables(records: Sequence[dict[str, Any]]) -> Iterator[Table | str]:
    """Yield what to print; a table without rows is left out."""
    yield from _looked_at(records)
    for name, make in (("events", _events), ("decisions", _decisions), ("pushes", _pushes), ("waiting", _waiting)):
        rows = [record for record in records if record["record"] == name]
        table = make(rows)
        if table.row_count:
            yield table
            yield ""


def _looked_at(records: Sequence[dict[str, Any]]) -> Iterator[str]:
    counts = {record["record"]: record for record in records}
    seen, total, dead = counts["looked_at"]["count"], counts["looked_at"]["of"], counts["dead_letters"]["count"]
    yield f"{total:,} events wait{'' if seen == total else f', {seen:,} of them looked at, the oldest'}"
    if dead:
        yield f"{dead:,} dead letters: offline-push dead-letters list"
    yield ""


def _events(rows: Sequence[dict[str, Any]]) -> Table:
    table = _table("Events that wait, by age", ("APP", "EVENTS"), AGES)
    for row in rows:
        table.add_row(escape(row["app"]), row["kind"], *(f"{row['ages'][age]:,}" for age in AGES))
    return table


def _decisions(rows: Sequence[dict[str, Any]]) -> Table:
    table = _table("What would be decided, by receiver", ("APP", "OUTCOME", "REASON"), ("COUNT",))
    for row in rows:
        table.add_row(escape(row["app"]), row["outcome"], row["reason"], f"{row['count']:,}")
    return table


def _pushes(rows: Sequence[dict[str, Any]]) -> Table:
    table = _table("Pushes that would come of it", ("APP", "CHANNEL", "HOW"), ("PUSHES", "NOTIFICATIONS"))
    for row in rows:
        notifications = f"{'' if row['is_exact'] else 'about '}{row['notifications']:,}"
        table.add_row(*_channel(row), _HOW[row["catch_up"]], f"{row['pushes']:,}", notifications)
    return table


def _waiting(rows: Sequence[dict[str, Any]]) -> Table:
    columns = ("outbox", "ready", "folding", "retry")
    table = _table("Pushes that wait already", ("APP", "CHANNEL"), ("OUTBOX", "LATE", "FOLDING", "RETRY"))
    for row in rows:
        if any(row[name] for name in columns):
            table.add_row(*_channel(row), *(f"{row[name]:,}" for name in columns))
    return table


def _channel(row: dict[str, Any]) -> tuple[str, str]:
    return escape(row["app"]), escape(f"{row['notifier']} ({row['provider']})")


def _table(title: str, texts: Sequence[str], numbers: Iterable[str]) -> Table:
    table = Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0))
    for name in texts:
        table.add_column(name, overflow="fold")
    for name in numbers:
        table.add_column(name, justify="right", overflow="fold")
    return table

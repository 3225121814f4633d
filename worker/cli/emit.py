"""``offline-push emit``: add captured events to the events stream."""

import sys
from collections.abc import Iterator
from typing import Any

import msgspec
import typer

from worker.cli.interrupt import run_interruptible
from worker.cli.lines import Lines, batches
from worker.cli.options import ConfigFile, InputFile, configured
from worker.codec import EVENT_KINDS, Fault, decode

_BATCH = 500


def run(file: InputFile, config: ConfigFile = None) -> None:
    """Add events to the stream, one JSON object a line.

    A line is a message event, a presence event, either of them under its kind ({"message": …}), or a case record,
    of which the event is taken. A bad line is reported with its number, and the rest goes on.
    """
    with Lines(file) as lines:
        count = run_interruptible(_emit(lines, config))
    sys.stderr.write(f"{count} events emitted\n")
    raise typer.Exit(lines.status)


async def _emit(lines: Lines, config: ConfigFile) -> int:
    from worker.bootstrap import connection_of
    from worker.store.keys import Keys

    connection, count = connection_of(configured(config, check_files=False)), 0
    try:
        for batch in batches(entries(lines), _BATCH):
            async with connection.writer.pipeline(transaction=False) as pipe:
                for kind, value in batch:
                    pipe.xadd(Keys().events, {kind: value})
                await pipe.execute()
            count += len(batch)
    finally:
        await connection.aclose()
    return count


def entries(lines: Lines) -> Iterator[tuple[str, bytes]]:
    """Yield (kind, event as JSON) for each good line."""
    for number, line in lines:
        entry = _entry(line)
        if isinstance(entry, Fault):
            lines.report(number, entry)
        else:
            yield entry


def _entry(line: bytes) -> tuple[str, bytes] | Fault:
    members = decode(line, dict[str, msgspec.Raw])
    if isinstance(members, Fault):
        return members
    kind, value = _kind(members, line)
    event: Any = decode(value, EVENT_KINDS[kind])
    return event if isinstance(event, Fault) else (kind, bytes(value))


def _kind(members: dict[str, msgspec.Raw], line: bytes) -> tuple[str, bytes | msgspec.Raw]:
    for name in EVENT_KINDS:
        if name in members:
            return name, members[name]
    if "event" in members:
        return "message", members["event"]
    return ("presence" if "state" in members else "message"), line

"""``offline-push emit``: add captured events to the events stream."""

import sys
from collections.abc import Iterator
from typing import Any

import msgspec
import typer

from worker.cli.interrupt import run_interruptible
from worker.cli.lines import Lines, batches
from worker.cli.options import ConfigFile, InputFile, configured
from worker.codec import EVENT_KINDS, Fault, conversation_of, decode

_BATCH = 500


def run(file: InputFile, config: ConfigFile = None) -> None:
    """Add events to the stream, one JSON object a line.

    A line is a message event, a presence event, any event under its kind ({"message": …}, {"presence": …},
    {"read": …}), or a case record, of which the event is taken. A bad line is reported with its number, and the rest
    goes on.
    """
    with Lines(file) as lines:
        count = run_interruptible(_emit(lines, config))
    sys.stderr.write(f"{count} events emitted\n")
    raise typer.Exit(lines.status)


async def _emit(lines: Lines, config: ConfigFile) -> int:
    from worker.redis_access import connection_of
    from worker.store.keys import Partitions

    settings, count = configured(config, check_files=False), 0
    connection, partitions = connection_of(settings), Partitions(settings.redis.partitions)
    try:
        for batch in batches(entries(lines), _BATCH):
            async with connection.writer.pipeline(transaction=False) as pipe:
                for kind, value, (appkey, conversation) in batch:
                    pipe.xadd(partitions.of(appkey, conversation).events, {kind: value})
                await pipe.execute()
            count += len(batch)
    finally:
        await connection.aclose()
    return count


#: Kind, event as JSON, and what names its partition: app key and conversation.
_Entry = tuple[str, bytes, tuple[str, str]]


def entries(lines: Lines) -> Iterator[_Entry]:
    """Yield an entry for each good line."""
    for number, line in lines:
        entry = _entry(line)
        if isinstance(entry, Fault):
            lines.report(number, entry)
        else:
            yield entry


def _entry(line: bytes) -> _Entry | Fault:
    members = decode(line, dict[str, msgspec.Raw])
    if isinstance(members, Fault):
        return members
    kind, value = _kind(members, line)
    event: Any = decode(value, EVENT_KINDS[kind])
    return event if isinstance(event, Fault) else (kind, bytes(value), (event.appkey, conversation_of(event)))


def _kind(members: dict[str, msgspec.Raw], line: bytes) -> tuple[str, bytes | msgspec.Raw]:
    for name in EVENT_KINDS:
        if name in members:
            return name, members[name]
    if "event" in members:
        return "message", members["event"]
    return ("presence" if "state" in members else "message"), line

"""The play: set the stage, load the state, emit the events, wait until nothing moves, judge."""

import asyncio
import json
import sys
import time
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from worker.clock import wall_clock
from worker.demo.report import Report, data, show
from worker.demo.sample import Sample, load_sample
from worker.demo.stage import Stage, stage
from worker.demo.verdict import Evidence, judge
from worker.demo.watch import Watch
from worker.store.connection import Connection, connect
from worker.store.journal import JournalStore
from worker.store.keys import Keys, Partitions
from worker.store.state import StateRecord, StateStore

_KEYS = Keys()
_COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


def play(pace: int, *, as_json: bool) -> int:
    """Run the demo at ``pace`` events a second; return the exit status."""
    started = time.monotonic()
    sample = load_sample(wall_clock())
    console = Console(stderr=True)
    console.print("Starting embedded Valkey, simulated APNs, FCM and Huawei, and a Celery worker …", style="dim")
    with stage(sample) as scene:
        added_ms, evidence = asyncio.run(_act(sample, scene, pace, console))
    report = Report(sample, evidence, added_ms, judge(sample, evidence), time.monotonic() - started)
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(data(report)) + b"\n")
    else:
        show(report, Console(highlight=False))
    return 0 if report.verdict.is_exact else 1


async def _act(sample: Sample, scene: Stage, pace: int, console: Console) -> tuple[dict[str, int], Evidence]:
    connection = connect(scene.redis_url)
    try:
        await StateStore(connection.writer, Partitions()).load(
            msgspec.convert(record, StateRecord) for record in sample.state
        )
        with Progress(*_COLUMNS, console=console) as progress:
            watch = Watch(sample, connection, progress)
            async with asyncio.TaskGroup() as group:
                group.create_task(watch.run())
                added_ms = await _emit(sample, connection, pace, watch)
                watch.end_when_quiet()
        return added_ms, await _evidence(scene, connection)
    finally:
        await connection.aclose()


async def _emit(sample: Sample, connection: Connection, pace: int, watch: Watch) -> dict[str, int]:
    """Add all events at the pace; return when each message was first added, milliseconds since 1970."""
    added_ms: dict[str, int] = {}
    raw = [
        (kind, json.dumps(event, ensure_ascii=False).encode(), event.get("msg_id", "")) for kind, event in sample.events
    ]
    raw += [(field, value, "") for field, value, _ in sample.malformed]
    begun = time.monotonic()
    for number, (field, value, msg_id) in enumerate(raw):
        await asyncio.sleep(max(0.0, begun + number / pace - time.monotonic()))
        entry_id: Any = await connection.writer.xadd(_KEYS.events, {field: value})
        added_ms.setdefault(msg_id, int(entry_id.split(b"-")[0]))
        watch.emitted()
    return added_ms


async def _evidence(scene: Stage, connection: Connection) -> Evidence:
    letters: Any = await connection.writer.xrange(_KEYS.dead)
    retired = [
        device.token or ""
        async for record in StateStore(connection.writer, Partitions()).dump()
        if record.retired is not msgspec.UNSET
        for device in record.retired
    ]
    return Evidence(
        ledger=scene.ledger(),
        records=[record async for record in JournalStore(connection.writer, Partitions()).newest_first()],
        dead_letters=[(each[b"field"].decode(), each[b"value"], each[b"path"].decode()) for _, each in letters],
        retired=retired,
    )

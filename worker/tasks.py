"""Low-rate Celery tasks, for producers that already speak Celery."""

import asyncio
import os
from typing import Any

import msgspec
from celery import shared_task

from worker.codec import EVENT_KINDS, Fault, conversation_of, decode
from worker.config import Config, load_config
from worker.redis_access import connection_of
from worker.store.keys import Keys, Partitions


@shared_task(name="push.dispatch")  # type: ignore[untyped-decorator]  # celery has no type information
def dispatch(event: dict[str, Any], kind: str = "message") -> str:
    """Add an event to the events stream; return the stream entry's id.

    Raises:
        ValueError: the event is malformed; the message says where.
    """
    value = msgspec.json.encode(event)
    if kind not in EVENT_KINDS:
        raise ValueError(f"kind: expected one of {', '.join(EVENT_KINDS)}")
    decoded = decode(value, EVENT_KINDS[kind])
    if isinstance(decoded, Fault):
        raise ValueError(str(decoded))  # noqa: TRY004 - a value from outside, not a type of ours
    config = load_config(None, os.environ)
    keys = Partitions(config.redis.partitions).of(decoded.appkey, conversation_of(decoded))
    return asyncio.run(_added(config, keys, {kind: value}))


async def _added(config: Config, keys: Keys, fields: dict[Any, Any]) -> str:
    connection = connection_of(config)
    try:
        entry_id: Any = await connection.writer.xadd(keys.events, fields)
    finally:
        await connection.aclose()
    return str(entry_id, "ascii")

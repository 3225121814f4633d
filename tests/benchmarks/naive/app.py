"""The stack that one would write first: a Celery task for each event, a Redis call for each look-up, stock clients.

Written as somebody who knows these libraries would: acknowledged late, no results, a prefetch, one connection pool, one
APNs client for the whole process on a loop of its own, quiet logs. The rules are a small part of the worker's.
"""

import asyncio
import json
import os
import threading
from functools import cache
from typing import Any

import redis
from aioapns import APNs, NotificationRequest, PushType
from celery import Celery

from tests.benchmarks.peers.aioapns_sender import client

#: JSON: broker and redis URLs, and an APNs client's job.
VARIABLE = "BENCH_NAIVE"
TASK, STATISTICS = "push", "naive:statistics"
_DAY_S = 86_400

app = Celery("naive", broker=json.loads(os.environ.get(VARIABLE, "{}")).get("broker"))
app.conf.update(task_ignore_result=True, task_acks_late=True, worker_prefetch_multiplier=8)


def user_key(user: str) -> str:
    """Return the hash of a user: ``devices``, ``settings``, ``presence``, ``badge``, ``override:<conversation>``."""
    return f"naive:user:{user}"


@app.task(name=TASK)  # type: ignore[untyped-decorator]  # celery has no type information
def push(event: dict[str, Any]) -> None:
    """Push a message to one receiver, unless the rules say no."""
    store, user = _store(), user_key(event["to"])
    ledger = f"naive:message:{event['msg_id']}"
    if not store.set(ledger, "planned", nx=True, ex=_DAY_S):
        return
    if _is_silent(store, user, event["from"]) or store.hget(user, "presence"):
        return
    sender = json.loads(_text(store, user_key(event["from"]), "settings") or "{}")
    text = f"{sender.get('nickname', event['from'])}：{event['payload']['bodies'][0]['msg']}"
    badge: Any = store.hincrby(user, "badge", 1)
    for device in json.loads(_text(store, user, "devices") or "[]"):
        accepted = _send(_request(device["token"], event, text, badge))
        store.set(ledger, "accepted" if accepted else "failed", ex=_DAY_S)
        store.hincrby(STATISTICS, "accepted" if accepted else "failed", 1)


def _is_silent(store: redis.Redis, user: str, sender: str) -> bool:
    settings = json.loads(_text(store, user, "settings") or "{}")
    override = json.loads(_text(store, user, f"override:{sender}") or "{}")
    return (override or settings).get("type") == "NONE" or bool(settings.get("muted_until"))


def _text(store: redis.Redis, key: str, field: str) -> str | None:
    found: Any = store.hget(key, field)
    return found  # type: ignore[no-any-return]  # decode_responses


def _request(token: str, event: dict[str, Any], text: str, badge: int) -> NotificationRequest:
    aps = {"badge": badge, "alert": {"title": "您有一条新消息", "body": text}, "sound": "default"}
    data = {"t": event["to"], "f": event["from"], "m": event["msg_id"], "aps": aps}
    key = f"{event['msg_id']:0>32}"
    return NotificationRequest(
        token, data, time_to_live=_DAY_S, priority=10, collapse_key=key, push_type=PushType.ALERT
    )


@cache
def _store() -> redis.Redis:
    return redis.Redis.from_url(json.loads(os.environ[VARIABLE])["redis"], decode_responses=True)


def _send(request: NotificationRequest) -> bool:
    loop, library = _loop_and_client()
    return bool(asyncio.run_coroutine_threadsafe(library.send_notification(request), loop).result(60).is_successful)


_LOCK = threading.Lock()


def _loop_and_client() -> tuple[asyncio.AbstractEventLoop, APNs]:
    with _LOCK:  # the first tasks come together, and each process has one client
        return _made_once()


@cache
def _made_once() -> tuple[asyncio.AbstractEventLoop, APNs]:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()

    async def made() -> APNs:
        return client(json.loads(os.environ[VARIABLE])["apns"])

    return loop, asyncio.run_coroutine_threadsafe(made(), loop).result(60)

"""The naive stack as a subject: a Celery worker of the threads pool, which costs less here than prefork."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import Celery

from tests.benchmarks.naive.app import STATISTICS, TASK, VARIABLE, user_key
from tests.benchmarks.processor import Used, used_by
from tests.benchmarks.rig import Rig, events_of
from tests.benchmarks.subjects.peer import apns_job
from tests.benchmarks.turn import NICKNAME, SENDER, Turn, token_of, user_of
from tests.integration.eventually import eventually
from tests.integration.vendors import ROOT

_POOL = ["-P", "threads", "-c", "8"]
_QUIET = ["--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "WARNING"]
_DEADLINE_S = 300


class NaiveStack:
    """A running worker of the naive stack, and its producer."""

    def __init__(self, rig: Rig, pid: int, producer: Celery) -> None:
        """``producer`` publishes to the worker's broker."""
        self._rig, self._pid, self._producer = rig, pid, producer

    def used(self) -> Used:
        """Return what its processes have used."""
        return used_by(self._pid)

    def send(self, turn: Turn) -> None:
        """Publish a task for each event and wait until all are through."""
        before = self._accepted()
        with self._producer.producer_pool.acquire(block=True) as producer:
            for event in events_of(turn):
                self._producer.send_task(TASK, [json.loads(event)], producer=producer)
        eventually(self._accepted, lambda accepted: accepted >= before + turn.count, _DEADLINE_S)

    def _accepted(self) -> int:
        found: Any = self._rig.client.hget(STATISTICS, "accepted")
        return int(found or 0)


@contextmanager
def naive_stack(rig: Rig) -> Iterator[NaiveStack]:
    """Run the naive stack for the length of the block, with the rig's APNs users."""
    _bind(rig)
    broker = rig.server.url.removesuffix("/0") + "/2"
    job = {"broker": broker, "redis": rig.server.url, "apns": apns_job(rig)}
    command = [sys.executable, "-W", "ignore", "-m", "celery", "-q", "-A", "tests.benchmarks.naive.app", "worker"]
    with (rig.folder / "naive.log").open("wb") as log:
        process = rig.children.start(
            [*command, *_POOL, *_QUIET],
            env={**os.environ, VARIABLE: json.dumps(job)},
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
        )
    try:
        with Celery("producer", broker=broker) as producer:
            yield NaiveStack(rig, process.pid, producer)
    finally:
        rig.children.stop(process)


def _bind(rig: Rig) -> None:
    pipe = rig.client.pipeline(transaction=False)
    pipe.hset(user_key(SENDER), "settings", json.dumps({"nickname": NICKNAME}))
    for number in range(rig.bound):
        devices = json.dumps([{"device_id": "apns_1", "token": token_of("apns", number)}])
        fields: dict[Any, Any] = {"devices": devices, "settings": '{"style": 1}'}
        pipe.hset(user_key(user_of("apns", number)), mapping=fields)
    pipe.execute()

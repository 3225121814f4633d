"""gorush, a push gateway in Go, fed over its HTTP API: what feeds it is not counted, nor is the proxy to the sink."""

import json
import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import httpx

from tests.benchmarks.missing import Missing
from tests.benchmarks.peers.control import IN_FLIGHT
from tests.benchmarks.processor import Used, used_by
from tests.benchmarks.rig import Rig
from tests.benchmarks.subjects.tunnel import tunnel_to
from tests.benchmarks.turn import BODY, TITLE, Turn
from tests.crosscheck.place import TOPIC
from tests.integration.eventually import eventually
from tests.ports import own_port
from worker.processes import Children

#: Notifications in a request, gorush's own limit.
_AT_A_TIME = 100
_QUEUE = 65_536
_DAY_S, _DEADLINE_S = 86_400, 300


class Gorush:
    """A running gorush."""

    def __init__(self, pid: int, client: httpx.Client) -> None:
        """``client`` speaks to its API."""
        self._pid, self._client = pid, client

    def used(self) -> Used:
        """Return what it has used."""
        return used_by(self._pid)

    def send(self, turn: Turn) -> None:
        """Hand over the notifications and wait until all are through."""
        before, waiting = self._sent(), notifications(turn)
        while batch := list(islice(waiting, _AT_A_TIME)):
            self._client.post("/api/push", json={"notifications": batch}).raise_for_status()
        eventually(self._sent, lambda sent: sent >= before + turn.count, _DEADLINE_S)

    def is_ready(self) -> bool:
        """Return whether it answers."""
        try:
            return self._client.get("/healthz").is_success
        except httpx.TransportError:
            return False

    def _sent(self) -> int:
        return int(self._client.get("/api/stat/app").json()["ios"]["push_success"])


@contextmanager
def gorush(rig: Rig) -> Iterator[Gorush]:
    """Run it for the length of the block.

    Raises:
        Missing: it is not on the PATH.
    """
    if shutil.which("gorush") is None:
        raise Missing("gorush is not on the PATH")
    with tunnel_to(rig.sinks.port("apns")) as proxy:
        port = own_port()
        process = _started(rig.children, rig.folder, configuration(rig, port, proxy), rig.sinks.ready["ca_file"])
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as client:
            try:
                running = Gorush(process.pid, client)
                eventually(running.is_ready)
                yield running
            finally:
                rig.children.stop(process)


def notifications(turn: Turn) -> Iterator[dict[str, Any]]:
    """Yield the notifications as its API takes them."""
    common = {
        "platform": 1,
        "topic": TOPIC,
        "title": TITLE,
        "message": BODY,
        "badge": 1,
        "sound": "default",
        "priority": "high",
        "push_type": "alert",
        "expiration": int(time.time()) + _DAY_S,
    }
    for token, data in turn.notifications():
        names = {"apns_id": str(uuid.uuid4()), "collapse_id": f"{data['m']:0>32}"}
        yield {**common, **names, "tokens": [token], "data": data}


def configuration(rig: Rig, port: int, proxy: str) -> dict[str, Any]:
    """Return its configuration, which is YAML and so may be JSON: as many in flight as the others, and quiet logs."""
    known = rig.sinks.ready["credentials"]["apns"]
    return {
        "core": {
            "address": "127.0.0.1",
            "port": str(port),
            "worker_num": IN_FLIGHT,
            "queue_num": _QUEUE,
            "max_notification": _AT_A_TIME,
            "mode": "release",
            "http_proxy": proxy,
        },
        "android": {"enabled": False},
        "ios": {
            "enabled": True,
            "key_path": known["key_file"],
            "key_id": known["key_id"],
            "team_id": known["team_id"],
            "production": True,
            "max_concurrent_pushes": IN_FLIGHT,
        },
        "log": {"access_level": "error", "error_level": "error", "access_log": os.devnull},
    }


def _started(children: Children, folder: Path, options: dict[str, Any], ca_file: str) -> "subprocess.Popen[bytes]":
    path = folder / "gorush.yml"
    path.write_text(json.dumps(options))
    with (folder / "gorush.log").open("wb") as log:
        env = {**os.environ, "SSL_CERT_FILE": ca_file}
        return children.start(["gorush", "-c", str(path)], env=env, stdout=log, stderr=subprocess.STDOUT, cwd=folder)

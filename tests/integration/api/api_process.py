"""A running ``offline-push api`` and its callers: Huawei, and strangers."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.integration.cli.command import COMMAND
from tests.integration.configuration import HUAWEI
from tests.integration.eventually import eventually
from tests.integration.vendors import ROOT
from tests.loopback import PLAIN
from worker.processes import Children

USER, SECRET = "im-receipts", "b3BlbiBzZXNhbWU="
PATH = f"/huawei/receipts/org/app/{HUAWEI}"


def callback_id(secret: str = SECRET, *, at_ms: int | None = None, user: str = USER) -> str:
    """Return the header of Huawei's callback."""
    at = time.time_ns() // 1_000_000 if at_ms is None else at_ms
    nonce = uuid.uuid4()
    value = hmac.new(secret.encode(), f"{at}{nonce}{user}".encode(), hashlib.sha256).digest()
    return f"timestamp={at}; nonce={nonce}; value={base64.b64encode(value).decode()}"


def v1(msg_id: str, token: str, request_id: str, status: int) -> dict[str, Any]:
    """Return a status of the older interface."""
    head = {"biTag": msg_id, "appid": HUAWEI, "token": token, "requestId": request_id}
    return {**head, "status": status, "timestamp": time.time_ns() // 1_000_000}


def v2(msg_id: str, token: str, request_id: str, result: int) -> dict[str, Any]:
    """Return a status of the newer interface."""
    head = {"biTag": msg_id, "pushType": 0, "appPackageName": "com.example.app", "token": token}
    delivery = {"result": result, "timestamp": time.time_ns() // 1_000_000}
    return {**head, "requestId": request_id, "deliveryStatus": delivery}


@dataclass(frozen=True, slots=True)
class Api:
    """The process and where it listens."""

    process: "subprocess.Popen[bytes]"
    log: Path
    client: httpx.Client
    path: str = field(default=PATH)

    def cpu_s(self) -> float:
        """Return for how many seconds it has computed. An answer of a busy machine takes longer, not these."""
        metric = "process_cpu_seconds_total "
        lines = self.client.get("/metrics").raise_for_status().text.splitlines()
        return next(float(line.removeprefix(metric)) for line in lines if line.startswith(metric))

    def post(self, *statuses: dict[str, Any], signature: str | None = None) -> httpx.Response:
        """Post receipts as Huawei does."""
        return self.send(json.dumps({"statuses": statuses}).encode(), signature)

    def send(self, content: bytes, signature: str | None = None) -> httpx.Response:
        """Post a body, signed unless told otherwise."""
        headers = {"content-type": "application/json", "X-HUAWEI-CALLBACK-ID": signature or callback_id()}
        return self.client.post(self.path, content=content, headers=headers)


@contextmanager
def running_api(children: Children, configuration: Path, log: Path) -> Iterator[Api]:
    """Run the command for the length of the block; it must end in good order."""
    with log.open("ab") as output:
        command = [*COMMAND, "api", "--port", "0", "--config", str(configuration)]
        process = children.start(command, stdout=output, stderr=output, cwd=ROOT, env=dict(os.environ))
    with httpx.Client(base_url=f"http://127.0.0.1:{listening_port(log)}", timeout=30, verify=PLAIN) as client:
        # It listens before it serves: once it answers, what it says at its start is said, and signals are heeded.
        client.get("/healthz").raise_for_status()
        yield Api(process, log, client)
    assert children.stop(process, 40) == 0
    assert "Traceback" not in log.read_text()


def listening_port(log: Path) -> int:
    """Wait until an API that writes this log listens; return where."""
    line = eventually(lambda: next((row for row in log.read_text().split("\n")[:-1] if "api listening" in row), ""))
    return int(json.loads(line)["port"])

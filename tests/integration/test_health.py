"""What a worker process says of itself over HTTP, and what it does when it cannot go on."""

import fcntl
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from tests.hard.relay import relay
from tests.integration.configuration import APPKEY, HUAWEI, channels_of, write_configuration
from tests.integration.deployment import Deployment, fresh
from tests.integration.eventually import eventually
from tests.integration.outage import Outage, outage
from tests.integration.vendors import Vendors
from tests.integration.worker_process import WorkerProcess
from tests.loopback import ask
from tests.ports import own_port
from worker.embedded import EmbeddedServer, embedded_server
from worker.processes import Children

#: Celery's own consumer gives up on a broker that misbehaves; the broker is not what is tested here.
BROKER = "memory://localhost/"
#: A loop is said to stand still after five seconds: the probe has the others to say so, before the process ends.
STALL_S, SEND_DEADLINE_S = 12, 0.5


class Probed:
    """A worker with a port of its own."""

    def __init__(self, children: Children, path: Path, redis_url: str, channels: Any, **limits: Any) -> None:
        """Write its configuration; start nothing."""
        self.port = own_port()
        write_configuration(
            path, redis_url, channels, broker_url=BROKER, metrics_port=self.port, retry_attempts=3, **limits
        )
        self.process = WorkerProcess(children, path)

    def get(self, path: str) -> httpx.Response:
        """Ask."""
        return ask("GET", f"http://127.0.0.1:{self.port}{path}", timeout=30)

    def readiness(self) -> tuple[int, Any]:
        """Return status and content of /readyz; 0 while nothing listens."""
        try:
            answer = self.get("/readyz")
        except httpx.TransportError:
            return 0, {}
        return answer.status_code, answer.json()

    def is_ready(self) -> bool:
        """Return whether it says so."""
        return self.readiness()[0] == 200

    def reasons(self) -> list[str]:
        """Return why it is not ready."""
        return list(self.readiness()[1].get("reasons", []))

    def ready(self) -> "Probed":
        """Start it and wait until it is ready."""
        self.process.start()
        eventually(self.is_ready, deadline_s=60)
        return self

    def metric(self, name: str, **labels: str) -> float | None:
        """Return one metric, whatever the order of its labels."""
        wanted = {f'{label}="{value}"' for label, value in labels.items()}
        for line in self.get("/metrics").text.splitlines():
            if line.startswith(f"{name}{{") and wanted <= set(line[len(name) + 1 : line.rindex("}")].split(",")):
                return float(line.rpartition(" ")[2])
        return None


@pytest.fixture(scope="module")
def server(session_children: Children) -> Iterator[EmbeddedServer]:
    """A server of this module's own: it is mistreated."""
    with embedded_server(session_children) as running:
        yield running


@pytest.fixture(scope="module")
def huawei(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outage]:
    """A Huawei that answers when the test lets it."""
    with outage(tmp_path_factory.mktemp("huawei")) as vendor:
        vendor.up()
        yield vendor


@pytest.fixture(autouse=True)
def _well(huawei: Outage) -> None:
    """Begin with a Huawei that answers, whatever became of the test before."""
    huawei.well()


@pytest.fixture(scope="module")
def probed(
    session_children: Children,
    server: EmbeddedServer,
    vendors: Vendors,
    huawei: Outage,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Probed]:
    """A ready worker whose Huawei is the slow one."""
    limits = {"lease_s": 1, "drain_s": 5, "send_deadline_s": 40.0}
    channels = {**channels_of(vendors), HUAWEI: huawei.channel}
    path = tmp_path_factory.mktemp("probed") / "config.toml"
    worker = Probed(session_children, path, server.url, channels, **limits).ready()
    yield worker
    huawei.answers.set()
    worker.process.stop()


@pytest.fixture
def deployment(probed: Probed, server: EmbeddedServer, vendors: Vendors) -> Iterator[Deployment]:
    """The same worker as a producer sees it."""
    with redis.Redis.from_url(server.url) as client:
        yield Deployment(client, vendors, probed.process)


def test_a_worker_in_order_is_ready_part_by_part(probed: Probed) -> None:
    """Its parts by name; metrics beside the probes; nothing else."""
    parts = probed.readiness()[1]["parts"]
    assert set(parts.values()) == {"ok"}
    outboxes = [f"lane push:{{p0}}:out:{APPKEY}:{notifier}" for notifier in ("com.example.app", "1234567890", HUAWEI)]
    assert sorted(parts) == sorted(
        [
            "ingest push:{p0}:events",
            *outboxes,
            "retry schedule",
            "late schedule",
            "settler push:{p0}",
            "sidings push:{p0}",
            "backlog",
            "consoles",
            "clearing",
        ]
    )
    assert probed.get("/healthz").json() == {"status": "ok"}
    assert "offline_push_dwell_seconds" in probed.get("/metrics").text
    assert (probed.get("/").status_code, probed.get("/").json()) == (404, {"error": "not found"})


def test_what_waits_is_measured(probed: Probed, deployment: Deployment, huawei: Outage) -> None:
    """A push that its vendor does not answer is one entry of backlog, which ages; then there is none."""
    labels = {"stage": "outbox", "app": APPKEY, "provider": "huawei", "notifier": HUAWEI}
    user = fresh("bob")
    deployment.bind(user, "huawei")
    huawei.answers.clear()
    msg_id = deployment.say(user)
    eventually(lambda: probed.metric("offline_push_backlog", **labels) == 1.0)
    eventually(lambda: (probed.metric("offline_push_backlog_age_seconds", **labels) or 0) > 1.0)
    assert probed.is_ready()
    huawei.answers.set()
    deployment.settled(msg_id, user)
    eventually(lambda: probed.metric("offline_push_backlog", **labels) == 0.0)
    assert probed.metric("offline_push_backlog", stage="events") == 0.0


def test_redis_trouble_is_on_the_probe_as_long_as_it_lasts(probed: Probed, deployment: Deployment) -> None:
    """Not ready, with the kind of trouble; alive all the time; ready again by itself."""
    # Of a master that is not there: it stays a read-only replica with its data.
    deployment.client.replicaof("127.0.0.1", str(own_port()))
    try:
        reasons = eventually(probed.reasons, lambda found: any("ReadOnlyError" in reason for reason in found))
        assert reasons[0].startswith("redis: waiting for ")
        assert probed.get("/healthz").status_code == 200
    finally:
        deployment.client.replicaof("NO", "ONE")
    eventually(probed.is_ready)
    assert len(probed.process.lines("redis trouble, waiting")) <= 3


def test_a_worker_that_is_told_to_stop_ends_in_time_and_leaves_the_rest(
    probed: Probed, deployment: Deployment, huawei: Outage
) -> None:
    """Sends longer than the drain: it says that it drains, exits with 0, and another worker finishes them."""
    user = fresh("bob")
    token = deployment.bind(user, "huawei")
    huawei.answers.clear()
    msg_id = deployment.say(user)
    outbox = deployment.keys.outbox(APPKEY, HUAWEI)
    eventually(lambda: deployment.pending(outbox))
    probed.process.terminate()
    eventually(lambda: "draining" in probed.reasons())
    assert probed.get("/healthz").status_code == 200
    assert probed.process.ended() == 0
    assert probed.process.lines("dispatch stopped")[-1]["drained"] is False
    # Had it waited for the vendor, the send would be settled.
    assert deployment.pending(outbox) == 1

    huawei.answers.set()
    probed.ready()
    deployment.settled(msg_id, user)
    assert "accepted" in {entry.outcome for entry in huawei.pushes_to(token)}
    assert deployment.backlog() == 0


def test_a_port_in_use_is_one_line_and_a_failure(
    session_children: Children, server: EmbeddedServer, tmp_path: Path
) -> None:
    """No traceback, no half a worker, and an exit status that a supervisor understands."""
    worker = Probed(session_children, tmp_path / "config.toml", server.url, {})
    with socket.create_server(("0.0.0.0", worker.port)):  # noqa: S104 - as the worker does
        worker.process.start()
        assert worker.process.ended() == 1
    (line,) = worker.process.lines()
    assert (line["level"], line["event"]) == ("error", "cannot serve metrics and probes")
    assert (line["address"], line["error"]) == (f"0.0.0.0:{worker.port}", "Address already in use")
    assert "Traceback" not in worker.process.log()


def test_a_loop_that_stands_still_ends_the_process(
    session_children: Children, server: EmbeddedServer, vendors: Vendors, tmp_path: Path
) -> None:
    """Nobody reads the log's pipe, so the loop hangs in a write: the probe says so, the process ends with status 70."""
    limits = {"stall_s": STALL_S, "send_deadline_s": SEND_DEADLINE_S}
    worker = Probed(session_children, tmp_path / "config.toml", server.url, channels_of(vendors), **limits)
    reading, writing = os.pipe()
    try:
        worker.process.start_writing_to(writing)
        eventually(worker.is_ready, deadline_s=60)
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
        with redis.Redis.from_url(server.url) as client:
            flood = client.pipeline(transaction=False)
            for _ in range(1000):
                flood.xadd("push:{p0}:events", {"message": "{}"})
            flood.execute()
        reasons = eventually(worker.reasons, lambda found: any("loop: stands still for" in each for each in found))
        assert reasons
        assert worker.process.ended() == 70
    finally:
        os.close(reading)
        os.close(writing)


def test_a_worker_at_the_wrong_server_notices_and_moves(
    session_children: Children, vendors: Vendors, tmp_path: Path
) -> None:
    """The address leads elsewhere now, and the old server goes on answering: no call fails, and nothing arrives."""
    with (
        embedded_server(session_children) as old,
        embedded_server(session_children) as new,
        relay(old.port) as address,
    ):
        url = f"redis://127.0.0.1:{address.own_port}/0"
        worker = Probed(session_children, tmp_path / "config.toml", url, channels_of(vendors)).ready()
        address.port = new.port
        with redis.Redis.from_url(new.url) as client:
            there = Deployment(client, vendors, worker.process)
            user = fresh("bob")
            token = there.bind(user, "fcm")
            there.settled(there.say(user), user, 40)
        assert [push["token"] for push in vendors.pushes_to(token)] == [token]
        (line,) = worker.process.lines("reads find nothing although entries wait, connecting anew")
        assert line["streams"] == ["push:{p0}:events"]
        assert worker.metric("offline_push_stalls_total", part="reads of push:{p0}:events") == 1.0
        eventually(worker.is_ready)
        assert worker.process.lines("redis trouble, waiting") == []
        assert worker.process.stop() == 0

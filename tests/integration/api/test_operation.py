"""Starting, probing and stopping the API."""

import json
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.api.api_process import SECRET, USER, Api, callback_id, running_api, v1
from tests.integration.cli.command import offline_push, refused
from tests.integration.configuration import HUAWEI, write_configuration
from tests.integration.eventually import eventually
from tests.warm_children import WarmChildren
from worker.embedded import EmbeddedServer, embedded_server
from worker.processes import Children

CHANNEL = {"notifier": HUAWEI, "provider": "huawei", "secret_file": "secret"}
RECEIPTS = {"receipt_user": USER, "receipt_secret_file": "receipt-secret"}


def configuration(folder: Path, redis_url: str, **channel: str) -> Path:
    """Write a configuration of one Huawei channel and its secrets."""
    (folder / "secret").write_text("x")
    (folder / "receipt-secret").write_text(SECRET)
    write_configuration(folder / "config.toml", redis_url, {HUAWEI: CHANNEL | channel})
    return folder / "config.toml"


@pytest.fixture
def children() -> Iterator[Children]:
    """Processes of one test, started in full."""
    with Children() as running:
        yield running


@pytest.fixture
def warm() -> Iterator[Children]:
    """Processes of one test that is not about a start or an end."""
    with WarmChildren() as running:
        yield running


@pytest.fixture
def server(children: Children) -> Iterator[EmbeddedServer]:
    """A Redis of this test's own: it is stopped and frozen."""
    with embedded_server(children) as running:
        yield running


@pytest.fixture
def in_full(children: Children, server: EmbeddedServer, tmp_path: Path) -> Iterator[Api]:
    """An API on that Redis, started as users do."""
    with running_api(children, configuration(tmp_path, server.url, **RECEIPTS), tmp_path / "log") as running:
        yield running


@pytest.fixture
def own(warm: Children, server: EmbeddedServer, tmp_path: Path) -> Iterator[Api]:
    """An API on that Redis."""
    with running_api(warm, configuration(tmp_path, server.url, **RECEIPTS), tmp_path / "log") as running:
        yield running


def test_probes_and_metrics(api: Api) -> None:
    """The three routes of operation answer, and the log does not fill with them."""
    before = api.log.read_text()
    assert (api.client.get("/healthz").status_code, api.client.get("/healthz").json()) == (200, {"status": "ok"})
    assert (api.client.get("/readyz").status_code, api.client.get("/readyz").json()) == (200, {"status": "ok"})
    metrics = api.client.get("/metrics")
    assert metrics.headers["content-type"].startswith("text/plain")
    assert "process_cpu_seconds_total" in metrics.text
    assert api.log.read_text() == before


def test_a_redis_that_hangs(own: Api, server: EmbeddedServer) -> None:
    """While Redis does not answer it is up but not ready, says so within seconds, and recovers by itself."""
    os.kill(server.pid, signal.SIGSTOP)
    try:
        ready = own.client.get("/readyz")
        assert (ready.status_code, ready.json()) == (503, {"error": "redis does not answer"})
        assert own.client.get("/healthz").status_code == 200
        answer = own.post(v1("m", "t", "r", 0))
        assert (answer.status_code, answer.json()["errno"]) == (503, 503)
    finally:
        os.kill(server.pid, signal.SIGCONT)
    assert eventually(lambda: own.client.get("/readyz").status_code, lambda status: status == 200)
    assert own.post(v1("m", "t", "r", 0)).status_code == 200


def test_a_request_in_flight_ends(in_full: Api) -> None:
    """SIGTERM lets a request that has begun end well; then the process ends with status 0."""
    body = b'{"statuses": []}'
    head = (
        f"POST {in_full.path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
    )
    port = in_full.client.base_url.port or 0
    with socket.create_connection(("127.0.0.1", port), timeout=30) as wire:
        wire.sendall(f"{head}expect: 100-continue\r\nx-huawei-callback-id: {callback_id()}\r\n\r\n".encode())
        # The application has begun to read the body.
        assert wire.recv(4096).startswith(b"HTTP/1.1 100")
        in_full.process.terminate()
        eventually(lambda: _is_refused(port))
        wire.sendall(body)
        assert wire.recv(4096).startswith(b"HTTP/1.1 200")
    assert in_full.process.wait(40) == 0
    assert '"event": "api stopped"' in in_full.log.read_text()


def _is_refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except ConnectionRefusedError:
        return True
    return False


def test_no_address_is_not_every_address(server: EmbeddedServer, tmp_path: Path) -> None:
    """A variable that is not set must not open plain HTTP to the world."""
    done = offline_push("api", "--host", "", "--config", configuration(tmp_path, server.url))
    assert (done.returncode, "--host: names no address" in done.stderr) == (2, True)


def test_an_app_that_nobody_can_call_is_named(in_full: Api) -> None:
    """Without credentials every request is 401: the log says whose they lack."""
    (line,) = [row for row in in_full.log.read_text().splitlines() if "nobody can call" in row]
    assert json.loads(line)["apps"] == ["org#app"]


def test_redis_comes_and_goes(own: Api, server: EmbeddedServer) -> None:
    """One line when Redis does not serve, one when it does again."""
    os.kill(server.pid, signal.SIGSTOP)
    try:
        eventually(lambda: "redis does not serve" in own.log.read_text(), deadline_s=40)
    finally:
        os.kill(server.pid, signal.SIGCONT)
    eventually(lambda: "redis serves again" in own.log.read_text(), deadline_s=40)
    assert own.log.read_text().count("redis does not serve, what is set") == 1


def test_ctrl_c(in_full: Api) -> None:
    """Ctrl-C ends it like SIGTERM."""
    in_full.process.send_signal(signal.SIGINT)
    assert in_full.process.wait(40) == 0


def test_a_channel_without_receipts(warm: Children, server: EmbeddedServer, tmp_path: Path) -> None:
    """A Huawei channel without callback user and key takes no receipts from anybody."""
    with running_api(warm, configuration(tmp_path, server.url), tmp_path / "log") as plain:
        assert plain.post(v1("m", "t", "r", 0)).status_code == 404


def test_mistakes_are_one_line(server: EmbeddedServer, tmp_path: Path) -> None:
    """No Redis configured, an empty key file and a port in use are status 2 and one line each."""
    config = configuration(tmp_path, server.url, **RECEIPTS)
    refused(offline_push("api", env={}), "redis.url")
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        refused(offline_push("api", "--port", str(port), "--config", config), "in use")
    (tmp_path / "receipt-secret").write_text("\n")
    refused(offline_push("api", "--port", "0", "--config", config), "receipt-secret", "empty")

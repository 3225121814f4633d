"""The simulator as a whole: the control API, start and stop, and the process."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from providers.simulator.exchange import Reply
from providers.simulator.server import Server
from providers.simulator.service import Service
from providers.simulator.simulator import Simulator
from providers.simulator.vendors import Kind
from tests.contract.echo import Echo, Place
from tests.contract.loop_thread import LoopThread, loop_thread
from tests.contract.raw_h2 import RawH2, client_context
from tests.loopback import ask


@pytest.fixture
def thread() -> Iterator[LoopThread]:
    """Run a loop for the servers."""
    with loop_thread() as found:
        yield found


@pytest.fixture
def place(thread: LoopThread) -> Iterator[Place]:
    """Run a simulator that plays only Echo."""
    found = Place(thread)
    yield found
    thread.run(found.simulator.stop())


class TestControl:
    """The control API."""

    def test_the_ledger_is_readable_by_vendor(self, place: Place) -> None:
        """Entries come as JSON, oldest first, all or one vendor's; reset empties the ledger."""
        with place.http1() as client:
            client.get("/")
        everything = place.control("GET", "/_sim/requests").json()
        assert everything == place.control("GET", "/_sim/requests?vendor=echo").json()
        assert [(entry["vendor"], entry["token"]) for entry in everything] == [("echo", "t")]
        assert place.control("GET", "/_sim/requests?vendor=apns").json() == []
        assert place.control("POST", "/_sim/reset").status_code == 200
        assert place.control("GET", "/_sim/requests").json() == []

    def test_health(self, place: Place) -> None:
        """A running simulator says so."""
        assert place.control("GET", "/_sim/health").json() == {"status": "ok"}

    def test_tokens_are_passed_on(self, place: Place) -> None:
        """A token's fate reaches its vendor, with and without a timestamp."""
        fate = {"vendor": "echo", "token": "abc", "state": "unregistered"}
        assert place.control("POST", "/_sim/tokens", json=fate).status_code == 200
        assert place.control("POST", "/_sim/tokens", json=fate | {"timestamp": 5}).status_code == 200
        assert place.echo.states == [("abc", "unregistered", None), ("abc", "unregistered", 5)]

    @pytest.mark.parametrize(
        ("body", "hint"),
        [
            (b"{", "truncated"),
            (b'{"vendor":"echo","token":"a"}', "state"),
            (b'{"vendor":"echo","token":"a","state":"bad","at":1}', "at"),
            (b'{"vendor":"pigeon","token":"a","state":"bad"}', "vendor must be one of echo"),
            (b'{"vendor":"echo","token":"a","state":"nonsense"}', "no such state"),
        ],
    )
    def test_bad_fates_are_explained(self, place: Place, body: bytes, hint: str) -> None:
        """A mistake is a 400 that says what is wrong, and changes nothing."""
        answer = place.control("POST", "/_sim/tokens", content=body)
        assert answer.status_code == 400
        assert hint in answer.json()["error"]
        assert place.echo.states == []

    @pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("POST", "/_sim/health"), ("GET", "/_sim/reset")])
    def test_other_requests_are_404(self, place: Place, method: str, path: str) -> None:
        """What is not in the table does not exist."""
        assert place.control(method, path).status_code == 404


class TestLife:
    """Start and stop."""

    def test_stop_cuts_connections_and_frees_the_port(self, thread: LoopThread) -> None:
        """After stop nobody is connected, nobody can connect, and the temporary directory is gone."""
        place = Place(thread)
        with place.connect() as client:
            client.ask("/", [], b"")
            thread.run(place.simulator.stop())
            with pytest.raises((AssertionError, ConnectionError)):
                client.wait(lambda: False)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", int(place.origin.rpartition(":")[2])))
        assert not place.simulator.ca_file.exists()

    def test_a_taken_port_leaves_nothing_running(self, place: Place) -> None:
        """When one port is taken, start fails and the ports before it are free again."""
        taken = int(place.origin.rpartition(":")[2])
        second = Simulator(kinds={"first": Kind(Echo), "second": Kind(Echo)}, ports={"second": taken})
        with pytest.raises(OSError, match="address already in use"):
            place.thread.run(second.start())
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", int(second.endpoints["first"].rpartition(":")[2])))

    def test_a_server_can_stand_alone(self, thread: LoopThread) -> None:
        """A vendor as a plain function needs no simulator."""
        server = Server(Service(lambda _: Reply(204), ("http/1.1",)))
        thread.run(server.start())
        assert ask("GET", f"http://127.0.0.1:{server.port}/", timeout=30).status_code == 204
        thread.run(server.stop())

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_the_process_says_when_it_is_ready_and_stops_cleanly(self, tmp_path: Path, number: signal.Signals) -> None:
        """One line of JSON names everything a client needs; a signal ends the process with status 0 and no word."""
        command = [sys.executable, "-m", "providers.simulator", "--data-dir", str(tmp_path / "data")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                ready = json.loads(process.stdout.readline())
                health = ask("GET", ready["control"] + "/_sim/health", timeout=30).json()
                with RawH2(ready["endpoints"]["apns"], client_context(Path(ready["ca_file"]))) as client:
                    status = client.ask("/3/device/ab", [("apns-topic", "x")], b"{}").status
                    process.send_signal(number)
                    rest, errors = process.communicate(timeout=30)
            finally:
                process.kill()
        assert (health, status, rest, errors, process.returncode) == ({"status": "ok"}, 403, "", "", 0)
        assert set(ready["endpoints"]) == set(ready["credentials"]) == {"apns", "fcm", "huawei"}
        assert Path(ready["ca_file"]).read_text().startswith("-----BEGIN CERTIFICATE")
        assert ready["credentials"]["apns"]["key_id"] == "SIMKEY0001"
        assert Path(ready["credentials"]["apns"]["key_file"]).stat().st_mode & 0o077 == 0

    def test_a_taken_port_is_one_clear_line(self, place: Place) -> None:
        """Bad options end the process with status 2 and no traceback."""
        port = place.origin.rpartition(":")[2]
        command = [sys.executable, "-m", "providers.simulator", "--apns-port", port]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 2
        assert "address already in use" in done.stderr
        assert "Traceback" not in done.stderr

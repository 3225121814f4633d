"""Probes and metrics of the worker process, without a socket."""

import json
import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

from tests.unit.worker.clocks import Hand
from worker.health import LATE_S, Health
from worker.health_http import HealthServer, application
from worker.notice_board import Wait

STALL_S = 60.0


class Probe:
    """Asks the application."""

    def __init__(self) -> None:
        """A process of two parts that have not begun."""
        self.clock = Hand()
        self.health = Health(STALL_S, self.clock)
        self.pulses = [self.health.pulse(name) for name in ("ingest", "lane push:{p0}:out:org#app:1")]
        self._application = application(self.health)
        self.headers: dict[str, str] = {}

    def started(self) -> "Probe":
        """Let both parts get on and the loop turn."""
        for pulse in self.pulses:
            pulse.beat()
        self.health.tick()
        return self

    def ask(self, path: str, method: str = "GET") -> tuple[int, bytes]:
        """Return status and body."""
        environ: dict[str, Any] = {}
        setup_testing_defaults(environ)
        answer: list[Any] = []
        body = b"".join(
            self._application(
                environ | {"PATH_INFO": path, "REQUEST_METHOD": method},
                lambda status, headers, *_: answer.extend((status, headers)),  # type: ignore[arg-type]
            )
        )
        self.headers = dict(answer[1])
        return int(answer[0].split()[0]), body

    def ready(self) -> tuple[int, Any]:
        """Return status and content of /readyz."""
        status, body = self.ask("/readyz")
        return status, json.loads(body)


@pytest.fixture
def probe() -> Probe:
    """A process in order."""
    return Probe().started()


def test_a_process_in_order_is_ready(probe: Probe) -> None:
    """All parts got on and the loop turns."""
    assert probe.ready() == (200, {"status": "ok", "parts": {"ingest": "ok", "lane push:{p0}:out:org#app:1": "ok"}})
    assert probe.ask("/healthz") == (200, b'{"status": "ok"}')


def test_a_process_that_starts_is_not_ready_yet() -> None:
    """Before the loop has turned, and before every part has its consumer group."""
    probe = Probe()
    assert probe.ready()[1]["error"] == "starting"
    probe.pulses[0].beat()
    probe.health.tick()
    status, content = probe.ready()
    assert (status, content["reasons"]) == (503, ["lane push:{p0}:out:org#app:1: starting"])
    assert probe.ask("/healthz")[0] == 200


def test_redis_trouble_is_named_with_its_length(probe: Probe) -> None:
    """Until the last part is served; the process itself is alive."""
    wait = Wait("ingest")
    probe.health.board.met(wait, ConnectionResetError("gone"))
    probe.clock.moves(12)
    probe.started()
    status, content = probe.ready()
    assert (status, content["error"]) == (503, "redis: waiting for 12 s: ConnectionResetError")
    assert probe.ask("/healthz")[0] == 200
    probe.health.board.served(wait)
    probe.health.tick()
    assert probe.ready()[0] == 200


def test_a_stall_is_named_with_its_part(probe: Probe) -> None:
    """The other parts are ready and said to be."""
    probe.clock.moves(61)
    probe.pulses[0].beat()
    probe.health.tick()
    status, content = probe.ready()
    assert (status, content["reasons"]) == (503, ["lane push:{p0}:out:org#app:1: stalled for 61 s"])
    assert content["parts"]["ingest"] == "ok"


def test_many_reasons_are_counted(probe: Probe) -> None:
    """Thousands of parts that wait for the same make a short answer."""
    for number in range(1000):
        probe.health.pulse(f"lane {number}")
    probe.health.tick()
    _, content = probe.ready()
    assert len(content["reasons"]) == 11
    assert content["error"].endswith("; lane 9: starting; and 990 more")


def test_a_finding_is_named(probe: Probe) -> None:
    """What somebody found out about the process keeps it from being ready."""
    probe.health.findings = {"reads of push:{p0}:events": "find nothing although entries wait"}
    probe.health.tick()
    assert probe.ready()[1]["error"] == "reads of push:{p0}:events: find nothing although entries wait"


def test_a_worker_told_to_stop_is_not_ready_and_alive(probe: Probe) -> None:
    """Traffic goes elsewhere, and nobody kills what drains."""
    probe.health.is_draining = True
    status, content = probe.ready()
    assert (status, content["reasons"]) == (503, ["draining"])
    assert probe.ask("/healthz")[0] == 200


def test_a_part_that_drains_is_not_called_stalled(probe: Probe) -> None:
    """It reads no more, so it beats no more."""
    probe.health.is_draining = True
    probe.health.closing.set()
    probe.clock.moves(61)
    probe.health.tick()
    assert probe.ready()[1]["reasons"] == ["draining"]


def test_a_loop_that_does_not_turn_is_late_first_and_dead_then(probe: Probe) -> None:
    """Not ready after a few seconds, not alive after the time of a stall."""
    probe.clock.moves(LATE_S + 1)
    assert probe.ready()[1]["error"] == "loop: stands still for 6 s"
    assert probe.ask("/healthz")[0] == 200
    probe.clock.moves(STALL_S)
    assert probe.ask("/healthz") == (503, b'{"error": "event loop stands still"}')


@pytest.mark.parametrize("path", ["/", "/readyz/", "/metric", "//healthz"])
def test_an_unknown_path_is_refused(probe: Probe, path: str) -> None:
    """404, as JSON."""
    assert probe.ask(path) == (404, b'{"error": "not found"}')
    assert probe.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
@pytest.mark.parametrize("method", ["POST", "DELETE", "OPTIONS"])
def test_a_wrong_method_is_refused(probe: Probe, path: str, method: str) -> None:
    """405, with what is allowed."""
    assert probe.ask(path, method) == (405, b'{"error": "method not allowed"}')
    assert probe.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_head_is_get_without_the_body(probe: Probe, path: str) -> None:
    """Some probes ask no more."""
    assert probe.ask(path, "HEAD") == (200, b"")
    head = probe.headers
    assert probe.ask(path)[0] == 200
    assert head["Content-Type"] == probe.headers["Content-Type"]


def test_metrics_are_what_prometheus_expects(probe: Probe) -> None:
    """The text format, with the worker's own metrics."""
    status, body = probe.ask("/metrics")
    assert status == 200
    assert probe.headers["Content-Type"].startswith("text/plain; version=")
    assert b"# TYPE offline_push_stalls_total counter" in body


@pytest.fixture(params=["127.0.0.1", "::1"])
def server(request: pytest.FixtureRequest, probe: Probe) -> Iterator[HealthServer]:
    """A listening server, over IPv4 and IPv6."""
    with HealthServer(probe.health, request.param, 0) as listening:
        listening.start()
        yield listening
        listening.shutdown()


def test_it_answers_over_the_network(server: HealthServer) -> None:
    """On the port that the system chose."""
    connection = HTTPConnection(str(server.server_address[0]), server.server_port, timeout=5)
    connection.request("GET", "/healthz")
    assert connection.getresponse().read() == b'{"status": "ok"}'
    connection.close()


def test_a_client_that_goes_away_is_no_news(server: HealthServer, capfd: pytest.CaptureFixture[str]) -> None:
    """Half a request and a reset leave no trace in the log, and the next is answered."""
    address = (str(server.server_address[0]), server.server_port)
    with socket.create_connection(address) as half:
        half.send(b"GET /heal")
    with socket.create_connection(address) as nonsense:
        nonsense.send(b"\x16\x03\x01\r\n\r\n")
    test_it_answers_over_the_network(server)
    assert capfd.readouterr().err == ""


def test_a_port_in_use_is_an_error_of_the_system(server: HealthServer, probe: Probe) -> None:
    """The constructor says so; nothing is started."""
    with pytest.raises(OSError, match="in use"):
        HealthServer(probe.health, str(server.server_address[0]), server.server_port)

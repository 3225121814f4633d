"""Scripted faults of whole connections: resets, GOAWAY, handshakes; with raw, Node, curl and HTTP/1.1 clients."""

import asyncio
import json
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import uvloop
from h2.errors import ErrorCodes

from tests.contract.echo import Place
from tests.contract.loop_thread import loop_thread
from tests.contract.raw_h2 import Answer, client_context
from tests.contract.scripted import FrameClient, Scripted, scripted

ACCEPTED, LOST = ("accepted", False), ("accepted", True)
TOKEN, SLOW = "ab12", "dd34"
#: What a client sees of each way to end without a word.
ENDS: dict[str, type[Exception]] = {"rst": ConnectionResetError, "fin": ssl.SSLEOFError}
LOOPS = [asyncio.new_event_loop, uvloop.new_event_loop]


@pytest.fixture(scope="module", params=LOOPS, ids=["asyncio", "uvloop"])
def running(request: pytest.FixtureRequest) -> Iterator[Scripted]:
    """Run one fake APNs for the module."""
    with scripted(request.param) as found:
        yield found


@pytest.fixture
def apple(running: Scripted) -> Scripted:
    """Forget what came before."""
    running.control("POST", "/_sim/reset")
    return running


@pytest.fixture
def client(apple: Scripted) -> Iterator[FrameClient]:
    """Open a connection with many streams."""
    with apple.connect() as found:
        yield found


class TestReset:
    """The connection ends without a word."""

    @pytest.mark.parametrize("by", ENDS)
    @pytest.mark.parametrize(("after", "entries"), [(False, []), (True, [LOST])])
    def test_before_and_after(
        self, apple: Scripted, client: FrameClient, by: str, after: bool, entries: list[Any]
    ) -> None:
        """RST and FIN look different to the client; the ledger says whether the vendor had the push."""
        apple.rule("reset_connection", by=by, after_processing=after)
        apple.start(client, TOKEN)
        with pytest.raises(ENDS[by]):
            client.read_to_end()
        assert apple.ledger(TOKEN) == entries

    @pytest.mark.parametrize("by", ENDS)
    def test_answers_before_it_arrive(self, apple: Scripted, client: FrameClient, by: str) -> None:
        """Of six pushes in one flight, three are answered, the fourth cuts the line, two are never processed."""
        apple.rule("reset_connection", {"nth": 4}, by=by)
        for number in range(6):
            apple.start(client, f"{number:04}")
        with pytest.raises(ENDS[by]):
            client.read_to_end()
        assert len(client.answered) == 4  # one opened the connection
        entries = [apple.ledger(f"{number:04}") for number in range(6)]
        assert entries == [[ACCEPTED]] * 3 + [[]] * 3

    @pytest.mark.parametrize("by", ENDS)
    def test_it_takes_waiting_answers_along(self, apple: Scripted, client: FrameClient, by: str) -> None:
        """A push that waits for its answer when the connection ends has lost it, and the statistics know."""
        cut = {"when": {"token": TOKEN}, "do": {"action": "reset_connection", "by": by}}
        apple.rules({"when": {"token": SLOW}, "do": {"action": "delay", "seconds": 60}}, cut)
        apple.start(client, SLOW)
        apple.start(client, TOKEN)
        with pytest.raises(ENDS[by]):
            client.read_to_end()
        assert (apple.ledger(SLOW), apple.ledger(TOKEN)) == ([LOST], [])
        assert apple.statistics()["answers_lost"] == 1


class TestGoAway:
    """The connection ends with GOAWAY."""

    def test_drain(self, apple: Scripted, client: FrameClient) -> None:
        """Streams up to the last are answered after GOAWAY, later ones never processed; then it ends properly."""
        delay = {"when": {"token": SLOW}, "do": {"action": "delay", "seconds": 0.1}}
        leave = {"action": "goaway", "debug": {"reason": "Shutdown"}}
        apple.rules(delay, {"when": {"token": TOKEN}, "do": leave})
        below, last, above = (apple.start(client, token) for token in (SLOW, TOKEN, "ff"))
        client.read_to_end()
        frame = client.farewell
        assert frame is not None
        assert (frame.last_stream_id, frame.error_code) == (last, 0)
        assert json.loads(frame.additional_data) == {"reason": "Shutdown"}
        assert client.answered[-2:] == [last, below]
        assert above not in client.answered
        assert (apple.ledger(SLOW), apple.ledger(TOKEN), apple.ledger("ff")) == ([ACCEPTED], [ACCEPTED], [])

    def test_unprocessed(self, apple: Scripted, client: FrameClient) -> None:
        """The request that meets it may lie above the last stream."""
        apple.rule("goaway", after_processing=False)
        stream = apple.start(client, TOKEN)
        client.read_to_end()
        assert client.farewell is not None
        assert client.farewell.last_stream_id == stream - 2
        assert apple.ledger(TOKEN) == []

    def test_the_last_stream_never_lies(self, apple: Scripted, client: FrameClient) -> None:
        """A request below one that was processed cannot be disowned by GOAWAY: it is refused by name."""
        early = client._next_stream
        client._next_stream += 2
        pseudo = [(":method", "POST"), (":scheme", "https"), (":authority", "x"), (":path", f"/3/device/{TOKEN}")]
        client.h2.send_headers(early, pseudo)
        client.answers[early] = Answer()
        later = apple.start(client, SLOW)
        client.wait(client.answers[later].has_ended)
        apple.rule("goaway", after_processing=False)
        client.h2.end_stream(early)
        client.read_to_end()
        assert client.farewell is not None
        assert client.farewell.last_stream_id == later
        resets = [frame for frame in client.frames if type(frame).__name__ == "RstStreamFrame"]
        assert [(frame.stream_id, getattr(frame, "error_code", None)) for frame in resets] == [(early, 7)]
        assert apple.ledger(TOKEN) == []

    def test_idleness(self) -> None:
        """An idle connection gets GOAWAY with Apple's reason; one with a push in work does not."""
        with scripted() as apple:
            apple.simulator.injectors["apns"].idle_s = 2.0
            apple.rule("delay", {"token": SLOW}, seconds=3.0)
            with apple.connect() as client:
                assert apple.push(client, SLOW).status == 200
                client.read_to_end()
        frame = client.farewell
        assert frame is not None
        assert json.loads(frame.additional_data) == {"reason": "IdleTimeout"}
        assert client.frames.index(frame) > max(client.frames.index(answer) for answer in client.headers)

    def test_a_drain_ends_in_time(self, apple: Scripted, client: FrameClient) -> None:
        """An answer that never comes does not keep the connection for ever."""
        hole = {"when": {"token": SLOW}, "do": {"action": "delay", "seconds": 60}}
        apple.rules(hole, {"do": {"action": "goaway", "drain_s": 0.1}})
        apple.start(client, SLOW)
        client.read_to_end()
        assert apple.ledger(SLOW) == [LOST]

    @pytest.mark.parametrize("end", ENDS)
    def test_abrupt(self, apple: Scripted, client: FrameClient, end: str) -> None:
        """GOAWAY with an error code, then the end without a word: answers below the last stream are lost."""
        apple.rule("goaway", end=end, code="ENHANCE_YOUR_CALM", debug="calm down")
        stream = apple.start(client, TOKEN)
        with pytest.raises(ENDS[end]):
            client.read_to_end()
        frame = client.farewell
        assert frame is not None
        assert (frame.last_stream_id, frame.error_code) == (stream, ErrorCodes.ENHANCE_YOUR_CALM)
        assert frame.additional_data == b"calm down"
        assert apple.ledger(TOKEN) == [LOST]


class TestDoor:
    """Connections before TLS."""

    def test_refused(self, apple: Scripted) -> None:
        """A refused connection is reset in the handshake; the next one is served."""
        apple.rule("refuse_connection", times=1)
        with pytest.raises((ConnectionResetError, ssl.SSLEOFError)):
            FrameClient(apple.simulator.endpoints["apns"], apple.context)
        with apple.connect():
            assert apple.statistics()["faults"] == {"refuse_connection": 1}

    def test_stalled(self, apple: Scripted) -> None:
        """A stalled handshake gets no byte until its time is over; others are served meanwhile."""
        apple.rule("stall_handshake", {"nth": 1}, seconds=3.0)
        port = int(apple.simulator.endpoints["apns"].rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as stalled:
            stalled.sendall(b"\x16\x03\x01 hello?")
            with apple.connect() as other:
                assert apple.push(other, TOKEN).status == 200
            stalled.setblocking(False)
            with pytest.raises(BlockingIOError):
                stalled.recv(1)
            stalled.settimeout(30)
            assert stalled.recv(1) == b""


def test_a_stop_does_not_wait_for_the_door() -> None:
    """A simulator with a stalled handshake, and one with a silent client, stops at once."""
    with ExitStack() as sockets:
        with scripted() as apple:
            apple.rule("stall_handshake", {"nth": 1}, seconds=600)
            address = ("127.0.0.1", int(apple.simulator.endpoints["apns"].rpartition(":")[2]))
            knocks = (socket.create_connection(address, timeout=30) for _ in range(2))
            clients = [sockets.enter_context(client) for client in knocks]
            with apple.connect():
                pass
        assert [client.recv(1) for client in clients] == [b"", b""]


NODE = """
const http2 = require('node:http2'), [origin, ca, token] = process.argv.slice(1);
const session = http2.connect(origin, { ca: require('node:fs').readFileSync(ca) });
const seen = { goaway: null, answers: {}, errors: {} };
session.on('goaway', (code, last, data) => { seen.goaway = [code, last, data?.toString()]; });
session.on('error', () => {});
session.on('close', () => console.log(JSON.stringify(seen)));
function push(device, then) {
  const stream = session.request({ ':method': 'POST', ':path': `/3/device/${device}`, authorization: token,
    'apns-topic': 'com.example.app' });
  stream.on('response', (headers) => { seen.answers[device] = headers[':status']; });
  stream.on('error', (error) => { seen.errors[device] = error.code; });
  stream.on('close', () => then?.());
  stream.resume();
  stream.end('{"aps":{"alert":"hello"}}');
}
push('00', () => { push('dd34'); push('ab12'); push('ff'); });
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
def test_node_understands_goaway(apple: Scripted) -> None:
    """Node's client sees code, last stream and reason, gets the answers below and none above."""
    delay = {"when": {"token": SLOW}, "do": {"action": "delay", "seconds": 0.1}}
    leave = {"action": "goaway", "debug": {"reason": "Shutdown"}}
    apple.rules(delay, {"when": {"token": TOKEN}, "do": leave})
    arguments = [apple.simulator.endpoints["apns"], str(apple.simulator.ca_file), apple.bearer["authorization"]]
    done = subprocess.run(["node", "-e", NODE, *arguments], capture_output=True, text=True, timeout=60, check=True)
    seen = json.loads(done.stdout)
    assert seen["goaway"] == [0, 5, '{"reason": "Shutdown"}']
    assert seen["answers"] == {"00": 200, SLOW: 200, TOKEN: 200}


class TestHttp1:
    """What the faults mean without streams and frames."""

    @pytest.fixture
    def place(self) -> Iterator[Place]:
        """Run a simulator that plays only Echo."""
        with loop_thread() as thread:
            found = Place(thread)
            yield found
            thread.run(found.simulator.stop())

    def script(self, place: Place, *rules: dict[str, Any]) -> None:
        """Put rules for Echo."""
        answer = place.control("POST", "/_sim/rules", json={"vendor": "echo", "rules": rules})
        assert answer.status_code == 200, answer.text

    def test_a_delayed_pipeline_keeps_its_order(self, place: Place) -> None:
        """The second request of a pipeline waits for the first one's late answer."""
        self.script(place, {"when": {"path": "/1"}, "do": {"action": "delay", "seconds": 0.1}})
        with place.tls_socket() as client:
            client.sendall(b"GET /1 HTTP/1.1\r\nhost: x\r\n\r\nGET /2 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            said = b"".join(iter(lambda: client.recv(4096), b""))
        assert 0 < said.index(b"x-path: /1") < said.index(b"x-path: /2")

    @pytest.mark.parametrize(
        ("do", "answers"),
        [
            ({"action": "goaway"}, 1),
            ({"action": "goaway", "after_processing": False}, 0),
            ({"action": "reset_stream"}, 0),
            ({"action": "refuse_stream"}, 0),
        ],
        ids=str,
    )
    def test_stream_faults_end_the_connection(self, place: Place, do: dict[str, Any], answers: int) -> None:
        """GOAWAY ends it after the answer, an error of the stream without one; the second request is not served."""
        self.script(place, {"do": do})
        with place.tls_socket() as client:
            client.sendall(b"GET /1 HTTP/1.1\r\nhost: x\r\n\r\nGET /2 HTTP/1.1\r\nhost: x\r\n\r\n")
            said = b"".join(iter(lambda: client.recv(4096), b""))
        assert said.count(b"HTTP/1.1 200") == answers
        assert len(place.simulator.ledger.entries()) == answers

    @pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
    @pytest.mark.parametrize("option", ["--http2", "--http1.1"])
    def test_curl_reads_scripted_answers(self, place: Place, option: str) -> None:
        """A stranger's client gets status, Retry-After and a body that trickles, over both protocols."""
        page = {"action": "reply", "status": 503, "body": "<html>" * 20, "retry_after_s": 3}
        self.script(place, {"do": {"action": "trickle", "interval_s": 0}}, {"do": page})
        command = ["curl", "--silent", option, "--cacert", str(place.simulator.ca_file)]
        tail = ["--write-out", " %{http_code} %header{retry-after}", place.origin]
        done = subprocess.run([*command, *tail], capture_output=True, text=True, timeout=60, check=True)
        assert done.stdout.startswith("<html>" * 20 + " 503")


def test_a_name_for_other_containers() -> None:
    """The certificate is good for extra names; the first is printed in the endpoints and the control URL."""
    with scripted(names=["push-simulator", "10.1.2.3"]) as apple:
        origin, control = apple.simulator.endpoints["apns"], apple.simulator.control_url
        port = int(origin.rpartition(":")[2])
        for name in ("push-simulator", "10.1.2.3", "localhost"):
            plain = socket.create_connection(("127.0.0.1", port), timeout=10)
            with client_context(apple.simulator.ca_file).wrap_socket(plain, server_hostname=name) as tls:
                assert tls.selected_alpn_protocol() == "h2"
    assert origin == f"https://push-simulator:{port}"
    assert control.startswith("http://push-simulator:")

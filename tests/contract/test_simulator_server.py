"""The simulator's sockets: HTTP/2 and HTTP/1.1, flow control, stream limits and TLS."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from h2.settings import SettingCodes

from providers.simulator.tls import Authority
from tests.contract.echo import Place
from tests.contract.loop_thread import LoopThread, loop_thread
from tests.contract.raw_h2 import RawH2, client_context

WINDOW = 65_535


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


class TestHttp2:
    """The HTTP/2 connection."""

    def test_bodies_go_there_and_back(self, place: Place) -> None:
        """Three requests at once get their own bodies, paths and headers back."""
        body = bytes(range(256)) * 4
        with place.connect() as client:
            for stream in [client.send("/a?b=c", [("cookie", "x")], body) for _ in range(3)]:
                answer = client.answers[stream]
                client.wait(answer.has_ended)
                assert (answer.status, bytes(answer.body)) == (200, body)
                assert (answer.headers["x-path"], answer.headers["x-cookie"]) == ("/a?b=c", "x")

    def test_no_body_no_data(self, place: Place) -> None:
        """An answer without a body ends with its HEADERS frame."""
        with place.connect() as client:
            assert client.ask("/", [], b"").frames == ["HEADERS"]

    def test_more_than_one_window_in_total(self, place: Place) -> None:
        """The server returns credit: a connection carries many times its first window."""
        with place.connect() as client:
            total = sum(len(client.ask("/", [], b"x" * 16_000).body) for _ in range(20))
        assert total == 320_000

    def test_an_answer_waits_for_its_streams_credit(self, place: Place) -> None:
        """A stream without credit gets HEADERS and no byte more; others go on; credit releases it."""
        with place.connect(credit=False, window=0) as client:
            starved = client.send("/", [], b"x" * 100)
            other = client.send("/", [], b"")
            client.wait(lambda: client.answers[other].is_complete)
            client.settle()
            assert client.answers[starved].frames == ["HEADERS"]
            client.h2.increment_flow_control_window(40, starved)
            client.settle()
            assert bytes(client.answers[starved].body) == b"x" * 40
            assert not client.answers[starved].is_complete
            client.h2.increment_flow_control_window(60, starved)
            client.wait(lambda: client.answers[starved].is_complete)
            assert bytes(client.answers[starved].body) == b"x" * 100

    def test_a_larger_initial_window_is_credit(self, place: Place) -> None:
        """A SETTINGS frame that raises the initial window releases the streams that wait."""
        with place.connect(credit=False, window=0) as client:
            starved = client.send("/", [], b"x" * 100)
            client.settle()
            client.h2.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 200})
            client.wait(lambda: client.answers[starved].is_complete)
            assert len(client.answers[starved].body) == 100

    def test_the_connections_credit_is_a_hard_end(self, place: Place) -> None:
        """A client that never gives credit gets 65,535 bytes, delays nobody else, and gets the rest for credit."""
        with place.connect(credit=False) as client, place.connect() as other:
            streams = [client.send("/", [], b"x" * 16_000) for _ in range(3)]
            client.wait(lambda: all(client.answers[stream].is_complete for stream in streams))
            streams += [client.send("/", [], b"y" * 16_000) for _ in range(3)]
            # The answer to a PING may overtake answers that were made in the same turn.
            client.wait(lambda: sum(len(client.answers[stream].body) for stream in streams) >= WINDOW)
            client.settle()
            assert sum(len(client.answers[stream].body) for stream in streams) == WINDOW
            assert [client.answers[stream].is_complete for stream in streams] == [True] * 4 + [False] * 2
            assert other.ask("/", [], b"fine").status == 200
            client.h2.increment_flow_control_window(WINDOW)
            client.wait(lambda: all(client.answers[stream].is_complete for stream in streams))
            assert sum(len(client.answers[stream].body) for stream in streams) == 6 * 16_000

    def test_waiting_streams_use_up_the_limit(self, place: Place) -> None:
        """Streams whose answers wait are open: the fourth of three is refused until one is reset; the others go on."""
        with place.connect(window=0) as client:
            waiting = [client.send("/", [], b"x") for _ in range(3)]
            refused = client.send("/", [], b"x")
            client.settle()
            assert client.answers[refused].reset == 7
            client.h2.reset_stream(waiting[0], 8)
            assert client.ask("/", [], b"").status == 200
            client.h2.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 200})
            client.wait(lambda: all(client.answers[stream].is_complete for stream in waiting[1:]))

    def test_a_reset_request_is_not_answered(self, place: Place) -> None:
        """A request reset in the same segment as its end never reaches the vendor."""
        with place.connect() as client:
            stream = client.send("/", [], b"x")
            client.h2.reset_stream(stream, 8)
            client.settle()
        assert place.simulator.ledger.entries() == []

    def test_a_new_limit_is_announced(self, place: Place) -> None:
        """A vendor can change the limit while the connection lives."""
        with place.connect() as client:
            client.ask("/", [], b"")
            place.thread.loop.call_soon_threadsafe(place.echo.peers[0].allow_streams, 1)
            client.wait(lambda: ("limit", 1) in client.log)
            client.send("/", [], b"")
            client.settle()
        assert client.log[0] == ("limit", 3)

    def test_nonsense_ends_the_connection(self, place: Place) -> None:
        """A protocol error is answered by GOAWAY and the end, and the vendor is told once."""
        with place.connect() as client:
            client.ask("/", [], b"")
            # A DATA frame on stream 0.
            client._socket.sendall(b"\x00\x00\x01\x00\x00\x00\x00\x00\x00x")
            client.wait(lambda: client.goaway is not None)
            assert client.goaway == 1
            while not client.is_closed:
                client._read()
        place.thread.run(place.simulator.stop())
        assert place.echo.gone == [place.echo.peers[0].connection_id]


class TestHttp1:
    """The HTTP/1.1 connection."""

    def test_keep_alive(self, place: Place) -> None:
        """Several requests share one connection, and bodies may be chunked."""
        with place.http1() as client:
            assert client.post("/a?b=c", content=b"one").content == b"one"
            answer = client.post("/", content=iter([b"tw", b"o"]))
            assert (answer.http_version, answer.content) == ("HTTP/1.1", b"two")
        assert len({entry.connection_id for entry in place.simulator.ledger.entries()}) == 1

    def test_without_alpn(self, place: Place) -> None:
        """A client that offers no protocol speaks HTTP/1.1, and may pipeline."""
        with place.tls_socket() as client:
            client.sendall(b"GET /1 HTTP/1.1\r\nhost: x\r\n\r\nGET /2 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            said = b"".join(iter(lambda: client.recv(4096), b""))
        assert said.index(b"x-path: /1") < said.index(b"x-path: /2")
        assert said.count(b"HTTP/1.1 200") == 2

    def test_nonsense_ends_the_connection(self, place: Place) -> None:
        """Bytes that are no HTTP are answered by the end of the connection."""
        with place.tls_socket("http/1.1") as client:
            client.sendall(b"\x00\x01\x02 nonsense\r\n\r\n")
            assert client.recv(100) == b""

    @pytest.mark.parametrize("alpn", [(), ("http/1.1",)])
    def test_an_h2_vendor_refuses_it(self, thread: LoopThread, alpn: tuple[str, ...]) -> None:
        """A vendor with only HTTP/2 hangs up on any other client."""
        place = Place(thread, protocols=("h2",))
        with place.tls_socket(*alpn) as client:
            client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            assert client.recv(100) == b""
        thread.run(place.simulator.stop())
        assert place.simulator.ledger.entries() == []


class TestTls:
    """The authority."""

    def test_only_the_written_ca_is_trusted(self, place: Place, tmp_path: Path) -> None:
        """A client that trusts another authority does not connect."""
        Authority().write_ca(tmp_path / "other.pem")
        with pytest.raises(ssl.SSLCertVerificationError):
            RawH2(place.origin, client_context(tmp_path / "other.pem"))

    def test_the_address_is_certified_too(self, place: Place) -> None:
        """The certificate is good for 127.0.0.1 as well as for localhost."""
        origin = place.origin.replace("localhost", "127.0.0.1")
        with RawH2(origin, client_context(place.simulator.ca_file)) as client:
            assert client.ask("/", [], b"").status == 200


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize(("option", "version"), [("--http2", "2"), ("--http1.1", "1.1")])
def test_curl_chooses_the_protocol(place: Place, option: str, version: str) -> None:
    """ALPN decides between the two protocols of a vendor that offers both."""
    command = ["curl", "--silent", option, "--cacert", str(place.simulator.ca_file), "--data", "hello"]
    tail = ["--write-out", " %{http_version} %{http_code}", place.origin]
    done = subprocess.run([*command, *tail], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == f"hello {version} 200"

"""HTTP itself: what a client sends that no browser, no SDK and no proxy would."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.integration.api.api_process import Api
from worker.api.http_protocol import LONGEST_HEAD, MOST_WAITING

GET = b"GET /healthz HTTP/1.1\r\nhost: x\r\n"
#: More than any buffer on the way holds.
ENDLESS = 20_000_000


@contextmanager
def connected(api: Api) -> Iterator[socket.socket]:
    """Open a connection; afterwards the API still serves."""
    with socket.create_connection(("127.0.0.1", api.client.base_url.port or 0), timeout=30) as wire:
        yield wire
    assert api.client.get("/healthz").status_code == 200


def answered(wire: socket.socket) -> bytes:
    """Return all that comes until the API closes the connection."""
    found = bytearray()
    try:
        while piece := wire.recv(65_536):
            found += piece
    except ConnectionResetError:  # it was closed with something of ours unread
        pass
    return bytes(found)


def send_for_ever(wire: socket.socket, piece: bytes) -> int:
    """Send a piece again and again; return how many bytes it took until the API had enough."""
    sent = 0
    try:
        while sent < ENDLESS:
            wire.sendall(piece)
            sent += len(piece)
    except (ConnectionResetError, BrokenPipeError):
        return sent
    return sent


@pytest.mark.parametrize(
    ("beginning", "piece"),
    [
        (b"GET /", b"x" * 1_000),
        (GET + b"x: ", b"x" * 1_000),
        (GET, b"name: value\r\n" * 100),
        (b"POST /x HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n", b"name: value\r\n" * 100),
        (b"POST /x HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1;", b"x" * 1_000),
    ],
    ids=["path", "header", "headers", "trailers", "chunk extension"],
)
def test_a_head_has_an_end(api: Api, beginning: bytes, piece: bytes) -> None:
    """Whoever sends one without an end is cut off, and fills no memory."""
    with connected(api) as wire:
        wire.sendall(beginning)
        assert send_for_ever(wire, piece) < ENDLESS


def test_a_long_head_is_read(api: Api) -> None:
    """What a proxy lets through is no reason to be cut off."""
    headers = {f"x-{number}": "x" * 1_000 for number in range(LONGEST_HEAD // 1_000 - 10)}
    assert api.client.get("/healthz", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "head",
    [
        b"GET /healthz HTTP/1.1\r\n\r\n",
        GET + b"Host: y\r\n\r\n",
        GET + b"content-length: 1\r\ncontent-length: 2\r\n\r\n",
        GET + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        GET + b" folded: x\r\n\r\n",
        GET + b"name : x\r\n\r\n",
        GET + b"na\x00me: x\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET healthz HTTP/1.1\r\nhost: x\r\n\r\n",
        b"INVENTED /healthz HTTP/1.1\r\nhost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
    ids=lambda head: head[:40].decode("latin-1"),
)
def test_what_is_no_http(api: Api, head: bytes) -> None:
    """400, and the connection ends: what follows could be taken for somebody else's request."""
    with connected(api) as wire:
        wire.sendall(head)
        said = answered(wire)
        assert said.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert b"connection: close\r\n" in said
        assert said.count(b"HTTP/1.1") == 1


def test_http_1_0_needs_no_host(api: Api) -> None:
    """Old probes are answered."""
    with connected(api) as wire:
        wire.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        assert answered(wire).startswith(b"HTTP/1.1 200 OK\r\n")


def test_requests_that_do_not_wait(api: Api) -> None:
    """Some at once are answered in their order."""
    with connected(api) as wire:
        wire.sendall(b"".join(b"GET /%s HTTP/1.1\r\nhost: x\r\n\r\n" % path for path in (b"healthz", b"x", b"docs")))
        wire.sendall(b"PUT /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        assert re.findall(rb"HTTP/1\.1 (\d+)", answered(wire)) == [b"200", b"404", b"200", b"405"]


def test_requests_that_never_wait(api: Api) -> None:
    """Whoever sends them faster than they are answered is cut off."""
    with connected(api) as wire:
        assert send_for_ever(wire, (GET + b"\r\n") * (MOST_WAITING + 2)) < ENDLESS


@pytest.mark.parametrize("path", ["/org/app/users/bob/notification/user/bob", "/org/app/token"])
def test_who_hangs_up(api: Api, path: str) -> None:
    """A client that goes in the middle of its body is no fault of ours, and nothing to be said of."""
    before = api.log.read_text().count('"error"')
    with connected(api) as wire:
        wire.sendall(f"PUT {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{{".encode())
    assert api.log.read_text().count('"error"') == before


def test_an_answer_is_one_packet(api: Api) -> None:
    """Head and body leave together: nobody is woken for a head alone."""
    with connected(api) as wire:
        for _ in range(20):
            wire.sendall(GET + b"\r\n")
            assert wire.recv(65_536).endswith(b'\r\n\r\n{"status":"ok"}')

"""Our own wire on real sockets, against servers that do what no honest one does, and some that do."""

import asyncio
import random
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hyperframe.frame import GoAwayFrame, HeadersFrame, RstStreamFrame, SettingsFrame

from providers.http2.errors import Code
from providers.http2.frames import (
    DATA,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEADERS,
    PING,
    SETTINGS,
    frame,
    settings,
    window_update,
)
from providers.transport import Ambiguous, Answer, Http, NotSent
from tests.contract.plain_server import drain
from tests.contract.stranger import Stranger, Strangers
from tests.contract.tls_server import HELLO, frames_of, tls_serving
from tests.contract.wire import Run, arrived, post, wire

OK = b"\x88"


@contextmanager
def undisturbed() -> Iterator[None]:
    """Fail when something was raised in the event loop, where no caller sees it."""
    raised: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: raised.append(context))
    yield
    assert not raised


def answer_all(connection: ssl.SSLSocket) -> None:
    """Answer each request with 200."""
    connection.sendall(HELLO)
    for found in frames_of(connection):
        if isinstance(found, HeadersFrame):
            connection.sendall(frame(HEADERS, END_HEADERS | END_STREAM, found.stream_id, OK))


def test_one_turn_is_one_write(tmp_path: Path, run: Run) -> None:
    """What is asked for in one turn of the loop leaves in one TLS record."""
    records: list[bytes] = []

    def serve(connection: ssl.SSLSocket) -> None:
        connection.sendall(HELLO)
        while data := connection.recv(65_536):
            records.append(data)
            if data.count(b"/3/device/ok") == 20:
                connection.sendall(
                    b"".join(frame(HEADERS, END_HEADERS | END_STREAM, 2 * number + 1, OK) for number in range(20))
                )

    async def scenario() -> None:
        async with wire(server.origin, ca_file=server.ca_file) as transport:
            outcomes = await asyncio.gather(*(post(transport, "ok") for _ in range(20)))
            assert {type(outcome) for outcome in outcomes} == {Answer}

    with tls_serving(tmp_path, serve) as server:
        run(scenario())
    assert [record.count(b"/3/device/ok") for record in records if b"/3/device/ok" in record] == [20]


def test_a_cancelled_request_is_called_back(tmp_path: Path, run: Run) -> None:
    """The server hears CANCEL of a request whose caller has gone, and nothing of one that had not begun."""
    seen: list[Any] = []
    has_begun = threading.Event()

    def serve(connection: ssl.SSLSocket) -> None:
        connection.sendall(settings([(3, 1)]))
        for found in frames_of(connection):
            if isinstance(found, HeadersFrame | RstStreamFrame):
                seen.append(found)
                has_begun.set()

    async def scenario() -> None:
        async with wire(server.origin, ca_file=server.ca_file) as transport:
            tasks = [asyncio.ensure_future(post(transport, "ok")) for _ in range(2)]
            await asyncio.to_thread(has_begun.wait)
            for task in tasks:
                task.cancel()
            done = await asyncio.gather(*tasks, return_exceptions=True)
            assert all(isinstance(outcome, asyncio.CancelledError) for outcome in done)

    with tls_serving(tmp_path, serve) as server:
        run(scenario())
    assert [(type(found), found.stream_id) for found in seen] == [(HeadersFrame, 1), (RstStreamFrame, 1)]
    assert seen[1].error_code == Code.CANCEL


def test_nothing_is_sent_before_the_server_has_spoken(tmp_path: Path, run: Run) -> None:
    """A server that never sends its SETTINGS gets no request: NotSent when the connect limit is over."""
    seen: list[Any] = []

    def serve(connection: ssl.SSLSocket) -> None:
        seen.extend(type(found) for found in frames_of(connection))

    async def scenario() -> None:
        async with wire(server.origin, ca_file=server.ca_file, connect_timeout=2.0) as transport:
            assert await post(transport, "ok") == NotSent("cannot connect: no connection within 2 s")

    with tls_serving(tmp_path, serve) as server:
        run(scenario())
    assert HeadersFrame not in seen
    assert seen[0] is SettingsFrame


def test_a_server_of_http1_only(tmp_path: Path, run: Run) -> None:
    """A host that answers our greeting in HTTP/1.1 got nothing, and a person has to act."""

    def serve(connection: ssl.SSLSocket) -> None:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
        drain(connection)

    async def scenario() -> None:
        with undisturbed():
            async with wire(server.origin, ca_file=server.ca_file) as transport:
                unsent = NotSent("the server does not speak HTTP/2: frame too large", configuration=True)
                assert await post(transport, "ok") == unsent

    with tls_serving(tmp_path, serve, "http/1.1") as server:
        run(scenario())


@pytest.mark.parametrize("protocols", [(), ("h2",)], ids=["no ALPN", "h2"])
def test_a_server_without_alpn(tmp_path: Path, run: Run, protocols: tuple[str, ...]) -> None:
    """HTTP/2 is spoken outright to a server that agrees on nothing."""

    async def scenario() -> None:
        async with wire(server.origin, ca_file=server.ca_file) as transport:
            assert await post(transport, "ok") == Answer(200, {}, b"")

    with tls_serving(tmp_path, answer_all, *(protocols or ("other",))) as server:
        run(scenario())


def test_what_had_not_begun_goes_to_the_next_connection(strangers: Strangers, tmp_path: Path, run: Run) -> None:
    """When a connection is lost only what was on it is Ambiguous; what waited for a stream is sent on a new one."""

    async def scenario(node: Stranger) -> None:
        async with wire(node.origin, ca_file=node.ca_file) as transport:
            lost = asyncio.ensure_future(post(transport, "destroy"))
            await asyncio.sleep(0)  # it is the first in the queue
            outcomes = await asyncio.gather(*(post(transport, "ok") for _ in range(20)))
            assert isinstance(await lost, Ambiguous)
            assert {type(outcome) for outcome in outcomes} == {Answer}
            assert (len(node.seen()), node.connections()) == (21, 2)

    with strangers.server(tmp_path, limit=1) as node:
        run(scenario(node))


def test_a_full_server_is_waited_for_unsent(strangers: Strangers, tmp_path: Path, run: Run) -> None:
    """What never got a stream of a server that allows one was not sent."""

    async def scenario(node: Stranger) -> None:
        async with wire(node.origin, ca_file=node.ca_file) as transport:
            silent = asyncio.ensure_future(post(transport, "silent", 5.0))
            await arrived(node, "silent")
            assert await post(transport, "ok", 0.1) == NotSent("deadline passed before a free stream")
            assert await silent == Ambiguous("operation timed out")
            assert isinstance(await post(transport, "ok"), Answer)
            assert len(node.seen()) == 2

    with strangers.server(tmp_path, limit=1) as node:
        run(scenario(node))


def test_a_large_body_arrives(node: Stranger, run: Run) -> None:
    """Half a megabyte outgrows a window of 65,535 bytes and the socket's buffer; small ones pass beside it."""

    async def scenario() -> None:
        async with wire(node.origin, ca_file=node.ca_file) as transport:
            bodies = [b"x" * 512_000] * 4 + [b"small"] * 20
            sends = (transport.post("/3/device/ok", [], body, 20.0) for body in bodies)
            assert {type(outcome) for outcome in await asyncio.gather(*sends)} == {Answer}
            assert sorted(len(seen["body"]) for seen in node.seen()) == sorted(len(body) for body in bodies)

    run(scenario())


def test_a_host_of_http1_only_is_served(tmp_path: Path, run: Run) -> None:
    """A host that agrees on HTTP/1.1 gets every request in it, the first ones too."""

    def serve(connection: ssl.SSLSocket) -> None:
        if request := connection.recv(65_536):  # our own wire hangs up when it knows the protocol
            assert request.startswith(b"POST /3/device/ok HTTP/1.1\r\n")
            connection.sendall(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 4\r\n\r\nbody")
            drain(connection)  # one that closes with something unread resets the connection, before the answer is read

    async def scenario() -> None:
        async with wire(server.origin, ca_file=server.ca_file, http=Http.NEGOTIATE) as transport:
            outcomes = await asyncio.gather(*(post(transport, "ok") for _ in range(10)))
            assert outcomes == [Answer(200, {}, b"body")] * 10

    with tls_serving(tmp_path, serve, "http/1.1") as server:
        run(scenario())


def test_who_asks_and_does_not_read_is_left(tmp_path: Path, run: Run) -> None:
    """A server that floods us with PING and reads no answer does not fill our memory: the connection ends."""
    pings = frame(PING, 0, 0, bytes(8)) * 10_000

    def serve(connection: ssl.SSLSocket) -> None:
        connection.sendall(HELLO)
        while True:  # until the client has had enough
            connection.sendall(pings)

    async def scenario() -> None:
        with undisturbed():
            async with wire(server.origin, ca_file=server.ca_file) as transport:
                assert isinstance(await post(transport, "ok", 20.0), Ambiguous)

    with tls_serving(tmp_path, serve) as server:
        run(scenario())


HABITS: dict[str, Callable[[random.Random], bytes]] = {
    "random bytes": lambda chance: chance.randbytes(200),
    "random frames": lambda chance: b"".join(
        frame(chance.randrange(12), chance.randrange(256), chance.randrange(9), chance.randbytes(chance.randrange(30)))
        for _ in range(20)
    ),
    "answers with a byte changed": lambda chance: changed(chance, answers()),
    "answers cut off": lambda chance: answers()[: chance.randrange(100)],
}


def answers() -> bytes:
    """Return what a server could say to ten requests."""
    said = [frame(SETTINGS, 1, 0)]
    for stream in range(1, 20, 2):
        said += (
            frame(HEADERS, END_HEADERS, stream, b"\x08\x03410\x0f\x0d\x014"),
            frame(DATA, END_STREAM, stream, b"gone"),
        )
    return b"".join([*said, frame(GOAWAY, 0, 0, bytes(8))])


def changed(chance: random.Random, data: bytes) -> bytes:
    """Return bytes with one of them changed."""
    at = chance.randrange(len(data))
    return data[:at] + chance.randbytes(1) + data[at + 1 :]


@pytest.mark.parametrize("habit", HABITS)
def test_a_hostile_server(tmp_path: Path, run: Run, habit: str) -> None:
    """Whatever it says, each request ends with an outcome, in time, and nothing is raised in the loop."""
    chance = random.Random(habit)  # noqa: S311 - a test's dice

    def serve(connection: ssl.SSLSocket) -> None:
        connection.sendall(HELLO)
        connection.recv(65_536)
        connection.sendall(HABITS[habit](chance))

    async def scenario() -> None:
        with undisturbed():
            async with wire(server.origin, ca_file=server.ca_file) as transport:
                for _ in range(25):
                    async with asyncio.timeout(10):
                        outcomes = await asyncio.gather(*(post(transport, "ok", 5.0) for _ in range(10)))
                    assert all(isinstance(outcome, Answer | Ambiguous | NotSent) for outcome in outcomes)

    with tls_serving(tmp_path, serve) as server:
        run(scenario())


def test_a_server_that_hangs_up_after_the_handshake(tmp_path: Path, run: Run) -> None:
    """Nothing was sent, and it says nothing of the protocol that the host speaks."""

    async def scenario() -> None:
        with undisturbed():
            async with wire(server.origin, ca_file=server.ca_file, http=Http.NEGOTIATE) as transport:
                for _ in range(20):
                    outcome = await post(transport, "ok")
                    assert isinstance(outcome, NotSent)
                    assert outcome.cause.startswith("cannot connect: ")
                assert transport._wires is transport._first_wires

    with tls_serving(tmp_path, lambda _: None) as server:
        run(scenario())


def test_closing_while_the_server_does_not_read(tmp_path: Path, run: Run) -> None:
    """Bytes that nobody takes hold up no close: what had begun is Ambiguous, the rest NotSent."""
    is_over, has_begun = threading.Event(), threading.Event()

    def serve(connection: ssl.SSLSocket) -> None:
        connection.sendall(settings([(4, 2**31 - 1)]) + window_update(0, 2**30))
        connection.recv(1000)
        has_begun.set()
        is_over.wait(60)

    async def scenario() -> None:
        with undisturbed():
            async with wire(server.origin, ca_file=server.ca_file) as transport:
                sends = [transport.post("/3/device/ok", [], bytes(1_000_000), 60.0) for _ in range(50)]
                pending = [asyncio.ensure_future(send) for send in sends]
                await asyncio.to_thread(has_begun.wait)
                done, _ = await asyncio.wait(pending, timeout=0.2)
                assert not done
                async with asyncio.timeout(20):
                    await transport.aclose()
                    outcomes = await asyncio.gather(*pending)
                assert {type(outcome) for outcome in outcomes} == {Ambiguous, NotSent}

    with tls_serving(tmp_path, serve) as server:
        try:
            run(scenario())
        finally:
            is_over.set()


def test_goodbye_is_said(tmp_path: Path, run: Run) -> None:
    """A closed wire tells the server so, by GOAWAY and TLS's own farewell."""
    seen: list[Any] = []

    def serve(connection: ssl.SSLSocket) -> None:
        connection.sendall(HELLO)
        for found in frames_of(connection):
            seen.append(found)
            if isinstance(found, HeadersFrame):
                connection.sendall(frame(HEADERS, END_HEADERS | END_STREAM, found.stream_id, OK))
        seen.append("end")

    async def scenario() -> None:
        async with wire(server.origin, ca_file=server.ca_file) as transport:
            assert isinstance(await post(transport, "ok"), Answer)

    with tls_serving(tmp_path, serve) as server:
        run(scenario())
    assert isinstance(seen[-2], GoAwayFrame)
    assert (seen[-2].error_code, seen[-1]) == (0, "end")

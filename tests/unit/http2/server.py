"""h2 as the server of a session, in memory: bytes go to and fro in pieces of any size."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from math import inf
from typing import Any

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded, StreamReset
from h2.settings import SettingCodes, Settings

from providers.http2.encoder import Encoder
from providers.http2.exchange import Exchange
from providers.http2.session import Session
from providers.wire_outcome import Outcome

WANTED = ("apns-id", "retry-after", "content-type")


def request(body: bytes = b"{}", path: str = "/x", headers: Sequence[tuple[str, str]] = ()) -> Exchange:
    """Return a request without a deadline."""
    first = ((":method", "POST"), (":scheme", "https"), (":authority", "push.example"), (":path", path))
    return Exchange((first, [*headers]), body, inf, Future[Outcome]())


def outcome_of(exchange: Exchange) -> Outcome | None:
    """Return what became of a request; None: nothing yet."""
    promise: Any = exchange.promise
    return promise.result() if promise.done() else None


def new_session() -> Session:
    """Return a session that has not heard of its server."""
    return Session(Encoder(never=(":path",), passing=("apns-id", "content-length")), WANTED)


def written(session: Session, budget: int = 1_000_000) -> bytes:
    """Return all that a session writes now."""
    found = bytearray()
    while True:
        is_more = session.sending.pump(budget)
        found += b"".join(session.sending.out)
        session.sending.out.clear()
        if not is_more:
            return bytes(found)


@dataclass(slots=True)
class Asked:
    """One request as the server saw it."""

    headers: list[tuple[str, str]]
    body: bytearray = field(default_factory=bytearray)
    is_whole: bool = False
    reset: int | None = None


class Server:
    """Answers nothing by itself; ``settings`` are what it begins with."""

    def __init__(self, settings: dict[SettingCodes, int] | None = None, *, gives_credit: bool = True) -> None:
        self.h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self.h2.local_settings = Settings(client=False, initial_values=settings)
        self.h2.max_inbound_frame_size = self.h2.local_settings.max_frame_size
        self.h2.initiate_connection()
        self.asked: dict[int, Asked] = {}
        self._gives_credit = gives_credit

    def take(self, data: bytes) -> None:
        """Take bytes of the client; h2 raises at what the RFC forbids."""
        for event in self.h2.receive_data(data):
            if isinstance(event, RequestReceived):
                self.asked[event.stream_id or 0] = Asked(
                    [(str(name), str(value)) for name, value in event.headers or []]
                )
            elif isinstance(event, DataReceived):
                self._take_body(event)
            elif isinstance(event, StreamEnded):
                self.asked[event.stream_id or 0].is_whole = True
            elif isinstance(event, StreamReset):
                self.asked[event.stream_id or 0].reset = int(event.error_code or 0)

    def answer(self, stream: int, status: int = 200, body: bytes = b"", **headers: str) -> None:
        """Answer one request."""
        named = [(name.replace("_", "-"), value) for name, value in headers.items()]
        self.h2.send_headers(stream, [(":status", str(status)), *named], end_stream=not body)
        if body:
            self.h2.send_data(stream, body, end_stream=True)

    def written(self) -> bytes:
        """Return all that it writes now."""
        return self.h2.data_to_send()

    def _take_body(self, event: DataReceived) -> None:
        self.asked[event.stream_id or 0].body += event.data or b""
        if self._gives_credit and event.flow_controlled_length:
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id or 0)


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    """Cut bytes into pieces."""
    return (data[at : at + size] for at in range(0, len(data), size))


def settle(session: Session, server: Server, size: int = 1_000_000) -> None:
    """Carry bytes in pieces of ``size``, both ways, until both are silent."""
    while True:
        ours, theirs = written(session), server.written()
        if not ours and not theirs:
            return
        for piece in pieces(ours, size):
            server.take(piece)
        for piece in pieces(theirs, size):
            session.receive(piece)

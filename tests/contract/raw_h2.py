"""An HTTP/2 client on a blocking socket: it sends what it is told to, and notes every frame that comes back."""

import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    PingAckReceived,
    RemoteSettingsChanged,
    ResponseReceived,
    StreamEnded,
    StreamReset,
)
from h2.settings import SettingCodes

PATIENCE_S = 30


def client_context(ca_file: Path, alpn: tuple[str, ...] = ("h2",), certificate: Path | None = None) -> ssl.SSLContext:
    """Return a TLS context that trusts one authority."""
    context = ssl.create_default_context(cafile=str(ca_file))
    context.set_alpn_protocols(list(alpn))
    if certificate is not None:
        context.load_cert_chain(certificate)
    return context


@dataclass(slots=True)
class Answer:
    """One stream's answer so far."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    frames: list[str] = field(default_factory=list)
    is_complete: bool = False
    #: The error code of RST_STREAM.
    reset: int | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.is_complete or self.reset is not None

    def has_ended(self) -> bool:
        """Return ``is_over``, for ``RawH2.wait``."""
        return self.is_over


class RawH2:
    """One connection. With ``credit=False`` it never sends WINDOW_UPDATE."""

    def __init__(self, origin: str, context: ssl.SSLContext, *, credit: bool = True, window: int | None = None) -> None:
        url = urlsplit(origin)
        plain = socket.create_connection(("127.0.0.1", url.port or 443), timeout=PATIENCE_S)
        self._socket = context.wrap_socket(plain, server_hostname=url.hostname)
        self._authority, self._credit = url.netloc, credit
        self.h2 = H2Connection(H2Configuration(header_encoding="utf-8"))
        self.h2.initiate_connection()
        if window is not None:
            self.h2.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: window})
        self.answers: dict[int, Answer] = {}
        #: Stream limits and answers in the order they came: ``("limit", 1)``, ``("answer", 1)``.
        self.log: list[tuple[str, int]] = []
        self.is_closed = False
        self.goaway: int | None = None
        self._next_stream, self._pongs = 1, 0

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the socket."""
        self._socket.close()

    def send(self, path: str, headers: list[tuple[str, str]], body: bytes, method: str = "POST") -> int:
        """Start a request; return its stream."""
        stream, self._next_stream = self._next_stream, self._next_stream + 2
        pseudo = [(":method", method), (":scheme", "https"), (":authority", self._authority), (":path", path)]
        self.h2.send_headers(stream, [*pseudo, *headers], end_stream=not body)
        if body:
            self.h2.send_data(stream, body, end_stream=True)
        self.answers[stream] = Answer()
        return stream

    def ask(self, path: str, headers: list[tuple[str, str]], body: bytes, method: str = "POST") -> Answer:
        """Send one request and wait for its end."""
        stream = self.send(path, headers, body, method)
        self.wait(lambda: self.answers[stream].is_over)
        return self.answers[stream]

    def wait(self, until: Callable[[], bool]) -> None:
        """Exchange bytes until a condition holds; fail when the server hangs up first or the time is over."""
        deadline = time.monotonic() + PATIENCE_S
        self.flush()
        while not until():
            if self.is_closed or time.monotonic() > deadline:
                raise AssertionError("the connection ended, or ran out of time, before the condition held")
            self._read()

    def flush(self) -> None:
        """Write what h2 has prepared."""
        self._socket.sendall(self.h2.data_to_send())

    def settle(self) -> None:
        """Wait until the server has answered everything it is going to: its PING answer comes after."""
        before = self._pongs
        self.h2.ping(b"settled?")
        self.wait(lambda: self._pongs > before)

    def _read(self) -> None:
        data = self._socket.recv(65536)
        self.is_closed = not data
        for event in self.h2.receive_data(data):
            self._note(event)
        if not self.is_closed:
            self.flush()

    def _note(self, event: Event) -> None:
        match event:
            case RemoteSettingsChanged(changed_settings=changed):
                self._note_limit(changed)
            case ResponseReceived(stream_id=int(stream), headers=headers):
                self._note_headers(stream, headers or [])
            case DataReceived(stream_id=int(stream)):
                self._note_data(stream, event)
            case StreamEnded(stream_id=int(stream)):
                self.answers[stream].is_complete = True
            case StreamReset(stream_id=int(stream), error_code=code):
                self.answers[stream].reset = int(code or 0)
            case ConnectionTerminated(error_code=code):
                self.goaway = int(code or 0)
            case PingAckReceived():
                self._pongs += 1

    def _note_limit(self, changed: dict[int, Any]) -> None:
        if SettingCodes.MAX_CONCURRENT_STREAMS in changed:
            self.log.append(("limit", changed[SettingCodes.MAX_CONCURRENT_STREAMS].new_value))

    def _note_headers(self, stream: int, headers: Any) -> None:
        answer = self.answers[stream]
        answer.headers = {str(name): str(value) for name, value in headers}
        answer.status = int(answer.headers[":status"])
        answer.frames.append("HEADERS")
        self.log.append(("answer", stream))

    def _note_data(self, stream: int, event: DataReceived) -> None:
        answer = self.answers[stream]
        answer.body += event.data
        answer.frames.append("DATA")
        if self._credit:
            self.h2.acknowledge_received_data(event.flow_controlled_length, stream)

"""A fake APNs whose faults a test scripts through the control API, and a client that keeps every frame."""

import asyncio
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Any

import httpx
from h2.connection import ConnectionInputs, H2ConnectionStateMachine
from h2.events import Event
from hyperframe.frame import Frame, GoAwayFrame, HeadersFrame

from providers.simulator.apns_registry import Registry
from providers.simulator.simulator import Simulator
from providers.simulator.vendors import KINDS
from tests.contract.apple import BODY, TOPIC, Apple
from tests.contract.loop_thread import LoopThread
from tests.contract.raw_h2 import PATIENCE_S, Answer, RawH2, client_context
from tests.loopback import PLAIN

Fault = dict[str, Any]
NewLoop = Callable[[], asyncio.AbstractEventLoop]
_FRAME_HEAD = 9


class _KeepsReading(H2ConnectionStateMachine):
    """After GOAWAY h2 takes an answer for an error; the streams below the last one still get theirs."""

    def process_input(self, input_: ConnectionInputs) -> list[Event]:
        return [] if input_ is ConnectionInputs.RECV_GOAWAY else super().process_input(input_)


class FrameClient(RawH2):
    """Notes raw frames and the sizes of reads, and goes on reading after GOAWAY."""

    def __init__(self, origin: str, context: ssl.SSLContext) -> None:
        self.frames: list[Frame] = []
        self.reads: list[int] = []
        self._unread = bytearray()
        super().__init__(origin, context)
        self.h2.state_machine = _KeepsReading()
        # A FIN without close_notify is an error, not an end.
        self._socket.suppress_ragged_eofs = False  # type: ignore[attr-defined]  # typeshed leaves it out
        self._below = socket.socket(fileno=os.dup(self._socket.fileno()))
        self.give_up_after(PATIENCE_S)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close both sockets."""
        self._below.close()
        super().__exit__(kind, error, traceback)

    @property
    def farewell(self) -> GoAwayFrame | None:
        """The GOAWAY frame, once it is here."""
        return next((frame for frame in self.frames if isinstance(frame, GoAwayFrame)), None)

    @property
    def headers(self) -> list[HeadersFrame]:
        """The HEADERS frames, in order, after GOAWAY too."""
        return [frame for frame in self.frames if isinstance(frame, HeadersFrame)]

    @property
    def answered(self) -> list[int]:
        """The streams whose HEADERS came."""
        return [frame.stream_id for frame in self.headers]

    def give_up_after(self, seconds: float) -> None:
        """Let each read fail with TimeoutError after so long a silence."""
        self._below.settimeout(seconds)
        self._socket.settimeout(seconds)

    def read_to_end(self) -> None:
        """Read until the server hangs up; a reset or a missing close_notify is raised."""
        self.flush()
        while not self.is_closed:
            self._read()

    def _read(self) -> None:
        if not self._socket.pending():
            # Python's ssl reports RST and FIN alike; TCP below tells them apart.
            self._below.recv(1, socket.MSG_PEEK)
        data = self._socket.recv(65536)
        self.is_closed = not data
        self.reads.append(len(data))
        self._unread += data
        while (raw := self._whole_frame()) is not None:
            self._receive(raw)
        if not self.is_closed:
            self.flush()

    def _whole_frame(self) -> bytes | None:
        if len(self._unread) < _FRAME_HEAD:
            return None
        end = _FRAME_HEAD + int.from_bytes(self._unread[:3], "big")
        if len(self._unread) < end:
            return None
        raw, self._unread = bytes(self._unread[:end]), self._unread[end:]
        return raw

    def _receive(self, raw: bytes) -> None:
        frame, _ = Frame.parse_frame_header(memoryview(raw[:_FRAME_HEAD]))
        frame.parse_body(memoryview(raw[_FRAME_HEAD:]))
        self.frames.append(frame)
        for event in self.h2.receive_data(raw):
            self._note(event)


class Scripted:
    """A running simulator with only APNs, which already knows its clients' token."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.bearer = Apple(simulator, Registry()).bearer()
        self._control = httpx.Client(verify=PLAIN, trust_env=False, timeout=PATIENCE_S)

    @property
    def context(self) -> ssl.SSLContext:
        """What a client must trust."""
        return client_context(self.simulator.ca_file)

    def connect(self) -> FrameClient:
        """Open a connection on which the first push has raised the stream limit."""
        with ExitStack() as failed:
            client = failed.enter_context(FrameClient(self.simulator.endpoints["apns"], self.context))
            assert self.push(client, "00").status == 200
            client.wait(lambda: ("limit", 1000) in client.log)
            failed.pop_all()
        return client

    def start(self, client: RawH2, token: str, apns_id: str | None = None) -> int:
        """Start one push; return its stream."""
        named = [("apns-id", apns_id)] if apns_id else []
        headers = [("apns-topic", TOPIC), *self.bearer.items(), *named]
        return client.send(f"/3/device/{token}", headers, BODY)

    def push(self, client: RawH2, token: str, apns_id: str | None = None) -> Answer:
        """Send one push and wait for its end."""
        stream = self.start(client, token, apns_id)
        client.wait(client.answers[stream].has_ended)
        return client.answers[stream]

    def rule(self, action: str, when: Fault | None = None, times: int | None = None, **more: Any) -> None:
        """Let one fault strike, and nothing else."""
        self.rules({"when": when or {}, "do": {"action": action, **more}, "times": times})

    def rules(self, *rules: Fault, seed: int = 0) -> None:
        """Replace the script."""
        script = {"vendor": "apns", "rules": list(rules), "seed": seed}
        answer = self.control("POST", "/_sim/rules", json=script)
        assert answer.status_code == 200, answer.text

    def control(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Ask the control API."""
        return self._control.request(method, self.simulator.control_url + path, **more)

    def wait_until_alone(self) -> None:
        """Wait until the server has noticed that every client is gone."""
        deadline = time.monotonic() + PATIENCE_S
        while self.statistics()["connections"]["open"]:
            assert time.monotonic() < deadline

    def close(self) -> None:
        """Close the connection to the control API."""
        self._control.close()

    def ledger(self, token: str) -> list[tuple[str, bool]]:
        """Return outcome and answer_lost of each of a token's entries."""
        entries = self.control("GET", "/_sim/requests").json()
        return [(entry["outcome"], entry["answer_lost"]) for entry in entries if entry["token"] == token]

    def statistics(self) -> dict[str, Any]:
        """Return APNs' counts."""
        counts: dict[str, Any] = self.control("GET", "/_sim/statistics").json()["apns"]
        return counts


class _Thread(LoopThread):
    """Runs a loop of another kind."""

    def __init__(self, new_loop: NewLoop) -> None:
        super().__init__()
        self.loop.close()
        self.loop = new_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="servers")


@contextmanager
def scripted(new_loop: NewLoop = asyncio.new_event_loop, **options: Any) -> Iterator[Scripted]:
    """Run a simulator with only APNs on a loop of this kind."""
    thread = _Thread(new_loop)
    thread.start()
    simulator = Simulator(kinds={"apns": KINDS["apns"]}, **options)
    thread.run(simulator.start())
    found = Scripted(simulator)
    try:
        yield found
    finally:
        found.close()
        thread.run(simulator.stop())
        thread.stop()

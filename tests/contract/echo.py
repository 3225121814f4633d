"""A trivial vendor behind the simulator's sockets, and the clients to reach it."""

import socket
import ssl
from pathlib import Path
from typing import Any

import httpx

from providers.simulator.exchange import Reply, Request
from providers.simulator.ledger import Entry, Ledger
from providers.simulator.service import Peer
from providers.simulator.simulator import Simulator
from providers.simulator.vendors import Kind
from tests.contract.loop_thread import LoopThread
from tests.contract.raw_h2 import PATIENCE_S, RawH2, client_context
from tests.loopback import ask


class Echo:
    """A vendor that answers with the body it got, and can be prepared like the others."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.states: list[tuple[str, str, int | None]] = []
        self.peers: list[Peer] = []
        self.gone: list[int] = []

    def __call__(self, request: Request) -> Reply:
        """Answer 200 with the body, and the request's target and cookie among the headers."""
        self.ledger.add(Entry("echo", "t", "accepted", "1", None, {}, request.connection_id, request.at))
        seen = (("x-method", request.method), ("x-path", request.path), ("x-cookie", request.header("cookie") or ""))
        return Reply(200, request.body, seen)

    def connected(self, peer: Peer) -> int:
        """Note the connection; allow 3 streams."""
        self.peers.append(peer)
        return 3

    def disconnected(self, connection_id: int) -> None:
        """Note the end."""
        self.gone.append(connection_id)

    def set_token(self, token: str, state: str, timestamp_ms: int | None) -> None:
        """Note the call; refuse one state."""
        if state == "nonsense":
            raise ValueError("no such state")
        self.states.append((token, state, timestamp_ms))

    def write_credentials(self, directory: Path, origin: str) -> dict[str, str]:
        """Write nothing; return the arguments."""
        return {"directory": str(directory), "origin": origin}


class Place:
    """A simulator that plays only Echo."""

    def __init__(self, thread: LoopThread, protocols: tuple[str, ...] = ("h2", "http/1.1")) -> None:
        self.thread = thread
        self.simulator = Simulator(kinds={"echo": Kind(Echo, protocols)})
        thread.run(self.simulator.start())
        self.origin = self.simulator.endpoints["echo"]

    @property
    def echo(self) -> Echo:
        """Return the vendor."""
        vendor = self.simulator.vendors["echo"]
        assert isinstance(vendor, Echo)
        return vendor

    def connect(self, *, credit: bool = True, window: int | None = None) -> RawH2:
        """Open an HTTP/2 connection."""
        return RawH2(self.origin, client_context(self.simulator.ca_file), credit=credit, window=window)

    def http1(self, alpn: tuple[str, ...] = ("http/1.1",)) -> httpx.Client:
        """Return an HTTP/1.1 client."""
        return httpx.Client(
            verify=client_context(self.simulator.ca_file, alpn),
            base_url=self.origin,
            trust_env=False,
            timeout=PATIENCE_S,
        )

    def control(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Ask the control API."""
        return ask(method, self.simulator.control_url + path, timeout=PATIENCE_S, **more)

    def tls_socket(self, *alpn: str) -> ssl.SSLSocket:
        """Open a TLS connection that speaks nothing yet."""
        context = ssl.create_default_context(cafile=str(self.simulator.ca_file))
        if alpn:
            context.set_alpn_protocols(list(alpn))
        plain = socket.create_connection(("127.0.0.1", int(self.origin.rpartition(":")[2])), timeout=10)
        return context.wrap_socket(plain, server_hostname="localhost")

"""A CONNECT proxy that leads every tunnel to one port, for programs that know only their vendor's address."""

import select
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.ports import HOST

_CHUNK = 65_536


@contextmanager
def tunnel_to(port: int) -> Iterator[str]:
    """Run the proxy for the length of the block; yield its URL."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            client: socket.socket = self.request
            while not client.recv(_CHUNK).endswith(b"\r\n\r\n"):
                pass
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            with socket.create_connection((HOST, port)) as server:
                _carry(client, server)

    with socketserver.ThreadingTCPServer((HOST, 0), Handler) as proxy:
        proxy.daemon_threads = True
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        try:
            yield f"http://{HOST}:{proxy.server_address[1]}"
        finally:
            proxy.shutdown()


def _carry(one: socket.socket, other: socket.socket) -> None:
    """Pass on what comes, both ways, until one of them has ended."""
    peers = {one: other, other: one}
    while True:
        for ready in select.select(list(peers), [], [])[0]:
            try:
                if not (data := ready.recv(_CHUNK)):
                    return
                peers[ready].sendall(data)
            except OSError:
                return

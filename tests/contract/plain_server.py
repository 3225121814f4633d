"""Servers below HTTP, one thread a connection, so that they share no event loop with what they test."""

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

Serve = Callable[[socket.socket], None]


@contextmanager
def serving(serve: Serve) -> Iterator[int]:
    """Call ``serve`` with every connection, and give the port; leave with all connections shut and their threads ended.

    They are shut here, since a test that failed may hold its client.
    """
    connections: list[socket.socket] = []

    class Server(socketserver.ThreadingTCPServer):
        def process_request(self, request: Any, client_address: Any) -> None:
            # Here, and not in the thread that this begins: whoever has been accepted is shut in the end.
            connections.append(request)
            super().process_request(request, client_address)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            serve(self.request)

    with Server(("127.0.0.1", 0), Handler) as tcp:
        thread = threading.Thread(target=tcp.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield tcp.server_address[1]
        finally:
            tcp.shutdown()
            thread.join()
            for connection in connections:
                with suppress(OSError):  # most have ended
                    connection.shutdown(socket.SHUT_RDWR)


def drain(connection: socket.socket) -> None:
    """Take everything, say nothing."""
    while connection.recv(65536):
        pass


def forward(near: socket.socket, far: socket.socket) -> None:
    """Copy bytes both ways until the near side has ended, or both have."""
    back = threading.Thread(target=_copy, args=(far, near))
    back.start()
    _copy(near, far)
    with suppress(OSError):  # the far side may have ended, too
        far.shutdown(socket.SHUT_RDWR)
    back.join()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):  # either side may end with a reset
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)

"""Peers that keep a client waiting, each in its own way."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.contract.plain_server import serving

#: More than any queue of a listener that asked for none holds.
_KNOCKS = 8


@contextmanager
def mute() -> Iterator[str]:
    """Accept connections and say nothing, not even TLS."""
    over = threading.Event()

    def hold(_: socket.socket) -> None:
        over.wait()

    with serving(hold) as port:
        try:
            yield f"https://127.0.0.1:{port}"
        finally:
            over.set()


@contextmanager
def unreachable() -> Iterator[str]:
    """Answer no SYN: a listener whose queue is full, as a firewall that drops packets looks to a client."""
    with ExitStack() as sockets:
        listening = sockets.enter_context(socket.socket())
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(_KNOCKS):
            knocking = sockets.enter_context(socket.socket())
            knocking.setblocking(False)
            knocking.connect_ex(listening.getsockname())
        yield f"https://127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def nameless() -> Iterator[str]:
    """Have a name that DNS does not know (RFC 6761)."""
    yield "https://nobody.invalid"

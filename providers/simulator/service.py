"""What the socket server must know of a fake vendor, and what the vendor may know of a connection."""

from collections.abc import Callable
from dataclasses import dataclass, field

from providers.simulator.exchange import Vendor
from providers.simulator.injector import Injector

#: Streams a connection may open when its vendor says nothing else: what Google's front ends advertise.
STREAMS = 100


@dataclass(frozen=True, slots=True)
class Peer:
    """One connection, as a vendor sees it."""

    connection_id: int
    #: The client's certificate in DER, already checked against the simulator's authority.
    certificate: bytes | None
    #: Advertise a new MAX_CONCURRENT_STREAMS now, before the answer in work.
    allow_streams: Callable[[int], None]


def _greet(_: Peer) -> int:
    return STREAMS


def _forget(_: int) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Service:
    """A vendor as it is served: its rules, its protocols, and its interest in connections."""

    vendor: Vendor
    #: ALPN names, best first. A client that agrees on none is disconnected, unless ``http/1.1`` is among them.
    protocols: tuple[str, ...]
    #: Called at the handshake's end; returns how many streams the first SETTINGS frame allows.
    connected: Callable[[Peer], int] = _greet
    #: Called with the connection's id when it is gone.
    disconnected: Callable[[int], None] = _forget
    #: Which faults meet connections and requests; none unless told.
    injector: Injector = field(default_factory=Injector)

"""Which vendors the simulator plays, and how each is served."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from providers.simulator.apns import Apns
from providers.simulator.exchange import Reply, Request
from providers.simulator.fcm import Fcm
from providers.simulator.huawei import Huawei
from providers.simulator.injector import Injector
from providers.simulator.ledger import Ledger
from providers.simulator.service import Peer, Service


class FakeVendor(Protocol):
    """A vendor's rules, and how people prepare it."""

    def __call__(self, request: Request, /) -> Reply:
        """Answer one request."""
        ...

    def set_token(self, token: str, state: str, timestamp_ms: int | None) -> None:
        """Decide a push token's fate; ValueError for a state the vendor does not have."""
        ...

    def write_credentials(self, directory: Path, origin: str) -> dict[str, str]:
        """Write what a client needs to be trusted; return paths and ids."""
        ...


@runtime_checkable
class FollowsConnections(Protocol):
    """A vendor with rules that hold per connection."""

    def connected(self, peer: Peer) -> int:
        """Greet a connection; return how many streams it may open at first."""
        ...

    def disconnected(self, connection_id: int) -> None:
        """Forget a connection."""
        ...


@dataclass(frozen=True, slots=True)
class Kind:
    """One vendor: how its rules are made and which protocols its real front end offers."""

    make: Callable[[Ledger], FakeVendor]
    protocols: tuple[str, ...] = ("h2", "http/1.1")
    client_certificates: bool = False


KINDS: Mapping[str, Kind] = {
    "apns": Kind(Apns, protocols=("h2",), client_certificates=True),
    "fcm": Kind(Fcm),
    "huawei": Kind(Huawei),
}


def service(vendor: FakeVendor, kind: Kind, injector: Injector) -> Service:
    """Return how a vendor is to be served, and what befalls it."""
    if isinstance(vendor, FollowsConnections):
        return Service(vendor, kind.protocols, vendor.connected, vendor.disconnected, injector=injector)
    return Service(vendor, kind.protocols, injector=injector)

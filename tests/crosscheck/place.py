"""All fake vendors on the plain profile, with every APNs request kept as it came."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from providers.simulator.apns import Apns
from providers.simulator.exchange import Reply, Request
from providers.simulator.ledger import Entry, Ledger
from providers.simulator.simulator import Simulator
from providers.simulator.vendors import KINDS
from tests.contract.loop_thread import loop_thread

TOPIC = "com.example.app"


class RecordingApns(Apns):
    """The fake APNs; the ledger has no headers, so the requests are kept too."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self.seen: list[Request] = []

    def __call__(self, request: Request) -> Reply:
        """Answer as the fake APNs does."""
        self.seen.append(request)
        return super().__call__(request)


class Place:
    """Running fake vendors, and what a client needs to talk to them."""

    def __init__(self, simulator: Simulator, apns: RecordingApns) -> None:
        self.simulator, self.apns = simulator, apns
        self.ca_file = simulator.ca_file
        self.credentials = simulator.credentials

    def port(self, vendor: str) -> int:
        """Return a vendor's port."""
        return urlsplit(self.simulator.endpoints[vendor]).port or 0

    def set_token(self, vendor: str, token: str, state: str, timestamp_ms: int | None = None) -> str:
        """Decide a token's fate; return the token."""
        self.simulator.vendors[vendor].set_token(token, state, timestamp_ms)
        return token

    def entries(self, vendor: str) -> list[Entry]:
        """Return the ledger's entries of one vendor, oldest first."""
        return [entry for entry in self.simulator.ledger.entries() if entry.vendor == vendor]

    def outcomes(self, vendor: str) -> dict[str, str]:
        """Return what became of each token that was pushed to exactly once."""
        entries = self.entries(vendor)
        outcomes = {entry.token: entry.outcome for entry in entries}
        assert len(outcomes) == len(entries)
        return outcomes

    def issue_certificate(self, path: Path) -> Path:
        """Write a client certificate for the usual topic with its key; return the path."""
        path.write_bytes(self.simulator.authority.issue_apns_certificate(TOPIC))
        return path

    def forget(self) -> None:
        """Empty the ledger and forget the requests."""
        self.simulator.ledger.clear()
        self.apns.seen.clear()


@contextmanager
def running() -> Iterator[Place]:
    """Run the fake vendors for the length of the block."""
    made: list[RecordingApns] = []

    def make(ledger: Ledger) -> RecordingApns:
        made.append(RecordingApns(ledger))
        return made[-1]

    simulator = Simulator(kinds={**KINDS, "apns": replace(KINDS["apns"], make=make)})
    with loop_thread() as thread:
        thread.run(simulator.start())
        try:
            yield Place(simulator, made[0])
        finally:
            thread.run(simulator.stop())

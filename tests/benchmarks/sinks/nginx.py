"""The sink: an nginx that answers as the three vendors do, too fast to be what is measured, and logs every push."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trustme

from providers.simulator.ledger import Ledger
from providers.simulator.vendors import KINDS
from tests.benchmarks.missing import Missing
from tests.benchmarks.sinks.book import Book
from tests.benchmarks.sinks.configuration import CA, CERTIFICATE, KEY, LOG, MODULE, configuration
from tests.integration.eventually import eventually
from tests.integration.vendors import Vendors
from tests.ports import own_port
from worker.processes import Children

_NAMES = ("localhost", "127.0.0.1", "api.push.apple.com", "fcm.googleapis.com", "oauth2.googleapis.com")


@dataclass(frozen=True, slots=True)
class Sinks:
    """A running nginx: where it plays each vendor, the credentials it takes, and its book."""

    #: Endpoints, ``ca_file`` and credentials by vendor, as the simulator's ready line.
    ready: dict[str, Any]
    book: Book
    pid: int

    @property
    def vendors(self) -> Vendors:
        """The addresses, for a worker's configuration."""
        return Vendors(self.ready)

    def port(self, vendor: str) -> int:
        """Return a vendor's port."""
        return int(self.ready["endpoints"][vendor].rpartition(":")[2])


@contextmanager
def running_sinks(children: Children, folder: Path, *, delay_ms: int = 0, processes: int = 1) -> Iterator[Sinks]:
    """Run the sink for the length of the block; each push is answered after ``delay_ms``.

    Raises:
        Missing: nginx is not here.
    """
    _require()
    folder.mkdir(parents=True)
    ports = {vendor: own_port() for vendor in KINDS}
    _write_certificates(folder)
    text = configuration(folder, ports, delay_ms=delay_ms, processes=processes, is_root=os.geteuid() == 0)
    (folder / "nginx.conf").write_text(text)
    process = children.start(["nginx", "-p", str(folder), "-c", "nginx.conf"], stderr=subprocess.DEVNULL)
    try:
        _await(process, folder)
        yield Sinks(_ready(folder, ports), Book(folder / LOG), process.pid)
    finally:
        children.stop(process)


def _require() -> None:
    if shutil.which("nginx") is None or not MODULE.exists():
        raise Missing("nginx with its echo module is not installed (Debian: apt install nginx-light)")


def _await(process: "subprocess.Popen[bytes]", folder: Path) -> None:
    pid = folder / "nginx.pid"
    eventually(lambda: process.poll() is not None or (pid.exists() and pid.read_text()), deadline_s=10)
    assert process.poll() is None, (folder / "error.log").read_text()


def _write_certificates(folder: Path) -> None:
    authority = trustme.CA()
    leaf = authority.issue_cert(*_NAMES)
    authority.cert_pem.write_to_path(folder / CA)
    leaf.private_key_pem.write_to_path(folder / KEY)
    (folder / CERTIFICATE).write_bytes(b"".join(pem.bytes() for pem in leaf.cert_chain_pems))


def _ready(folder: Path, ports: dict[str, int]) -> dict[str, Any]:
    endpoints = {vendor: f"https://localhost:{port}" for vendor, port in ports.items()}
    credentials = {
        vendor: kind.make(Ledger()).write_credentials(folder, endpoints[vendor]) for vendor, kind in KINDS.items()
    }
    return {"endpoints": endpoints, "ca_file": str(folder / CA), "credentials": credentials}

"""What is left when a flood is over: the account, the log, the metrics, the vendors' books, the worker's memory."""

import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.account import Account
from tests.fuzz.flood import pour
from tests.fuzz.generator import Generator
from tests.fuzz.letters import Letters
from tests.fuzz.log_audit import LogAudit, audited
from tests.fuzz.stage import Stage
from tests.hard.fake_vendors import VENDORS
from tests.integration.deployment import now_ms
from tests.loopback import ask

_PAGE_BYTES = 4096


@dataclass(slots=True, repr=False)
class Aftermath:
    """All that a flood is judged by."""

    account: Account
    base_ms: int
    seconds: float = 0.0
    #: Bytes of memory the worker had in use, after each load.
    resident: list[int] = field(default_factory=list)
    was_alive: bool = False
    #: Entries read and not acknowledged.
    pending: int = 0
    metrics: str = ""
    exit_status: int = -1
    audit: LogAudit = field(default_factory=LogAudit)
    #: By vendor.
    accepted: dict[str, int] = field(default_factory=dict)


def aftermath_of(stage: Stage, seed: int, entries: int) -> Aftermath:
    """Let a flood come; return what it leaves."""
    deployment, started = stage.deployment, time.monotonic()
    found = Aftermath(Account(deployment, Letters(deployment.client, deployment.keys)), now_ms())
    generator, statm = Generator(seed, found.base_ms), Path(f"/proc/{deployment.worker.pid}/statm")
    pour(deployment, generator, entries, found.account, lambda: found.resident.append(_resident(statm)))
    found.seconds = time.monotonic() - started
    found.was_alive = deployment.worker.is_alive
    found.pending = sum(map(deployment.pending, [deployment.keys.events, *deployment.outboxes()]))
    found.metrics = ask("GET", f"http://127.0.0.1:{stage.metrics_port}/metrics", timeout=30).text
    found.accepted = {vendor: int(stage.vendors.statistics(vendor)["accepted"]) for vendor in VENDORS}
    found.exit_status = deployment.worker.stop()
    found.audit = audited(deployment.worker.log_path)
    return found


def _resident(statm: Path) -> int:
    """Return the bytes of memory that a process has in use; 0 without /proc."""
    return int(statm.read_text().split()[1]) * _PAGE_BYTES if statm.exists() else 0

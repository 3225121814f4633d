"""The simulator process as the tests see it: what the vendors accepted, and the fates of tokens."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.integration.eventually import eventually
from worker.processes import Children

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Vendors:
    """Where the fake vendors are: the simulator's ready line."""

    ready: dict[str, Any]

    def requests(self) -> list[dict[str, Any]]:
        """Return the ledger, oldest first."""
        entries: list[dict[str, Any]] = httpx.get(f"{self.ready['control']}/_sim/requests").json()
        return entries

    def pushes_to(self, *tokens: str) -> list[dict[str, Any]]:
        """Return the ledger's entries of these tokens."""
        return [entry for entry in self.requests() if entry["token"] in tokens]

    def reset(self) -> None:
        """Empty the ledger."""
        httpx.post(f"{self.ready['control']}/_sim/reset").raise_for_status()

    def set_token(self, vendor: str, token: str, state: str, timestamp: int | None = None) -> None:
        """Decide a token's fate; ``timestamp`` is milliseconds since 1970, for APNs only."""
        fate = {"vendor": vendor, "token": token, "state": state, "timestamp": timestamp}
        httpx.post(f"{self.ready['control']}/_sim/tokens", json=fate).raise_for_status()

    def rules(self, vendor: str, *rules: Mapping[str, Any]) -> None:
        """Script a vendor's faults from now on; none: it is well."""
        httpx.post(f"{self.ready['control']}/_sim/rules", json={"vendor": vendor, "rules": rules}).raise_for_status()


@contextmanager
def running_vendors(children: Children, directory: Path) -> Iterator[Vendors]:
    """Run the simulator for the length of the block."""
    directory.mkdir(parents=True, exist_ok=True)
    ready = directory / "ready"
    with ready.open("wb") as output:
        command = [sys.executable, "-m", "providers.simulator", "--data-dir", str(directory)]
        process = children.start(command, stdout=output, cwd=ROOT)
    try:
        yield Vendors(json.loads(eventually(ready.read_text, lambda text: text.endswith("\n"), 30)))
    finally:
        children.stop(process)

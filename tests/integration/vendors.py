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
from tests.loopback import ask
from worker.processes import Children

ROOT = Path(__file__).parents[2]
#: The simulator answers its tests and the workers on one loop, and its book may be long.
_PATIENCE_S = 60


@dataclass(frozen=True, slots=True)
class Vendors:
    """Where the fake vendors are: the simulator's ready line."""

    ready: dict[str, Any]

    def requests(self) -> list[dict[str, Any]]:
        """Return the ledger, oldest first."""
        entries: list[dict[str, Any]] = self._ask("GET", "requests").json()
        return entries

    def pushes_to(self, *tokens: str) -> list[dict[str, Any]]:
        """Return the ledger's entries of these tokens."""
        return [entry for entry in self.requests() if entry["token"] in tokens]

    def reset(self) -> None:
        """Empty the ledger."""
        self._ask("POST", "reset")

    def set_token(self, vendor: str, token: str, state: str, timestamp: int | None = None) -> None:
        """Decide a token's fate; ``timestamp`` is milliseconds since 1970, for APNs only."""
        fate = {"vendor": vendor, "token": token, "state": state, "timestamp": timestamp}
        self._ask("POST", "tokens", fate)

    def rules(self, vendor: str, *rules: Mapping[str, Any]) -> None:
        """Script a vendor's faults from now on; none: it is well."""
        self._ask("POST", "rules", {"vendor": vendor, "rules": rules})

    def attempts(self, vendor: str) -> int:
        """Return how many requests a vendor has seen."""
        return int(self._ask("GET", "statistics").json()[vendor]["attempts"])

    def _ask(self, method: str, name: str, body: Any = None) -> httpx.Response:
        url = f"{self.ready['control']}/_sim/{name}"
        return ask(method, url, json=body, timeout=_PATIENCE_S).raise_for_status()


@contextmanager
def running_vendors(children: Children, directory: Path) -> Iterator[Vendors]:
    """Run the simulator for the length of the block."""
    directory.mkdir(parents=True, exist_ok=True)
    ready = directory / "ready"
    with ready.open("wb") as output:
        command = [sys.executable, "-m", "providers.simulator", "--data-dir", str(directory)]
        process = children.start(command, stdout=output, cwd=ROOT)
    try:
        yield Vendors(json.loads(eventually(ready.read_text, lambda text: text.endswith("\n"), 60)))
    finally:
        children.stop(process)

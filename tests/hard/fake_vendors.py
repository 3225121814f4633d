"""The fake vendors in a process of their own, and our adapters as production makes them for these addresses."""

import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from pydantic import TypeAdapter

from providers.base import Provider
from tests.integration.configuration import NOTIFIERS, channels_of
from tests.integration.eventually import eventually
from tests.integration.vendors import ROOT, Vendors
from tests.loopback import PLAIN, ask
from worker.channels import provider_of
from worker.config_channels import Channel
from worker.processes import Children

VENDORS = tuple(NOTIFIERS)
_CHANNEL: TypeAdapter[Any] = TypeAdapter(Channel)


@dataclass(frozen=True, slots=True)
class FakeVendors(Vendors):
    """A running simulator: its addresses, its books and its faults."""

    def endpoint(self, vendor: str) -> str:
        """Return scheme, host and port of a vendor."""
        return str(self.ready["endpoints"][vendor])

    def port(self, vendor: str) -> int:
        """Return a vendor's port."""
        return int(self.endpoint(vendor).rpartition(":")[2])

    def set_tokens(self, vendor: str, states: dict[str, str]) -> None:
        """Decide the fates of many tokens."""
        with httpx.Client(base_url=self._control, timeout=60, verify=PLAIN, trust_env=False) as client:
            for token, state in states.items():
                fate = {"vendor": vendor, "token": token, "state": state}
                client.post("/_sim/tokens", json=fate).raise_for_status()

    def statistics(self, vendor: str) -> dict[str, Any]:
        """Return a vendor's counts."""
        counts: dict[str, Any] = self._get("statistics").json()[vendor]
        return counts

    def tries(self, vendor: str) -> dict[str, dict[str, Any]]:
        """Return token -> attempts, accepted and lost answers of the one message that a test sends to it."""
        rows: list[dict[str, Any]] = self._get("attempts", vendor=vendor).json()
        by_token = {row["token"]: row for row in rows}
        assert len(by_token) == len(rows), "a repeat was not the same message"
        return by_token

    @property
    def _control(self) -> str:
        return str(self.ready["control"])

    def _get(self, name: str, **query: str) -> httpx.Response:
        return ask("GET", f"{self._control}/_sim/{name}", params=query, timeout=60).raise_for_status()


@contextmanager
def fake_vendors(children: Children, directory: Path, *options: str) -> Iterator[FakeVendors]:
    """Run the simulator for the length of the block."""
    directory.mkdir(parents=True)
    ready = directory / "ready"
    with ready.open("wb") as output:
        command = [sys.executable, "-m", "providers.simulator", "--data-dir", str(directory), *options]
        process = children.start(command, stdout=output, cwd=ROOT)
    try:
        yield FakeVendors(json.loads(eventually(ready.read_text, lambda text: text.endswith("\n"), 60)))
    finally:
        children.stop(process)


@asynccontextmanager
async def adapter(vendors: FakeVendors, vendor: str, **members: Any) -> AsyncIterator[Provider]:
    """Give the adapter of a vendor's channel; ``members`` change the channel's configuration."""
    table = channels_of(vendors)[NOTIFIERS[vendor]]
    provider = provider_of(_CHANNEL.validate_python({**table, **members}))
    try:
        yield provider
    finally:
        await provider.aclose()

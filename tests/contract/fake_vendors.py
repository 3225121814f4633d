"""The fake vendors on their plain profile, in process: what they did to a push, and what they know of it."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import msgspec

from providers.simulator.fcm import Fcm
from providers.simulator.huawei import Huawei
from providers.simulator.ledger import ACCEPTED, Entry
from providers.simulator.rules import Rule as ScriptedRule
from providers.simulator.simulator import Simulator
from providers.simulator.vendors import KINDS, Kind
from tests.contract.behaviours import Rule
from tests.contract.loop_thread import loop_thread

TOPIC = "com.example.app"


class Clock:
    """The vendors' clock: the machine's, and what a test adds to it."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> float:
        """Return seconds since 1970."""
        return time.time() + self.ahead_s


@dataclass(frozen=True, slots=True)
class FakeVendors:
    """Running fake vendors."""

    simulator: Simulator
    #: By which FCM and Huawei let access tokens expire.
    clock: Clock

    def script(self, vendor: str, *rules: Rule) -> None:
        """Replace one vendor's script, and forget its counts."""
        injector = self.simulator.injectors[vendor]
        injector.reset()
        injector.put_script(msgspec.convert(rules, tuple[ScriptedRule, ...]))

    def hits(self, vendor: str) -> int:
        """Return how often the rules of the script struck."""
        return sum(rule["hits"] for rule in self.simulator.injectors[vendor].script()["rules"])

    def seen(self, vendor: str, token: str) -> int:
        """Return how many whole requests named this device since the script was put."""
        rows = self.simulator.injectors[vendor].attempts.rows(token, 0, None)
        return sum(row["attempts"] for row in rows)

    def entries(self, token: str) -> Sequence[Entry]:
        """Return what the vendors wrote about a device."""
        return [entry for entry in self.simulator.ledger.entries() if entry.token == token]

    def taken(self, token: str) -> int:
        """Return how many pushes to a device were accepted."""
        return sum(entry.outcome == ACCEPTED for entry in self.entries(token))

    def token_calls(self, vendor: str) -> int:
        """Return how often the vendor's own token address decided about a request."""
        calls: int = getattr(self.simulator.vendors[vendor], "token_calls", 0)
        return calls

    @contextmanager
    def tokens_of(self, vendor: str, *, seconds: int) -> Iterator[None]:
        """Let access tokens live so long; at the end all is as before, the clock too."""
        found = self.simulator.vendors[vendor]
        assert isinstance(found, Fcm | Huawei)
        usual, found.expires_in = found.expires_in, seconds
        try:
            yield
        finally:
            found.expires_in, self.clock.ahead_s = usual, 0.0

    def set_token(self, vendor: str, token: str, state: str, timestamp_ms: int | None = None) -> None:
        """Decide a device's fate."""
        self.simulator.vendors[vendor].set_token(token, state, timestamp_ms)

    def credential(self, vendor: str, name: str) -> str:
        """Return a path or an id of a vendor's ready-made credentials."""
        return self.simulator.credentials[vendor][name]


@contextmanager
def fake_vendors() -> Iterator[FakeVendors]:
    """Run the fake vendors."""
    clock = Clock()
    clocked = {"fcm": Kind(partial(Fcm, clock=clock)), "huawei": Kind(partial(Huawei, clock=clock))}
    simulator = Simulator(kinds={**KINDS, **clocked})
    with loop_thread() as thread:
        thread.run(simulator.start())
        try:
            yield FakeVendors(simulator, clock)
        finally:
            thread.run(simulator.stop())

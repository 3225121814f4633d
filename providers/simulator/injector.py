"""Which faults meet the connections and requests of one vendor, and the books about what came of them."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from providers.simulator.addresses import Address, Reader, nobody
from providers.simulator.attempts import Attempts
from providers.simulator.exchange import Reply, Request
from providers.simulator.faults import Decisive, Fault, GoAway, OnConnect, OnRequest, Settings
from providers.simulator.ledger import ACCEPTED, Entry, Ledger, Written
from providers.simulator.rules import Rule, Script
from providers.simulator.traffic import Traffic

#: What may follow an answer.
Aftermath = Settings | GoAway


class Source(Protocol):
    """Something that has faults for requests."""

    def on_request(self, request: Request, address: Address) -> Iterable[OnRequest]:
        """Return the faults that this request meets."""
        ...

    def disconnected(self, connection_id: int) -> None:
        """Forget a connection."""
        ...


class Weather(Source, Protocol):
    """A vendor's habits that depend on what went before, such as a quota."""

    def on_answer(self, request: Request, reply: Reply, streams: int) -> Iterable[Aftermath]:
        """Return what follows this answer; ``streams`` is the connection's limit now."""
        ...


class Injector:
    """Scripted rules first, then the profile's weather. Made without arguments it never interferes.

    Args:
        ledger: the vendor's, in which lost answers are marked.
        reader: how the vendor's requests name their devices.
        climate: the rules of the profile, and their seed.
        weather: the habits of the profile.
        idle_s: after so many idle seconds a connection is sent away; None never.
    """

    def __init__(
        self,
        ledger: Ledger | None = None,
        reader: Reader = nobody,
        climate: Script | None = None,
        weather: Sequence[Weather] = (),
        idle_s: float | None = None,
    ) -> None:
        self.traffic, self.attempts, self.idle_s = Traffic(), Attempts(), idle_s
        self._ledger = Ledger() if ledger is None else ledger
        self._reader, self._weather = reader, weather
        self._script, self._climate = Script(), climate or Script()

    def put_script(self, rules: tuple[Rule, ...] = (), seed: int = 0) -> None:
        """Replace the scripted rules; their counts begin anew."""
        self._script = Script(rules, seed)

    def script(self) -> dict[str, Any]:
        """Return the scripted rules with their hits, as plain data for JSON."""
        return self._script.as_data()

    def reset(self) -> None:
        """Forget the scripted rules and every count. The profile stays."""
        self.put_script()
        self.attempts.clear()
        self.traffic.clear()

    def on_connect(self) -> OnConnect | None:
        """Return what becomes of a new connection before TLS, or None."""
        fault = self._script.on_connect() or self._climate.on_connect()
        self._count(fault)
        return fault

    def address(self, request: Request) -> Address:
        """Count the attempt of a whole request, and return whom it is for."""
        address = self._reader(request)
        self.attempts.tried(address.tokens, address.message)
        return address

    def on_request(self, request: Request, address: Address) -> list[OnRequest]:
        """Return the faults that a whole request meets: at most one decisive one, and it is the last."""
        met: list[OnRequest] = []
        for source in self._sources():
            for fault in source.on_request(request, address):
                self._count(fault)
                met.append(fault)
                if isinstance(fault, Decisive):
                    return met
        return met

    def on_answer(self, request: Request, reply: Reply, streams: int) -> list[Aftermath]:
        """Return what the weather does after an answer."""
        met = [fault for habit in self._weather for fault in habit.on_answer(request, reply, streams)]
        for fault in met:
            self._count(fault)
        return met

    def disconnected(self, connection_id: int) -> None:
        """Forget a connection."""
        for source in self._sources():
            source.disconnected(connection_id)
        self.traffic.disconnected(connection_id)

    def position(self) -> int:
        """Return where the next entry of the ledger will be."""
        return len(self._ledger)

    def processed(self, address: Address, start: int) -> Written:
        """Count what the vendor accepted of a request whose entries begin at ``start``."""
        written = self._ledger.written(start)
        for entry in self._accepted(written):
            self.attempts.of(entry.token, address.message).accepted += 1
        return written

    def answer_lost(self, address: Address, written: Written) -> None:
        """Note that the client of a processed request will never see its answer."""
        for entry in self._accepted(written):
            self.attempts.of(entry.token, address.message).answers_lost += 1
        self._ledger.lose_answers(written)

    def _sources(self) -> tuple[Source, ...]:
        return self._script, self._climate, *self._weather

    def _accepted(self, written: Written) -> list[Entry]:
        return [entry for entry in self._ledger.of(written) if entry.outcome == ACCEPTED]

    def _count(self, fault: Fault | None) -> None:
        if fault is not None:
            self.traffic.faults[str(fault.__struct_config__.tag)] += 1

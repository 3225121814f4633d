"""The wire to a vendor: one POST, and an exact word on whether the vendor can have seen it."""

import asyncio
import ssl
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from providers.credentials import CredentialError, check_identity, load_ca
from providers.slots import Slots
from providers.wire import Headers, Outcome, Wire, Wires
from providers.wire_http2 import Http2Wires, is_origin
from providers.wire_outcome import Ambiguous, Answer, NotSent, Returned
from providers.wire_pyreqwest import ReqwestWires, Speech, check_proxy

__all__ = ["Ambiguous", "Answer", "Http", "NotSent", "Transport"]


class Http(str, Enum):
    """How the protocol is agreed on."""

    #: HTTP/2 only.
    HTTP2 = "http2"
    #: ALPN, for hosts that may know HTTP/1.1 only.
    NEGOTIATE = "negotiate"


# A name is resolved only when a connection is made, so an address change reaches only a new one.
_LIFE_S: Final = 3600.0
#: The end of a generation whose kind of wire has turned out to be the wrong one.
_AT_ONCE: Final = 0.0
#: How often what a connection gave back unprocessed goes to another one.
_RESENDS: Final = 2


@dataclass(slots=True)
class _Generation:
    """Wires of one age; they are closed when their successors are made and the last request has ended."""

    maker: Wires
    slots: Slots
    ends_at: float
    widen_by: int
    wires: list[Wire] = field(default_factory=list)
    retired: bool = False

    async def close(self) -> None:
        """Close every wire."""
        for wire in self.wires:
            await wire.close()

    async def close_if_unused(self) -> None:
        """Close every wire if nobody has a slot."""
        if self.slots.are_free:
            await self.close()


class Transport:
    """One origin's connections: one per channel and event loop, made after fork.

    Direct HTTP/2 is our own (``providers.http2``); a proxy, and a host that agrees on HTTP/1.1, is pyreqwest's. Through
    a proxy a request's total time-out is indistinguishable from a processed request, so a ``deadline`` should be longer
    than ``connect_timeout``: then a connect that hangs is NotSent instead of Ambiguous.

    Args:
        origin: scheme, host and port: ``https://api.push.apple.com:443``.
        http: HTTP/2 only, or negotiated.
        ca_file: PEM file of authorities to trust besides the system's.
        identity_pem: client certificate and key as ``providers.credentials.identity_of`` returns them.
        proxy: URL of a CONNECT proxy, which may hold a user and password. The environment's proxies are ignored.
        connect_timeout: seconds for DNS, TCP, TLS and the server's SETTINGS.
        max_in_flight: further requests wait here, where they are still provably unsent.
        streams: requests on one connection before another is opened. Google's front ends take 100; through a proxy,
            what is above a server's limit waits where a time-out cannot tell it from a request that was sent.
        unkept: names of headers that the vendor shall not keep in a connection's table; pyreqwest decides for itself.

    Raises:
        CredentialError: ``ca_file`` or ``identity_pem`` is unusable.
        ValueError: ``proxy`` is no proxy's URL.
    """

    def __init__(
        self,
        origin: str,
        *,
        http: Http = Http.HTTP2,
        ca_file: str | None = None,
        identity_pem: bytes | None = None,
        proxy: str | None = None,
        connect_timeout: float = 5.0,
        max_in_flight: int = 400,
        streams: int = 100,
        unkept: Collection[str] = (),
    ) -> None:
        self._ca_pem = load_ca(ca_file) if ca_file else None
        if identity_pem:
            check_identity(identity_pem)
        if proxy:
            check_proxy(proxy)
        self._origin = origin
        self._http = http
        self._identity_pem = identity_pem
        self._proxy = proxy
        self._connect_timeout = connect_timeout
        self._max_in_flight = max_in_flight
        self._streams = streams
        self._first_wires = self._wires = self._chosen(unkept)
        self._generation: _Generation | None = None
        #: Generations that may still have requests in flight.
        self._old: list[_Generation] = []
        #: Of the loop, which takes a system call to ask for, before Python 3.12.
        self._clock: Callable[[], float] | None = None
        self._last_lasting: Headers = ()
        self._closed = False

    async def post(
        self,
        path: str,
        headers: Headers,
        body: bytes,
        deadline: float,
        lasting: Headers = (),
    ) -> Answer | NotSent | Ambiguous:
        """Send once and say what became of it; never raise for what a network can do.

        Nothing that a vendor can have processed is sent again. What it refused unread (REFUSED_STREAM, a GOAWAY without
        an error below it) or what had not left when a connection ended is sent again, twice at most.

        Cancelling calls a request back that is on its way, which a vendor may be too late to heed; through a proxy it
        only returns: wait for the result, then ``aclose``.

        Args:
            path: absolute and already escaped: ``/3/device/00ff``.
            headers: name in lower case and value; values of visible ASCII and blanks, anything else is NotSent.
            body: the whole body.
            deadline: seconds from now for everything: waiting, connecting and the answer.
            lasting: headers that come again and again: what is the same object as the last time is looked at once.
        """
        if bad := _unsendable(headers) or self._unsendable_lasting(lasting):
            return NotSent(f"header {bad} is not visible ASCII")
        if self._clock is None:
            self._clock = asyncio.get_running_loop().time
        now = self._clock()
        ends_at = now + deadline
        cause = "deadline had passed"
        for _ in range(1 + _RESENDS):
            if self._closed:
                return NotSent("transport is closed")
            if now >= ends_at:
                break
            generation = self._with_slot(now) or await self._with_next_slot(now, ends_at)
            if generation is None:
                return NotSent("deadline passed before a free slot")
            wire = self._least_loaded(generation)
            wire.in_flight += 1
            try:
                request = wire.post(path, headers, body, ends_at, lasting)
                outcome = await request
            except asyncio.CancelledError:
                wire.withdraw(request)
                raise
            finally:
                wire.in_flight -= 1
                generation.slots.give()
                if generation.retired:
                    await generation.close_if_unused()
            self._learn(generation, wire, outcome)
            if not isinstance(outcome, Returned):
                return outcome
            cause, now = outcome.cause, self._clock()
        return NotSent(cause)

    async def aclose(self) -> None:
        """Close the connections. Requests still in flight end as Ambiguous, later ones as NotSent."""
        self._closed = True
        generations = [*self._old, self._generation] if self._generation else self._old
        for generation in generations:
            await generation.close()
        for generation in generations:
            for wire in generation.wires:
                await wire.wait_closed()

    def _unsendable_lasting(self, lasting: Headers) -> str | None:
        if lasting is self._last_lasting:
            return None
        bad = _unsendable(lasting)
        if not bad:
            self._last_lasting = lasting
        return bad

    def _with_slot(self, now: float) -> _Generation | None:
        """Take a slot if there is one at once, which is nearly always; return the generation it is of."""
        generation = self._generation
        return generation if generation and now < generation.ends_at and generation.slots.take() else None

    async def _with_next_slot(self, now: float, ends_at: float) -> _Generation | None:
        """Wait for a slot of the present generation, which may have to be made first; None: there was none in time."""
        generation = self._generation
        if generation is None or now >= generation.ends_at:
            generation = await self._renewed(generation)
        return generation if generation.slots.take() or await generation.slots.wait(ends_at) else None

    def _learn(self, generation: _Generation, wire: Wire, outcome: Outcome) -> None:
        """Let more be in flight once one was answered; change to wires of another kind if these are the wrong ones."""
        if generation.widen_by and isinstance(outcome, Answer):
            generation.slots.add(generation.widen_by)
            generation.widen_by = 0
        if generation is self._generation and (wires := generation.maker.after(wire, outcome)):
            self._wires, generation.ends_at = wires, _AT_ONCE

    async def _renewed(self, old: _Generation | None) -> _Generation:
        """Begin a generation: the first one, after an hour, or because another kind of wire is called for."""
        if old and old.ends_at != _AT_ONCE:
            self._wires = self._first_wires
        first = 1 if self._wires.is_cautious else self._max_in_flight
        ends_at = asyncio.get_running_loop().time() + _LIFE_S
        made = _Generation(self._wires, Slots(first), ends_at, widen_by=self._max_in_flight - first)
        self._generation = made
        if old:
            self._old = [*(each for each in self._old if not each.slots.are_free), old]
            old.retired = True
            await old.close_if_unused()
        return made

    def _least_loaded(self, generation: _Generation) -> Wire:
        """Return the open wire with the fewest requests; make another when each is as full as servers allow."""
        wires, found, least = generation.wires, None, self._streams
        for wire in wires:
            if wire.in_flight < least and wire.is_open:
                found, least = wire, wire.in_flight
        if found:
            return found
        generation.wires = [wire for wire in wires if wire.in_flight or not wire.is_gone]
        generation.wires.append(generation.maker.make())
        return generation.wires[-1]

    def _chosen(self, unkept: Collection[str]) -> Wires:
        if self._proxy or not is_origin(self._origin):
            return self._by_pyreqwest(Speech.HTTP2 if self._http is Http.HTTP2 else Speech.AGREED)
        try:
            return Http2Wires(
                self._origin,
                ca_pem=self._ca_pem,
                identity_pem=self._identity_pem,
                connect_timeout=self._connect_timeout,
                unkept=unkept,
                http1=None if self._http is Http.HTTP2 else lambda: self._by_pyreqwest(Speech.HTTP1),
            )
        except ssl.SSLError as error:
            # Never its text: what it quotes could be anything.
            raise CredentialError("the TLS library refuses the client certificate or ca_file") from error

    def _by_pyreqwest(self, speech: Speech) -> Wires:
        return ReqwestWires(self._origin, speech, self._ca_pem, self._identity_pem, self._proxy, self._connect_timeout)


def _unsendable(headers: Headers) -> str | None:
    """Return the name of the first header whose value HTTP cannot carry, or None."""
    together = "".join([value for _, value in headers])
    if together.isascii() and together.isprintable():
        return None
    for name, value in headers:
        if not (value.isascii() and value.isprintable()):
            return name
    return None

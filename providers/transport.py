"""The wire to a vendor: one POST, and an exact word on whether the vendor can have seen it."""

import asyncio
import ssl
from collections.abc import Callable, Collection, Coroutine
from enum import Enum
from typing import Any, Final

from providers.attempt import Attempt, Ended, Tell
from providers.credentials import CredentialError, check_identity, load_ca
from providers.generation import Generation
from providers.slots import Slots
from providers.wire import Headers, Wire, Wires, unsendable
from providers.wire_http2 import Http2Wires, is_origin
from providers.wire_outcome import Ambiguous, Answer, NotSent, Outcome, Returned
from providers.wire_pyreqwest import ReqwestWires, Speech, check_proxy

__all__ = ["Ambiguous", "Answer", "Http", "NotSent", "Tell", "Transport"]


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
        self._generation: Generation | None = None
        #: Generations that may still have requests in flight.
        self._old: list[Generation] = []
        #: Of the loop, which takes a system call to ask for, before Python 3.12.
        self._clock: Callable[[], float] | None = None
        self._last_lasting: Headers = ()
        self._ended = Ended(self._take_back)
        #: The loop holds tasks weakly; this keeps them.
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    async def post(
        self,
        path: str,
        headers: Headers,
        body: bytes,
        deadline: float,
        lasting: Headers = (),
        *,
        resends: int = _RESENDS,
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
            resends: how often at most it is sent again.
        """
        if bad := unsendable(headers) or self._unsendable_lasting(lasting):
            return NotSent(f"header {bad} is not visible ASCII")
        if self._clock is None:
            self._clock = asyncio.get_running_loop().time
        now = self._clock()
        ends_at = now + deadline
        cause = "deadline had passed"
        for _ in range(1 + resends):
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

    def begin(
        self,
        path: str,
        headers: Headers,
        body: bytes,
        deadline: float,
        tell: Tell,
        lasting: Headers = (),
    ) -> bool:
        """Begin what ``post`` does, without a task; return False if something has to be waited for before.

        ``tell`` is given what ``post`` would return, once, in a later turn of the loop. Nobody can call it back.
        """
        if self._closed or deadline <= 0 or unsendable(headers) or self._unsendable_lasting(lasting):
            return False
        now = asyncio.get_running_loop().time() if self._clock is None else self._clock()
        generation = self._with_slot(now)
        if generation is None:
            return False
        wire, ends_at = self._least_loaded(generation), now + deadline
        attempt = Attempt((path, headers, body, ends_at, lasting), generation, wire, tell, self._ended)
        if wire.begin(path, headers, body, ends_at, attempt, lasting):
            wire.in_flight += 1
            return True
        generation.slots.give()
        return False

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
        bad = unsendable(lasting)
        if not bad:
            self._last_lasting = lasting
        return bad

    def _with_slot(self, now: float) -> Generation | None:
        """Take a slot if there is one at once, which is nearly always; return the generation it is of."""
        generation = self._generation or self._made()
        return generation if now < generation.ends_at and generation.slots.take() else None

    async def _with_next_slot(self, now: float, ends_at: float) -> Generation | None:
        """Wait for a slot of the present generation, which may have to be made first; None: there was none in time."""
        generation = self._generation or self._made()
        if now >= generation.ends_at:
            generation = await self._renewed(generation)
        return generation if generation.slots.take() or await generation.slots.wait(ends_at) else None

    def _take_back(self, attempt: Attempt) -> None:
        """Free what an attempt took, and tell its outcome or send again."""
        generation, wire, outcome = attempt.generation, attempt.wire, attempt.outcome
        wire.in_flight -= 1
        generation.slots.give()
        if generation.retired:
            self._keep(generation.close_if_unused())
        # Of our own wire: its answers show no more than that it works.
        if generation.widen_by or type(outcome) is not Answer:
            self._learn(generation, wire, outcome)
        if isinstance(outcome, Returned):
            self._keep(self._resend(attempt))
        else:
            attempt.tell(outcome)

    async def _resend(self, attempt: Attempt) -> None:
        path, headers, body, ends_at, lasting = attempt.request
        left = ends_at - asyncio.get_running_loop().time()
        attempt.tell(await self.post(path, headers, body, left, lasting, resends=_RESENDS - 1))

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _learn(self, generation: Generation, wire: Wire, outcome: Outcome) -> None:
        """Let more be in flight once one was answered; change to wires of another kind if these are the wrong ones."""
        if generation.widen_by and isinstance(outcome, Answer):
            generation.slots.add(generation.widen_by)
            generation.widen_by = 0
        if generation is self._generation and (wires := generation.maker.after(wire, outcome)):
            self._wires, generation.ends_at = wires, _AT_ONCE

    async def _renewed(self, old: Generation) -> Generation:
        """Begin another generation: after an hour, or because another kind of wire is called for."""
        if old.ends_at != _AT_ONCE:
            self._wires = self._first_wires
        made = self._made()
        self._old = [*(each for each in self._old if not each.slots.are_free), old]
        old.retired = True
        await old.close_if_unused()
        return made

    def _made(self) -> Generation:
        first = 1 if self._wires.is_cautious else self._max_in_flight
        ends_at = asyncio.get_running_loop().time() + _LIFE_S
        self._generation = Generation(self._wires, Slots(first), ends_at, widen_by=self._max_in_flight - first)
        return self._generation

    def _least_loaded(self, generation: Generation) -> Wire:
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

"""The requests of one connection: each on its way through its faults, to the vendor, and back."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from providers.simulator.addresses import Address
from providers.simulator.codec import Arrived, Codec
from providers.simulator.effects import EFFECTS
from providers.simulator.exchange import Reply, Request
from providers.simulator.faults import GoAway, Settings, error_number
from providers.simulator.ledger import Written
from providers.simulator.outlet import Outlet
from providers.simulator.service import Service

_IDLE = GoAway(debug={"reason": "IdleTimeout"})
#: Answers remembered for each connection: more than a client has in flight.
_ANSWERED_AT_MOST = 2000
#: What was answered so many seconds before the client went silent may not have been read.
_UNREAD_S = 5.0


@dataclass(slots=True)
class Turn:
    """One request and what became of it so far."""

    key: int
    request: Request
    address: Address
    delay_s: float = 0.0
    trickle_s: float | None = None
    data_frames: int = 1
    #: Whether a new stream limit is announced behind the answer, and which.
    is_late: bool = False
    late_streams: int | None = None
    #: A fault has taken the request out of the vendor's hands.
    is_decided: bool = False
    #: What the vendor has written; its answer has still to be given, or read.
    written: Written | None = None
    #: On the loop's clock.
    answered_at: float = 0.0


class Turns:
    """Serves one connection: it knows the protocol and the way out, but no socket."""

    def __init__(self, service: Service, codec: Codec, outlet: Outlet, connection_id: int) -> None:
        self.codec, self._outlet, self._id = codec, outlet, connection_id
        self._vendor, self._injector = service.vendor, service.injector
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[int, Turn] = {}
        #: Answered lately: the client may still say that it gave up before it read the answer.
        self._answered: dict[int, Turn] = {}
        self._timers: set[asyncio.TimerHandle] = set()
        self._in_work: Turn | None = None
        #: The highest stream that was acted upon: what GOAWAY must name.
        self._highest = 0
        self._last_heard = self._loop.time()
        self._injector.traffic.connected(connection_id, codec.count)
        self._watch_idleness()

    def receive(self, data: bytes) -> None:
        """Take bytes from the client and serve what they complete."""
        self._last_heard = self._loop.time()
        self.codec.receive(data)
        for key in self.codec.given_up():
            if (turn := self._answered.pop(key, None)) is not None:
                self._lose(turn)
        if not self._outlet.is_over:
            self._serve()

    def flush(self) -> None:
        """Write what the protocol has to say; hang up when it says so."""
        self._outlet.write(self.codec.take_output())
        if self.codec.closing:
            self._outlet.close()
            self._lose_all()

    def allow_streams(self, streams: int) -> None:
        """Announce a limit now, or behind the answer in work if that is its fault."""
        if self._in_work is not None and self._in_work.is_late:
            self._in_work.late_streams = streams
        else:
            self.codec.allow_streams(streams)
            self.flush()

    def lost(self) -> None:
        """Note that the connection is gone, and with it every answer that was not given."""
        for timer in self._timers:
            timer.cancel()
        self._lose_all()
        if self._outlet.is_behind:
            self._lose_latest()
        self._injector.disconnected(self._id)

    def process(self, turn: Turn) -> Reply:
        """Let the vendor decide."""
        self._highest = max(self._highest, turn.key)
        self._in_work, start = turn, self._injector.position()
        reply = self._vendor(turn.request)
        self._in_work, turn.written = None, self._injector.processed(turn.address, start)
        return reply

    def answer(self, turn: Turn, reply: Reply) -> None:
        """Give an answer, when its delay is over."""
        if turn.delay_s:
            self._waiting[turn.key] = turn
            self._later(turn.delay_s, lambda: self._answer_late(turn, reply))
        else:
            self._give(turn, reply)

    def swallow(self, turn: Turn, *, after_processing: bool) -> None:
        """Give no answer, to a request that the vendor has or has not seen."""
        if after_processing:
            self.process(turn)
            self._lose(turn)

    def reset(self, turn: Turn, code: int) -> None:
        """Answer with an error of the stream."""
        self._highest = max(self._highest, turn.key)
        self.codec.reset(turn.key, code)

    def go_away(self, fault: GoAway, refused: Turn | None = None) -> None:
        """Send GOAWAY and end as it says; ``refused`` is a request that is not processed for it."""
        if refused is not None and refused.key <= self._highest:
            # The last stream would claim it: only its own reset says that it was not processed.
            self.reset(refused, error_number("REFUSED_STREAM"))
        debug = fault.debug if isinstance(fault.debug, str) else json.dumps(fault.debug)
        self.codec.go_away(self._highest, error_number(fault.code), debug.encode())
        if fault.end == "drain":
            self._later(fault.drain_s, self._hang_up)
        else:
            self.cut(reset=fault.end == "rst")

    def cut(self, *, reset: bool) -> None:
        """End the connection without a word, behind the answers that were given."""
        is_read = (lambda: self.codec.is_heard) if self.codec.knock() else None
        self._outlet.write(self.codec.take_output())
        self._outlet.cut(reset=reset, is_read=is_read, unread=self._lose_latest)
        self._lose_all()

    def _serve(self) -> None:
        for arrived in self.codec.requests():
            self._take(arrived)
            if self._outlet.is_over:
                return
        self.flush()

    def _take(self, arrived: Arrived) -> None:
        request = Request(*arrived.parts, connection_id=self._id, at=time.time())
        turn = Turn(arrived.key, request, self._injector.address(request))
        for fault in self._injector.on_request(request, turn.address):
            EFFECTS[type(fault)](self, turn, fault)
        if not turn.is_decided:
            self.answer(turn, self.process(turn))

    def _answer_late(self, turn: Turn, reply: Reply) -> None:
        del self._waiting[turn.key]
        self._give(turn, reply)
        if not self._outlet.is_over:
            self._serve()

    def _give(self, turn: Turn, reply: Reply) -> None:
        if self._outlet.is_over or not self.codec.is_open(turn.key):
            self._lose(turn)
            return
        self._highest = max(self._highest, turn.key)
        self.codec.reply(turn.key, reply, turn.data_frames)
        self._remember(turn)
        self._follow_up(turn, reply)
        if turn.trickle_s is not None:
            self._outlet.trickle(self.codec.take_output(), turn.trickle_s)

    def _follow_up(self, turn: Turn, reply: Reply) -> None:
        if turn.late_streams is not None:
            self.codec.allow_streams(turn.late_streams)
        for fault in self._injector.on_answer(turn.request, reply, self.codec.streams):
            match fault:
                case Settings(streams=streams):
                    self.codec.allow_streams(streams)
                case GoAway():
                    self.go_away(fault)

    def _remember(self, turn: Turn) -> None:
        turn.answered_at = self._loop.time()
        self._answered[turn.key] = turn
        if len(self._answered) > _ANSWERED_AT_MOST:
            del self._answered[next(iter(self._answered))]

    def _lose_latest(self) -> None:
        """Count the latest answers as lost: the client was cut off before it said that it had read them."""
        since = self._loop.time() - _UNREAD_S
        for turn in self._answered.values():
            if turn.answered_at >= since:
                self._lose(turn)

    def _lose(self, turn: Turn) -> None:
        if turn.written is not None:
            self._injector.answer_lost(turn.address, turn.written)
            turn.written = None

    def _lose_all(self) -> None:
        for turn in self._waiting.values():
            self._lose(turn)

    def _hang_up(self) -> None:
        self.codec.closing = True
        self.flush()

    def _watch_idleness(self) -> None:
        if (patience := self._injector.idle_s) is None or self._outlet.is_over:
            return
        left = self._last_heard + patience - self._loop.time()
        if left <= 0 and not self.codec.now_open:
            self.go_away(_IDLE)
            self.flush()
        else:
            self._later(max(left, patience / 4), self._watch_idleness)

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        handle: asyncio.TimerHandle

        def fire() -> None:
            self._timers.discard(handle)
            act()

        handle = self._loop.call_later(seconds, fire)
        self._timers.add(handle)

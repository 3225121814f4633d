"""A connection as the protocol sees it: bytes of the server in, outcomes of requests out; no socket and no clock."""

from collections.abc import Collection, Iterator
from typing import Final

from providers.http2 import frames
from providers.http2.answers import LONGEST_LIST, Malformed, read
from providers.http2.encoder import Encoder
from providers.http2.errors import Code, ProtocolError, name_of
from providers.http2.exchange import Exchange
from providers.http2.frames import ACK, END_STREAM
from providers.http2.reading import Reading, unpadded
from providers.http2.sending import Sending
from providers.wire_outcome import NotSent, Returned

#: Longer bodies are cut: their status stays, their stream is cancelled. Vendors' answers have a few hundred bytes.
LONGEST_BODY: Final = 1_000_000
#: What a server may send on a stream and on the connection before it hears from us again. A stream's is more than the
#: longest body, so a stream needs no WINDOW_UPDATE.
_STREAM_WINDOW: Final = 2 * 1024 * 1024
_WINDOW: Final = 16 * 1024 * 1024
_SETTINGS: Final = (
    # So that a header block means the same whatever came before it.
    (frames.HEADER_TABLE_SIZE, 0),
    (frames.ENABLE_PUSH, 0),
    (frames.INITIAL_WINDOW_SIZE, _STREAM_WINDOW),
    (frames.MAX_HEADER_LIST_SIZE, LONGEST_LIST),
)
GREETING: Final = frames.PREFACE + frames.settings(_SETTINGS) + frames.window_update(0, _WINDOW - frames.DEFAULT_WINDOW)
TIMED_OUT: Final = "operation timed out"
_FINAL_STATUS: Final = 200
_PING_SIZE, _GOAWAY_SIZE, _LONG_SIZE, _SETTING_SIZE = 8, 8, 4, 6


class Session:
    """The client's side of one connection.

    Args:
        encoder: of this connection's header blocks.
        wanted: names of the headers of an answer that somebody reads.
    """

    def __init__(self, encoder: Encoder, wanted: Collection[str] = ()) -> None:
        self.sending = Sending(encoder)
        self.sending.out.append(GREETING)
        #: Whether the server's SETTINGS have come: it speaks HTTP/2, and we know its limits.
        self.is_ready = False
        #: Whether the server takes no new streams; those that are open go on.
        self.is_leaving = False
        #: Whether nothing more can come.
        self.is_over = False
        self._wanted = wanted
        self._streams = self.sending.streams
        #: Bytes of DATA that the server has no new credit for.
        self._owed = 0
        self._reading = Reading(
            {
                frames.DATA: self._on_data,
                frames.HEADERS: self._on_block,
                frames.PRIORITY: self._on_priority,
                frames.RST_STREAM: self._on_reset,
                frames.SETTINGS: self._on_settings,
                frames.PUSH_PROMISE: self._on_push,
                frames.PING: self._on_ping,
                frames.GOAWAY: self._on_goaway,
                frames.WINDOW_UPDATE: self._on_window_update,
            }
        )

    @property
    def is_done(self) -> bool:
        """Whether the connection has nothing left to do."""
        return self.is_over or (self.is_leaving and not self._streams)

    def live(self) -> Iterator[Exchange]:
        """Return every request that has no outcome yet."""
        yield from self._streams.values()
        yield from self.sending.waiting

    def receive(self, data: bytes) -> None:
        """Take bytes of the server. What breaks the protocol ends the connection, and never raises."""
        if self.is_over:
            return
        try:
            self._reading.take(data)
        except ProtocolError as error:
            self._end(error)

    def expire(self, exchange: Exchange) -> None:
        """End a request whose deadline has passed."""
        self.sending.withdraw(exchange)
        if exchange.stream:
            exchange.end_broken(TIMED_OUT)
        else:
            before = "a free stream" if self.is_ready else "a connection"
            exchange.end(NotSent(f"deadline passed before {before}"))

    def end(self, cause: str, unsent: NotSent | Returned) -> None:
        """End everything: the connection is gone. ``unsent`` is the outcome of what had not begun."""
        self.is_over = self.is_leaving = True
        self.sending.is_open = False
        open_, waiting = list(self._streams.values()), list(self.sending.waiting)
        self._streams.clear()
        self.sending.unfinished.clear()
        self.sending.waiting.clear()
        for exchange in open_:
            exchange.end_broken(cause)
        for exchange in waiting:
            exchange.end(unsent)

    def leave(self, cause: str) -> None:
        """Begin no more requests; what waits is given back."""
        self._leave(frames.LARGEST_31, Returned(cause))

    def ping(self) -> None:
        """Ask the server for a sign of life."""
        self.sending.out.append(frames.frame(frames.PING, 0, 0, bytes(_PING_SIZE)))

    def _end(self, error: ProtocolError) -> None:
        self.sending.out.append(frames.goaway(error.code))
        if self.is_ready:
            self.end(f"the server broke HTTP/2: {error.why}", Returned(error.why))
        else:
            self.end(error.why, NotSent(f"the server does not speak HTTP/2: {error.why}", configuration=True))

    def _on_block(self, stream: int, flags: int, block: bytes) -> None:
        exchange = self._streams.get(stream)
        if exchange is None:
            self._check_was_open(stream)
            return
        if exchange.status:
            self._on_trailers(exchange, flags)
            return
        try:
            status, fields, length = read(block, self._wanted, is_whole=bool(flags & END_STREAM))
        except Malformed as error:
            self._malformed(exchange, str(error))
            return
        if status >= _FINAL_STATUS:
            exchange.status, exchange.fields, exchange.length = status, fields, length
            if flags & END_STREAM:
                self._answered(exchange)
        elif flags & END_STREAM:
            self._malformed(exchange, "an interim answer at the end")

    def _on_trailers(self, exchange: Exchange, flags: int) -> None:
        """Nobody reads trailers; they need no decoding, as there is no table."""
        if flags & END_STREAM:
            self._answered(exchange)
        else:
            self._malformed(exchange, "headers twice")

    def _on_data(self, stream: int, flags: int, payload: bytes) -> None:
        length = len(payload)
        self._take(length)
        if flags & frames.PADDED:
            payload = unpadded(payload, flags & frames.PADDED)
        exchange = self._streams.get(stream)
        if exchange is None:
            self._check_was_open(stream)
            return
        if not exchange.status:
            self._malformed(exchange, "a body without headers")
            return
        # A frame's head counts too, or a flood of tiny ones would fill the memory.
        exchange.received += length + frames.HEAD_SIZE
        exchange.chunks.append(payload)
        if exchange.received > LONGEST_BODY:
            self.sending.reset(exchange, Code.CANCEL)
            exchange.end_broken("body too long")
        elif flags & END_STREAM:
            self._answered(exchange)

    def _take(self, length: int) -> None:
        """Count what flow control counts, and give credit back before the server has used up half of it."""
        self._owed += length
        if self._owed > _WINDOW:
            raise ProtocolError(Code.FLOW_CONTROL_ERROR, "more DATA than the window allows")
        if self._owed >= _WINDOW // 2:
            self.sending.out.append(frames.window_update(0, self._owed))
            self._owed = 0

    def _answered(self, exchange: Exchange) -> None:
        if self.sending.close(exchange):
            # It answered before it had the whole request and does not read the rest (8.1).
            self.sending.out.append(frames.reset(exchange.stream, Code.CANCEL))
        exchange.end_answered()

    def _malformed(self, exchange: Exchange, why: str) -> None:
        """End the stream of a malformed answer (8.1.1)."""
        self.sending.reset(exchange, Code.PROTOCOL_ERROR)
        exchange.end_broken(f"malformed answer: {why}")

    def _on_reset(self, stream: int, _flags: int, payload: bytes) -> None:
        if len(payload) != _LONG_SIZE:
            raise ProtocolError(Code.FRAME_SIZE_ERROR, "RST_STREAM of another size")
        exchange = self._streams.get(stream)
        if exchange is None:
            self._check_was_open(stream)
            return
        self.sending.close(exchange)
        code = frames.error_code(payload)
        if code == Code.REFUSED_STREAM and not exchange.status:
            exchange.end(Returned("the server refused the stream unread"))
        else:
            exchange.end_broken(f"the server reset the stream: {name_of(code)}")

    def _on_settings(self, stream: int, flags: int, payload: bytes) -> None:
        _check_stream_0(stream, "SETTINGS")
        if len(payload) % _SETTING_SIZE or (flags & ACK and payload):
            raise ProtocolError(Code.FRAME_SIZE_ERROR, "SETTINGS of another size")
        if flags & ACK:
            return
        for setting, value in frames.settings_of(payload):
            self.sending.limit(setting, value)
        self.sending.out.append(frames.frame(frames.SETTINGS, ACK, 0))
        if not self.is_ready:
            self.is_ready = self.sending.is_open = True

    def _on_ping(self, stream: int, flags: int, payload: bytes) -> None:
        _check_stream_0(stream, "PING")
        if len(payload) != _PING_SIZE:
            raise ProtocolError(Code.FRAME_SIZE_ERROR, "PING of another size")
        if not flags & ACK:
            self.sending.out.append(frames.frame(frames.PING, ACK, 0, payload))

    def _on_goaway(self, stream: int, _flags: int, payload: bytes) -> None:
        _check_stream_0(stream, "GOAWAY")
        if len(payload) < _GOAWAY_SIZE:
            raise ProtocolError(Code.FRAME_SIZE_ERROR, "GOAWAY too short")
        last, code = frames.number(payload), frames.error_code(payload, 4)
        # Its debug data could be anything, so it stays out.
        cause = f"the server sent GOAWAY: {name_of(code)}"
        self._leave(last, NotSent(cause) if code else Returned(cause))

    def _leave(self, last: int, unsent: NotSent | Returned) -> None:
        """Give back what lies above the last stream that the server has looked at (6.8), and what has not begun."""
        self.is_leaving, self.sending.is_open = True, False
        disowned = [exchange for stream, exchange in self._streams.items() if stream > last]
        for exchange in disowned:
            self.sending.close(exchange)
            exchange.end(unsent) if not exchange.status else exchange.end_broken(unsent.cause)
        waiting = list(self.sending.waiting)
        self.sending.waiting.clear()
        for exchange in waiting:
            exchange.end(unsent)

    def _on_window_update(self, stream: int, _flags: int, payload: bytes) -> None:
        if len(payload) != _LONG_SIZE:
            raise ProtocolError(Code.FRAME_SIZE_ERROR, "WINDOW_UPDATE of another size")
        exchange = self._streams.get(stream)
        if stream and exchange is None:
            self._check_was_open(stream)
            return
        increment = frames.number(payload)
        if increment:
            self.sending.widen(stream, increment)
        elif exchange is None:
            raise ProtocolError(Code.PROTOCOL_ERROR, "WINDOW_UPDATE of 0")
        else:
            self._malformed(exchange, "WINDOW_UPDATE of 0")

    def _on_priority(self, stream: int, _flags: int, _payload: bytes) -> None:
        """Nobody heeds priorities any more (5.3.2)."""
        if not stream:
            raise ProtocolError(Code.PROTOCOL_ERROR, "PRIORITY on stream 0")

    def _on_push(self, _stream: int, _flags: int, _payload: bytes) -> None:
        raise ProtocolError(Code.PROTOCOL_ERROR, "PUSH_PROMISE, which we forbid")

    def _check_was_open(self, stream: int) -> None:
        """Ignore frames of a stream that is closed: we may have closed it while they were on their way (5.1)."""
        if not stream % 2 or stream >= self.sending.next_stream:
            raise ProtocolError(Code.PROTOCOL_ERROR, "a stream that was never opened")


def _check_stream_0(stream: int, kind: str) -> None:
    if stream:
        raise ProtocolError(Code.PROTOCOL_ERROR, f"{kind} on a stream")

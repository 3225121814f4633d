"""What leaves on a connection: requests within the server's limits, in the order they were asked for."""

from collections import deque
from typing import Final

from providers.http2.encoder import Encoder
from providers.http2.errors import Code, ProtocolError
from providers.http2.exchange import Exchange
from providers.http2.frames import (
    DATA,
    DEFAULT_FRAME_SIZE,
    DEFAULT_WINDOW,
    ENABLE_PUSH,
    END_HEADERS,
    END_STREAM,
    HEADER_TABLE_SIZE,
    HEADERS,
    INITIAL_WINDOW_SIZE,
    LARGEST_31,
    MAX_CONCURRENT_STREAMS,
    MAX_FRAME_SIZE,
    head,
    header_block,
    reset,
)

#: The largest MAX_FRAME_SIZE.
_LARGEST_FRAME: Final = 2**24 - 1
#: A body that is larger than the connection's window is begun when the window has so much; a smaller one waits for the
#: window, for what is not begun is provably unsent.
_WORTH_BEGINNING: Final = 16_384


class Sending:
    """Requests that wait, streams that are open, and the server's limits. ``out`` is what is to be written."""

    def __init__(self, encoder: Encoder) -> None:
        self.out: list[bytes] = []
        self.waiting: deque[Exchange] = deque()
        self.streams: dict[int, Exchange] = {}
        #: Those of ``streams`` whose body has not left as a whole.
        self.unfinished: dict[int, Exchange] = {}
        self.next_stream = 1
        #: Whether requests may be begun: after the server's SETTINGS, until the connection is to end.
        self.is_open = False
        self._encoder = encoder
        self._most_streams = LARGEST_31
        self._window = self._first_window = DEFAULT_WINDOW
        self._frame_size = DEFAULT_FRAME_SIZE
        self._budget = 0

    @property
    def has_work(self) -> bool:
        """Whether there is something to write, or may be."""
        return bool(self.out or self.waiting or self.unfinished)

    @property
    def is_used_up(self) -> bool:
        """Whether there is no number for another stream (5.1.1)."""
        return self.next_stream > LARGEST_31

    def pump(self, budget: int) -> bool:
        """Put into ``out`` what the limits allow, about ``budget`` bytes of it; tell whether that was too few."""
        self._budget = budget
        if self.unfinished:
            for exchange in list(self.unfinished.values()):
                self._go_on(exchange)
        waiting = self.waiting
        while waiting and self._may_begin(waiting[0]):
            self._begin(waiting.popleft())
        return self._budget <= 0

    def withdraw(self, exchange: Exchange) -> None:
        """Forget a request that nobody waits for, and tell the server if it knows of it."""
        if not exchange.stream:
            if exchange in self.waiting:
                self.waiting.remove(exchange)
        elif exchange.stream in self.streams:
            self.reset(exchange, Code.CANCEL)

    def reset(self, exchange: Exchange, code: Code) -> None:
        """End an open stream from our side."""
        self.close(exchange)
        self.out.append(reset(exchange.stream, code))

    def close(self, exchange: Exchange) -> bool:
        """Forget an open stream; tell whether its body had not left as a whole."""
        del self.streams[exchange.stream]
        return bool(self.unfinished) and self.unfinished.pop(exchange.stream, None) is not None

    def widen(self, stream: int, increment: int) -> None:
        """Take the server's WINDOW_UPDATE (6.9).

        Raises:
            ProtocolError: the connection's window outgrows what a window may be.
        """
        if not stream:
            self._window += increment
            if self._window > LARGEST_31:
                raise ProtocolError(Code.FLOW_CONTROL_ERROR, "window too large")
        elif exchange := self.unfinished.get(stream):
            exchange.room += increment
            if exchange.room > LARGEST_31:
                self.reset(exchange, Code.FLOW_CONTROL_ERROR)
                exchange.end_broken("the server's window is too large")

    def limit(self, setting: int, value: int) -> None:
        """Take one of the server's SETTINGS (6.5.2); what is not about sending, or unknown, is ignored.

        Raises:
            ProtocolError: a value that the RFC forbids.
        """
        if setting == HEADER_TABLE_SIZE:
            self._encoder.resize(value)
        elif setting == MAX_CONCURRENT_STREAMS:
            self._most_streams = value
        elif setting == INITIAL_WINDOW_SIZE:
            self._change_windows(value)
        elif setting == MAX_FRAME_SIZE:
            if not DEFAULT_FRAME_SIZE <= value <= _LARGEST_FRAME:
                raise ProtocolError(Code.PROTOCOL_ERROR, "MAX_FRAME_SIZE out of range")
            self._frame_size = value
        elif setting == ENABLE_PUSH and value:
            raise ProtocolError(Code.PROTOCOL_ERROR, "ENABLE_PUSH from a server")

    def _change_windows(self, value: int) -> None:
        if value > LARGEST_31:
            raise ProtocolError(Code.FLOW_CONTROL_ERROR, "INITIAL_WINDOW_SIZE too large")
        change, self._first_window = value - self._first_window, value
        for exchange in self.unfinished.values():
            exchange.room += change
            if exchange.room > LARGEST_31:
                raise ProtocolError(Code.FLOW_CONTROL_ERROR, "window too large")

    def _may_begin(self, exchange: Exchange) -> bool:
        return (
            self.is_open
            and self._budget > 0
            and len(self.streams) < self._most_streams
            and (len(exchange.body) <= self._window or self._window >= _WORTH_BEGINNING)
            and self.next_stream <= LARGEST_31
        )

    def _begin(self, exchange: Exchange) -> None:
        stream = exchange.stream = self.next_stream
        self.next_stream = stream + 2
        self.streams[stream] = exchange
        block, size = self._encoder.encode(*exchange.headers), len(exchange.body)
        self._budget -= len(block)
        most = self._frame_size
        if len(block) <= most and 0 < size <= most and size <= self._window and size <= self._first_window:
            self._window -= size
            self._budget -= size
            headers = head(len(block), HEADERS, END_HEADERS, stream)
            self.out += headers, block, head(size, DATA, END_STREAM, stream), exchange.body
            return
        self.out += header_block(stream, block, most, 0 if size else END_STREAM)
        if size:
            exchange.room = self._first_window
            self.unfinished[stream] = exchange
            self._go_on(exchange)

    def _go_on(self, exchange: Exchange) -> None:
        """Send of a body what the windows take."""
        body, stream = exchange.body, exchange.stream
        while self._budget > 0:
            at = exchange.sent
            size = min(len(body) - at, self._frame_size, self._window, exchange.room)
            if size <= 0:
                return
            exchange.sent += size
            exchange.room -= size
            self._window -= size
            self._budget -= size
            is_last = exchange.sent == len(body)
            self.out += head(size, DATA, END_STREAM if is_last else 0, stream), body[at : at + size]
            if is_last:
                del self.unfinished[stream]
                return

"""The way out of one connection: whole, byte by byte, or cut off."""

import asyncio
import os
import socket
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

#: How long a cut waits for what was written before it, in seconds: those answers were given, and many clients drop what
#: they have not read when the connection breaks. A client that cannot say that it has read them gets a moment.
_LONGEST_WAIT_S = 3.0
_GRACE_S = 0.3
_POLL_S = 0.002
#: l_onoff, l_linger: the next close sends RST.
_LINGER = struct.pack("ii", 1, 0)


class Outlet:
    """Writes to one transport. After ``close`` or ``cut`` nothing more is written."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        #: What trickles, as single bytes, and what waits behind it, whole.
        self._backlog: deque[bytes] = deque()
        self._interval_s = 0.0
        self._at_end: Callable[[], None] | None = None

    @property
    def is_over(self) -> bool:
        """Whether the end was decided."""
        return self._at_end is not None

    @property
    def is_behind(self) -> bool:
        """Whether something still trickles, or waits behind it."""
        return bool(self._backlog)

    def write(self, data: bytes) -> None:
        """Write, behind what still trickles."""
        if self.is_over or not data:
            return
        if self._backlog:
            self._backlog.append(data)
        else:
            self._transport.write(data)

    def trickle(self, data: bytes, interval_s: float) -> None:
        """Write these bytes one by one, ``interval_s`` apart.

        What comes later waits, but is written whole: a busy connection makes answers faster than they trickle, and
        would never be free again.
        """
        is_running, self._interval_s = bool(self._backlog), interval_s
        self._backlog.extend(data[place : place + 1] for place in range(len(data)))
        if self._backlog and not is_running:
            self._drop()

    def close(self) -> None:
        """End properly once everything is written."""
        self._end(self._transport.close)

    def cut(self, *, reset: bool, is_read: Callable[[], bool] | None, unread: Callable[[], None]) -> None:
        """End without close_notify, by RST or by FIN, once what was written before was read.

        Args:
            reset: RST instead of FIN.
            is_read: whether the client has said so; None: it cannot, so it gets a moment.
            unread: called when it did not say so in time.
        """
        now = self._loop.time()
        moment = now + _GRACE_S
        waiting = _Cut(reset, is_read or (lambda: self._loop.time() >= moment), unread, now + _LONGEST_WAIT_S)
        self._end(lambda: self._cut_when_read(waiting))

    def _end(self, how: Callable[[], None]) -> None:
        if self._at_end is None:
            self._at_end = how
            if not self._backlog:
                how()

    def _cut_when_read(self, waiting: "_Cut") -> None:
        if self._transport.is_closing():
            return
        is_read = waiting.is_read() and not self._transport.get_write_buffer_size()
        if not is_read and self._loop.time() < waiting.deadline:
            self._loop.call_later(_POLL_S, self._cut_when_read, waiting)
            return
        if not is_read:
            waiting.unread()
        if waiting.reset:
            linger(self._transport.get_extra_info("socket").fileno())
        self._transport.abort()

    def _drop(self) -> None:
        if self._transport.is_closing():
            return
        self._transport.write(self._backlog.popleft())
        while self._backlog and len(self._backlog[0]) > 1:
            self._transport.write(self._backlog.popleft())
        if self._backlog:
            self._loop.call_later(self._interval_s, self._drop)
        elif self._at_end is not None:
            self._at_end()


@dataclass(frozen=True, slots=True)
class _Cut:
    """An end that waits for its client."""

    reset: bool
    is_read: Callable[[], bool]
    unread: Callable[[], None]
    deadline: float


def linger(descriptor: int) -> None:
    """Let the next close of a TCP socket send RST instead of FIN."""
    # A duplicate, because event loops forbid their own socket's options; the option belongs to the connection.
    with socket.socket(fileno=os.dup(descriptor)) as duplicate:
        duplicate.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)

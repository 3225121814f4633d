"""A transport that sends what is written in one turn of the event loop together.

uvicorn writes the head of an answer and its body one after the other: two system calls, two packets, and the client is
woken for a head without a body.
"""

import asyncio
from typing import Any

#: More than any answer that is worth waiting for: a long one must not pile up here.
_MOST_BYTES = 65_536


class JoinedWrites(asyncio.Transport):
    """Stands for another transport, of whose methods it has those that uvicorn calls."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport, self._loop = transport, loop
        self._written = bytearray()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send data at the end of this turn, or with what makes it too much."""
        if not self._written:
            self._loop.call_soon(self._send)
        self._written += data
        if len(self._written) > _MOST_BYTES:
            self._send()

    def close(self) -> None:
        """Close it when all is sent."""
        self._send()
        self._transport.close()

    def abort(self) -> None:
        """Close it at once."""
        self._written.clear()
        self._transport.abort()

    def is_closing(self) -> bool:
        """Return whether it is closed, or will be."""
        return self._transport.is_closing()

    def pause_reading(self) -> None:
        """Take no more for now."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Take more."""
        self._transport.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return what is known of the connection."""
        return self._transport.get_extra_info(name, default)

    def _send(self) -> None:
        if self._written and not self._transport.is_closing():
            self._transport.write(bytes(self._written))
        self._written.clear()

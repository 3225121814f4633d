"""Bytes into frames: header blocks whole, and nothing out of place. https://www.rfc-editor.org/rfc/rfc9113#section-4."""

from collections.abc import Callable, Mapping
from typing import Final

from providers.http2 import frames
from providers.http2.answers import LONGEST_LIST
from providers.http2.errors import Code, ProtocolError
from providers.http2.frames import ACK, END_HEADERS, HEAD, HEAD_SIZE

#: Takes a frame's stream, flags and payload; for HEADERS the whole header block.
On = Callable[[int, int, bytes], None]

_PRIORITY_SIZE: Final = 5
#: Flags of a payload with more in it than a header block.
_MORE: Final = frames.PADDED | frames.WITH_PRIORITY


class Reading:
    """What a server sends, frame by frame.

    Args:
        on: takes the frames of each type; CONTINUATION and unknown types are none of its business.
    """

    def __init__(self, on: Mapping[int, On]) -> None:
        self._on_block = on[frames.HEADERS]
        self._on = dict(on) | {frames.HEADERS: self._on_headers, frames.CONTINUATION: self._on_continuation}
        self._unread = b""
        self._is_greeted = False
        #: The header block whose CONTINUATION must come next: stream, flags, and its parts.
        self._partial: tuple[int, int, list[bytes]] | None = None
        self._partial_size = 0

    def take(self, data: bytes) -> None:
        """Hand over the frames that are whole now.

        Raises:
            ProtocolError: of the frames themselves, or from who took one.
        """
        data = self._unread + data if self._unread else data
        at, end, on = 0, len(data), self._on
        while end - at >= HEAD_SIZE:
            high, low, kind, flags, stream = HEAD.unpack_from(data, at)
            length = high << 16 | low
            if length > frames.DEFAULT_FRAME_SIZE:
                raise ProtocolError(Code.FRAME_SIZE_ERROR, "frame too large")
            after = at + HEAD_SIZE + length
            if after > end:
                break
            if self._partial is not None and kind != frames.CONTINUATION:
                raise ProtocolError(Code.PROTOCOL_ERROR, "no CONTINUATION")
            if not self._is_greeted:
                self._greet(kind, flags)
            if taker := on.get(kind):
                taker(stream & frames.LARGEST_31, flags, data[at + HEAD_SIZE : after])
            at = after
        self._unread = data[at:]

    def _greet(self, kind: int, flags: int) -> None:
        """Look at the server's first frame (3.4)."""
        if kind != frames.SETTINGS or flags & ACK:
            raise ProtocolError(Code.PROTOCOL_ERROR, "no SETTINGS first")
        self._is_greeted = True

    def _on_headers(self, stream: int, flags: int, payload: bytes) -> None:
        if flags & _MORE:
            payload = unpadded(payload, flags)
        if flags & END_HEADERS:
            self._on_block(stream, flags, payload)
        else:
            self._partial, self._partial_size = (stream, flags, [payload]), len(payload)

    def _on_continuation(self, stream: int, flags: int, payload: bytes) -> None:
        if self._partial is None or self._partial[0] != stream:
            raise ProtocolError(Code.PROTOCOL_ERROR, "CONTINUATION without HEADERS")
        _, first_flags, parts = self._partial
        parts.append(payload)
        # A frame's head counts too, or a flood of empty ones would have no end.
        self._partial_size += len(payload) + HEAD_SIZE
        if self._partial_size > LONGEST_LIST:
            raise ProtocolError(Code.ENHANCE_YOUR_CALM, "header block too long")
        if flags & END_HEADERS:
            self._partial = None
            self._on_block(stream, first_flags, b"".join(parts))


def unpadded(payload: bytes, flags: int) -> bytes:
    """Return a payload without its padding and its priority."""
    before = (1 if flags & frames.PADDED else 0) + (_PRIORITY_SIZE if flags & frames.WITH_PRIORITY else 0)
    if len(payload) < before:
        raise ProtocolError(Code.FRAME_SIZE_ERROR, "frame too short")
    behind = payload[0] if flags & frames.PADDED else 0
    if before + behind > len(payload):
        raise ProtocolError(Code.PROTOCOL_ERROR, "padding too long")
    return payload[before : len(payload) - behind]

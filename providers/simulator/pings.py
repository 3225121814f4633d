"""Takes the answers to PINGs out of what h2 wants to send: h2 itself always answers."""

_HEAD = 9
_PING, _ACK = 0x06, 0x01


def without_pongs(frames: bytes) -> bytes:
    """Return whole HTTP/2 frames without the PING frames that acknowledge.

    https://www.rfc-editor.org/rfc/rfc9113#section-4.1
    """
    kept, start = bytearray(), 0
    while start < len(frames):
        end = start + _HEAD + int.from_bytes(frames[start : start + 3], "big")
        kind, flags = frames[start + 3], frames[start + 4]
        if not (kind == _PING and flags & _ACK):
            kept += frames[start:end]
        start = end
    return bytes(kept)

"""Names of pushes: made from what they are about, so that every repeat, from any worker, has the same."""

import uuid
from hashlib import sha1

#: Names of this project's pushes; changing it would let repeats across an upgrade show twice.
_NAMESPACE = uuid.UUID("5f0c7a0e-6a4f-5c0b-9d1e-0ff11e9c0de5").bytes
#: What RFC 9562 makes of the digit that holds the variant (4.1).
_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}

#: As many as a UUID's: half of what APNs allows, and nobody's by chance.
_COLLAPSE_ID_DIGITS = 32


def push_name(appkey: str, msg_id: str, user: str, notifier: str, device_id: str) -> str:
    """Return a push's own name, a UUID."""
    return _uuid5(f"{appkey}\n{msg_id}\n{user}\n{notifier}\n{device_id}")


def name_of_all(appkey: str, subject: str) -> str:
    """Return the collapse id that all receivers of a message, or all messages of a conversation, have in common."""
    return _digits(f"{appkey}\n{subject}")[:_COLLAPSE_ID_DIGITS]


def _digits(name: str) -> str:
    """Return 40 hexadecimal digits."""
    return sha1(_NAMESPACE + name.encode(), usedforsecurity=False).hexdigest()


def _uuid5(name: str) -> str:
    """Return ``uuid.uuid5`` as text; its objects cost more than all the rules."""
    digits = _digits(name)
    return f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{_VARIANT[digits[16]]}{digits[17:20]}-{digits[20:32]}"

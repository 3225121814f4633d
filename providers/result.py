"""What became of one send. Answers are values; an exception means a broken assumption."""

from enum import Enum

import msgspec


class RejectionKind(str, Enum):
    """Who has to act on a rejection; the vendor's own code stays in ``Rejected.reason``."""

    #: The token is dead: retire it.
    TOKEN = "token"  # noqa: S105 - a kind, not a secret
    #: This message can never be sent as it is: drop it, keep the token.
    MESSAGE = "message"
    #: The channel's credentials, rights or address are wrong: nothing will pass until a person acts.
    CONFIGURATION = "configuration"


class Accepted(msgspec.Struct, frozen=True):
    """The vendor took the notification. ``vendor_id`` is the vendor's own name for it, if it gave one."""

    vendor_id: str | None = None


class Rejected(msgspec.Struct, frozen=True):
    """The vendor refused, and would refuse the same request again.

    ``reason`` is the vendor's code verbatim (``Unregistered``, ``UNREGISTERED``, ``80300007``).
    ``unregistered_at`` is milliseconds since 1970: a token bound later than that is still good (APNs 410).
    """

    reason: str
    kind: RejectionKind
    unregistered_at: int | None = None


class Retryable(msgspec.Struct, frozen=True):
    """No final answer; the same notification may be sent again later.

    ``cause`` is the vendor's code, or one of this project's own causes:
    ``not_sent`` and ``ambiguous`` (the wire failed before/after the vendor could have seen it),
    ``paced`` (not sent, because the channel's own rate allowed none in time),
    ``unexpected_answer`` (the vendor said something its documentation does not know).
    ``retry_after`` is seconds, when the vendor named a delay.
    ``maybe_sent`` says that the vendor may have accepted it: a repeat may be a duplicate.
    ``detail`` is for people: one line without tokens, keys or message text.
    """

    cause: str
    retry_after: float | None = None
    maybe_sent: bool = False
    detail: str = ""


Result = Accepted | Rejected | Retryable

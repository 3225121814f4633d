"""The vocabulary of faults: what ``do`` may say in a scripted rule, and what the hard profile is made of.

Each is one JSON object whose ``action`` names it. ``after_processing`` means that the vendor accepts the push and the
answer is lost; without it the vendor never sees the request.
"""

import math
from random import Random
from typing import Annotated, Any, Literal

import msgspec
from h2.errors import ErrorCodes

#: The standard normal distribution's 99th percentile.
_Z99 = 2.326
_LARGEST_CODE = 2**32 - 1

Seconds = Annotated[float, msgspec.Meta(ge=0)]
HeaderName = Annotated[str, msgspec.Meta(pattern="^[a-z0-9-]+$")]
HeaderValue = Annotated[str, msgspec.Meta(pattern="^[ -~]*$")]


class _Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="action"):
    pass


class Answer(_Fault, frozen=True, tag="reply"):
    """Answer this in the vendor's place. A ``body`` that is no string is sent as JSON."""

    status: Annotated[int, msgspec.Meta(ge=200, le=599)]
    body: str | dict[str, Any] = ""
    headers: dict[HeaderName, HeaderValue] = {}
    #: Adds Retry-After, from the moment of the answer.
    retry_after_s: Annotated[int, msgspec.Meta(ge=0)] | None = None
    #: Retry-After as an HTTP-date instead of a number.
    as_date: bool = False
    #: Request headers to repeat in the answer, such as ``apns-id``.
    echo: list[HeaderName] = []
    #: Over how many DATA frames the body is spread; HTTP/1.1 has none.
    data_frames: Annotated[int, msgspec.Meta(ge=1)] = 1


class Delay(_Fault, frozen=True, tag="delay"):
    """Process at once, answer later: after ``seconds``, or lognormally distributed by median and 99th percentile."""

    seconds: Seconds | None = None
    p50_s: Annotated[float, msgspec.Meta(gt=0)] | None = None
    p99_s: Annotated[float, msgspec.Meta(gt=0)] | None = None

    def __post_init__(self) -> None:
        """Refuse a delay that says nothing, or two things."""
        if (self.p50_s is None) != (self.p99_s is None) or (self.seconds is None) == (self.p50_s is None):
            raise ValueError("delay wants either seconds, or p50_s and p99_s")
        if self.p50_s is not None and self.p99_s is not None and self.p99_s < self.p50_s:
            raise ValueError("p99_s must not be below p50_s")

    def drawn(self, random: Random) -> "Delay":
        """Return a fixed delay: this one, or one drawn from its distribution."""
        if self.p50_s is None or self.p99_s is None:
            return self
        spread = math.log(self.p99_s / self.p50_s) / _Z99
        return Delay(seconds=random.lognormvariate(math.log(self.p50_s), spread))


class BlackHole(_Fault, frozen=True, tag="black_hole"):
    """Never answer."""

    after_processing: bool = False


class ResetStream(_Fault, frozen=True, tag="reset_stream"):
    """Answer with RST_STREAM; HTTP/1.1 ends the connection instead. ``code`` is a number or RFC 9113's name for it."""

    code: int | str = "INTERNAL_ERROR"
    after_processing: bool = False

    def __post_init__(self) -> None:
        """Refuse a code that does not exist."""
        error_number(self.code)


class RefuseStream(_Fault, frozen=True, tag="refuse_stream"):
    """Answer with RST_STREAM(REFUSED_STREAM): not processed, may be sent again."""


class ResetConnection(_Fault, frozen=True, tag="reset_connection"):
    """End the connection at once, by TCP RST or by FIN, without close_notify."""

    by: Literal["rst", "fin"] = "rst"
    after_processing: bool = False


class GoAway(_Fault, frozen=True, tag="goaway"):
    """Send GOAWAY whose last stream is the highest one processed.

    ``drain`` answers what was processed and closes, after ``drain_s`` at the latest; ``fin`` and ``rst`` end the
    connection at once and lose the answers. HTTP/1.1 ends the connection after the answer in work, or at once.
    """

    end: Literal["drain", "fin", "rst"] = "drain"
    code: int | str = "NO_ERROR"
    #: Debug data; an object is sent as JSON, as APNs does.
    debug: str | dict[str, Any] = ""
    #: Whether the request that meets it is still processed, and so below the last stream.
    after_processing: bool = True
    drain_s: Seconds = 5.0

    def __post_init__(self) -> None:
        """Refuse a code that does not exist."""
        error_number(self.code)


class Settings(_Fault, frozen=True, tag="settings"):
    """Announce and enforce another MAX_CONCURRENT_STREAMS now, before the answer."""

    streams: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class LateSettings(_Fault, frozen=True, tag="late_settings"):
    """Announce a limit that the vendor changes with this answer behind the answer, not before it."""


class NoPingAck(_Fault, frozen=True, tag="no_ping_ack"):
    """Answer no PING on this connection from now on."""


class Trickle(_Fault, frozen=True, tag="trickle"):
    """Write the answer byte by byte; what queues behind it on the connection waits."""

    interval_s: Seconds = 0.001


class StallHandshake(_Fault, frozen=True, tag="stall_handshake"):
    """Accept the connection and say nothing, not even TLS; hang up after ``seconds``."""

    seconds: Seconds = 60.0


class RefuseConnection(_Fault, frozen=True, tag="refuse_connection"):
    """Reset a new connection before TLS begins."""


#: One of these decides what becomes of the request; the others leave that to later rules, or to the vendor.
Decisive = Answer | BlackHole | ResetStream | RefuseStream | ResetConnection | GoAway
Modifier = Delay | Settings | LateSettings | NoPingAck | Trickle
OnRequest = Decisive | Modifier
OnConnect = StallHandshake | RefuseConnection
Fault = OnRequest | OnConnect


def error_number(code: int | str) -> int:
    """Return the number of an HTTP/2 error code.

    Raises:
        ValueError: the name is none of RFC 9113's (https://www.rfc-editor.org/rfc/rfc9113#section-7), or the number
            does not fit into the frame.
    """
    if isinstance(code, str) and code not in ErrorCodes.__members__:
        raise ValueError(f"code must be a number or one of {', '.join(ErrorCodes.__members__)}")
    number = ErrorCodes[code].value if isinstance(code, str) else code
    if not 0 <= number <= _LARGEST_CODE:
        raise ValueError("code must fit into 32 bits")
    return int(number)

"""Whether the vendor can have seen a request that failed on pyreqwest's wire.

The exception classes of ``pyreqwest`` (reqwest, hyper and h2 in Rust) mislead: ``ConnectError`` is also a request the
server had before the connection broke, ``ConnectTimeoutError`` any total time-out. Its list of causes separates them,
so the tables below match those texts; that is why the version is pinned exactly, and ``test_pyreqwest_facts.py`` and,
through a proxy, ``test_transport.py`` in ``tests/contract`` fail when a text changes. An unknown text is Ambiguous, the
safe side.
"""

from typing import Final

from pyreqwest.exceptions import BuilderError, DetailedPyreqwestError, PoolTimeoutError, PyreqwestError

from providers.http2.trouble import NO_AUTHORITY
from providers.wire_outcome import Ambiguous, NotSent

#: Texts that prove that no byte of the request was processed. "connection error received" is a GOAWAY from the
#: server for a stream above its last one (RFC 9113 6.8); "connection error detected" is not on the list.
NEVER_PROCESSED: Final = (
    "client error (Connect)",
    "refused stream before processing",
    "connection error received:",
)

#: Texts of failures that leave the connection to the other requests.
ONE_REQUEST: Final = ("stream error received", "operation timed out", "request was not started")

#: Causes of a failed connect that a person has to mend. A DNS time-out or a refused port may heal.
CONFIGURATION: Final = (
    "invalid peer certificate",
    "invalid dns name",
    # "No such name" as glibc, musl and macOS say it.
    "Name or service not known",
    "Name does not resolve",
    "nodename nor servname provided",
    "received corrupt message",
    "received fatal alert",
    "proxy authorization",
)

#: What a text of the TLS library means to the person who has to mend it.
HINTS: Final = {
    # `openssl req -x509` makes such certificates unless told otherwise; other TLS libraries take them.
    "CaUsedAsEndEntity": "the server's own certificate says CA:TRUE; make it with basicConstraints=critical,CA:FALSE",
    "UnknownIssuer": NO_AUTHORITY,
}
_LONGEST_CAUSE: Final = 200
_GOAWAY_DATA: Final = ' (b"'


def classify(error: PyreqwestError) -> NotSent | Ambiguous:
    """Say whether the vendor can have seen a request that ended with this error."""
    if isinstance(error, BuilderError | PoolTimeoutError):
        return NotSent("request was not started")
    text = _text(error)
    if any(proof in text for proof in NEVER_PROCESSED):
        hints = [hint for name, hint in HINTS.items() if name in text]
        return NotSent("; ".join([text, *hints]), configuration=any(sign in text for sign in CONFIGURATION))
    return Ambiguous(text)


def is_connection_lost(cause: str) -> bool:
    """Tell whether a failure, by its ``cause``, ended the connection too, or kept it from coming about."""
    return not any(sign in cause for sign in ONE_REQUEST)


def _text(error: PyreqwestError) -> str:
    """Return the causes as one short line, without the first one: it holds the URL, and that holds the token."""
    causes = (error.details["causes"] or []) if isinstance(error, DetailedPyreqwestError) else []
    # What a server writes into its GOAWAY could be anything, so it stays out.
    line = ", ".join(cause["message"].partition(_GOAWAY_DATA)[0] for cause in causes[1:])[:_LONGEST_CAUSE]
    return "".join(char if char.isprintable() else " " for char in line) or type(error).__name__

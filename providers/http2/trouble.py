"""What a failed connection says to a person: one line, and whether somebody has to mend it."""

import os
import socket
import ssl
from typing import Final

from providers.wire_outcome import NotSent

NO_AUTHORITY: Final = "no authority in ca_file or the system's store signed the server's certificate"
#: What a verdict of the TLS library means to the person who has to mend it.
HINTS: Final = {
    "unable to get local issuer certificate": NO_AUTHORITY,
    "self-signed certificate": NO_AUTHORITY,
    "self-signed certificate in certificate chain": NO_AUTHORITY,
    "unable to verify the first certificate": NO_AUTHORITY,
    "WRONG_VERSION_NUMBER": "the port does not speak TLS",
}
_LONGEST_CAUSE: Final = 200
#: A connection that ended inside TLS: the network's doing.
_CUT: Final = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)


def unsent(error: Exception, connect_timeout: float) -> NotSent:
    """Say why no connection came about; nothing was sent."""
    if isinstance(error, TimeoutError):
        return NotSent(f"cannot connect: no connection within {connect_timeout:g} s")
    return NotSent(_line(f"cannot connect: {described(error)}"), configuration=_is_for_a_person(error))


def described(error: Exception) -> str:
    """Return an error's cause without what it quotes."""
    match error:
        case ssl.SSLCertVerificationError():
            return _hinted(f"invalid peer certificate: {error.verify_message.rstrip('.')}", error.verify_message)
        case ssl.SSLError():
            reason = error.reason or type(error).__name__
            return _hinted(f"TLS: {reason.replace('_', ' ').lower()}", reason)
        case socket.gaierror():
            return f"dns error: {error.strerror}"
        case UnicodeError():
            return "invalid dns name"
        case OSError() if error.errno:
            return os.strerror(error.errno)
    return "closed by the server" if isinstance(error, ConnectionError) else type(error).__name__


def _hinted(text: str, verdict: str) -> str:
    return f"{text}; {HINTS[verdict]}" if verdict in HINTS else text


def _is_for_a_person(error: Exception) -> bool:
    """Tell a certificate, a protocol or a name that is wrong from what may heal by itself."""
    if isinstance(error, ssl.SSLError):
        return not isinstance(error, _CUT)
    if isinstance(error, socket.gaierror):
        return error.errno == socket.EAI_NONAME
    return isinstance(error, ValueError)


def _line(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)[:_LONGEST_CAUSE]

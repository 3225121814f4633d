"""A TLS server below HTTP/2: a test says what each connection does, byte by byte."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import trustme
from hyperframe.frame import Frame

from providers.http2.frames import PREFACE, frame
from tests.contract.plain_server import serving

#: An empty SETTINGS frame: how a server begins.
HELLO = frame(4, 0, 0)
_HEAD = 9


@dataclass(frozen=True, slots=True)
class TlsServer:
    """Where it is and whom to trust."""

    origin: str
    ca_file: str


@contextmanager
def tls_serving(folder: Path, serve: Callable[[ssl.SSLSocket], None], *protocols: str) -> Iterator[TlsServer]:
    """Call ``serve`` with every connection after the handshake; its end closes the connection."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    authority.issue_cert("127.0.0.1").configure_cert(context)
    context.set_alpn_protocols(list(protocols or ("h2",)))

    def shake(connection: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
            serve(secure)

    with serving(shake) as port:
        yield TlsServer(f"https://127.0.0.1:{port}", str(folder / "ca.pem"))


def frames_of(connection: ssl.SSLSocket) -> Iterator[Frame]:
    """Read the client's greeting, then its frames until it hangs up."""
    assert _exactly(connection, len(PREFACE)) == PREFACE
    while head := _exactly(connection, _HEAD):
        found, length = Frame.parse_frame_header(memoryview(head))
        found.parse_body(memoryview(_exactly(connection, length)))
        yield found


def _exactly(connection: ssl.SSLSocket, count: int) -> bytes:
    found = bytearray()
    while len(found) < count and (part := connection.recv(count - len(found))):
        found += part
    return bytes(found)

"""TLS as a client of HTTP/2 speaks it (RFC 9113 9.2): verified always, the protocol agreed on by ALPN."""

import os
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from weakref import WeakValueDictionary

import certifi
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

HTTP2: Final = "h2"
HTTP1: Final = "http/1.1"

_Key = tuple[tuple[str, ...], bytes | None, bytes | None]
# One for all connections that trust and show the same: reading the system's store takes 20 ms and keeps a megabyte.
_contexts: WeakValueDictionary[_Key, ssl.SSLContext] = WeakValueDictionary()


def client_context(protocols: tuple[str, ...], ca_pem: bytes | None, identity_pem: bytes | None) -> ssl.SSLContext:
    """Return a context that verifies servers.

    Args:
        protocols: what ALPN offers, the best first.
        ca_pem: authorities to trust besides the system's.
        identity_pem: the client's certificate, its chain and its unencrypted key.

    Raises:
        ssl.SSLError: the TLS library takes no such certificate or key.
    """
    key = (protocols, ca_pem, identity_pem)
    found = _contexts.get(key)
    if found is None:
        found = _contexts[key] = _made(protocols, ca_pem, identity_pem)
    return found


def _made(protocols: tuple[str, ...], ca_pem: bytes | None, identity_pem: bytes | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    # What somebody put into the store or the file is trusted as it is, an intermediate authority too.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.set_alpn_protocols(list(protocols))
    if not _has_store(context):
        context.load_verify_locations(cafile=certifi.where())
    if ca_pem:
        authorities = x509.load_pem_x509_certificates(ca_pem)
        context.load_verify_locations(cadata=b"".join(each.public_bytes(Encoding.DER) for each in authorities))
    if identity_pem:
        with _as_file(identity_pem) as path:
            context.load_cert_chain(path)
    return context


def _has_store(context: ssl.SSLContext) -> bool:
    """Tell whether the system has authorities: in one file, or in a folder that is read when a certificate comes."""
    folder = ssl.get_default_verify_paths().capath
    return bool(context.cert_store_stats()["x509_ca"] or (folder and any(Path(folder).iterdir())))


@contextmanager
def _as_file(pem: bytes) -> Iterator[str]:
    """Give a key the path that the TLS library insists on: of memory where there is such a thing, else of a file."""
    if hasattr(os, "memfd_create"):
        with open(os.memfd_create("identity"), "wb") as memory:  # noqa: PTH123 - a descriptor, not a path
            memory.write(pem)
            memory.flush()
            yield f"/proc/self/fd/{memory.fileno()}"
    else:
        with tempfile.NamedTemporaryFile() as file:  # its mode is 0600
            file.write(pem)
            file.flush()
            yield file.name

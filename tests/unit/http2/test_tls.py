"""Whom we trust, and what we show."""

import os
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
import trustme

from providers.credentials import identity_of
from providers.http2.tls import client_context

COUNT = """
from providers.http2.tls import client_context
print(client_context(("h2",), None, None).cert_store_stats()["x509_ca"])
"""


def authorities(**variables: str) -> int:
    """Return how many authorities a process trusts under these variables."""
    environment = {**os.environ, **variables}
    done = subprocess.run([sys.executable, "-c", COUNT], env=environment, capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_the_system_s_store_is_trusted_alone(tmp_path: Path) -> None:
    """Where there is a store, it is all that is trusted."""
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "store.pem"))
    assert authorities(SSL_CERT_FILE=str(tmp_path / "store.pem"), SSL_CERT_DIR=str(tmp_path / "none")) == 1


def test_a_machine_without_a_store(tmp_path: Path) -> None:
    """Without one certifi's authorities are trusted."""
    (tmp_path / "empty").mkdir()
    assert authorities(SSL_CERT_FILE=str(tmp_path / "none"), SSL_CERT_DIR=str(tmp_path / "empty")) > 50


def test_a_context_is_shared() -> None:
    """The same trust and the same identity are one context: it keeps a megabyte."""
    pem = trustme.CA().cert_pem.bytes()
    first = client_context(("h2",), pem, None)
    assert client_context(("h2",), pem, None) is first
    assert client_context(("h2", "http/1.1"), pem, None) is not first


def test_verification_is_always_on() -> None:
    """A context verifies certificate and name, and takes no TLS older than 1.2 (RFC 9113 9.2)."""
    context = client_context(("h2",), None, None)
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("has_memory_files", [True, False])
def test_a_key_is_left_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, has_memory_files: bool) -> None:
    """A client certificate leaves neither a file nor a descriptor behind, with files of memory or without."""
    if not has_memory_files:
        monkeypatch.delattr(os, "memfd_create", raising=False)
    elif not hasattr(os, "memfd_create"):
        pytest.skip("no files of memory here")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    bundle = trustme.CA().issue_cert("push").private_key_and_cert_chain_pem.bytes()
    before = set(Path("/dev/fd").iterdir()) if Path("/dev/fd").exists() else set()
    context = client_context(("h2",), None, identity_of(bundle, "push"))
    assert context.verify_flags & ssl.VERIFY_X509_PARTIAL_CHAIN
    after = set(Path("/dev/fd").iterdir()) if Path("/dev/fd").exists() else set()
    assert (list(tmp_path.iterdir()), len(after)) == ([], len(before))


def test_garbage_is_refused() -> None:
    """What the TLS library does not take is an error when the context is made."""
    with pytest.raises(ssl.SSLError):
        client_context(("h2",), None, b"garbage")

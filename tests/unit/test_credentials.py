from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from providers.credentials import CredentialError, check_identity, identity_of, load_ca

LEAF = trustme.CA().issue_cert("push.example")
KEY_PEM = LEAF.private_key_pem.bytes()
CHAIN = b"".join(blob.bytes() for blob in LEAF.cert_chain_pems)


def key() -> EllipticCurvePrivateKey:
    """Return the leaf's private key."""
    loaded = load_pem_private_key(KEY_PEM, None)
    assert isinstance(loaded, EllipticCurvePrivateKey)
    return loaded


def written(folder: Path, content: bytes) -> str:
    """Write a file and return its path."""
    path = folder / "identity"
    path.write_bytes(content)
    return str(path)


def p12(password: bytes) -> bytes:
    """Return the leaf as Apple's Keychain would export it."""
    certificates = x509.load_pem_x509_certificates(CHAIN)
    lock = BestAvailableEncryption(password)
    return serialize_key_and_certificates(b"push", key(), certificates[0], certificates[1:], lock)


def loaded(path: str, password: str | None = None) -> bytes:
    """Return the identity of a file."""
    return identity_of(Path(path).read_bytes(), path, password)


@pytest.mark.parametrize("content", [KEY_PEM + CHAIN, CHAIN + KEY_PEM])
def test_pem_in_any_order(tmp_path: Path, content: bytes) -> None:
    """Certificate and key may come in either order; what comes out passes the check."""
    check_identity(loaded(written(tmp_path, content)))


def test_pkcs12_becomes_pem(tmp_path: Path) -> None:
    """A .p12 file gives the same identity as the PEM file it was made from."""
    expected = loaded(written(tmp_path, KEY_PEM + CHAIN))
    assert loaded(written(tmp_path, p12(b"pw")), "pw") == expected


def test_an_encrypted_key_needs_its_password(tmp_path: Path) -> None:
    """An encrypted PEM key is read with its password; the wire itself never gets an encrypted one."""
    locked = key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"pw")) + CHAIN
    check_identity(loaded(written(tmp_path, locked), "pw"))
    with pytest.raises(CredentialError, match="password"):
        check_identity(locked)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "PKCS#12"),
        (b"garbage", "PKCS#12"),
        (p12(b"other"), "password"),
        (CHAIN, "private key"),
        (KEY_PEM, "certificate"),
        (KEY_PEM + trustme.CA().cert_pem.bytes(), "belongs to none"),
        (b"-----BEGIN nonsense", "certificate"),
    ],
)
def test_unusable_identities_are_refused(tmp_path: Path, content: bytes, complaint: str) -> None:
    """Each fault is one line that names the file and holds nothing of its content."""
    with pytest.raises(CredentialError, match=complaint) as caught:
        loaded(written(tmp_path, content), None)
    assert str(caught.value).startswith(str(tmp_path))
    assert "\n" not in str(caught.value)


def test_authorities_are_checked(tmp_path: Path) -> None:
    """A file of authorities must exist and hold a certificate: the wire would take garbage without a word."""
    assert load_ca(written(tmp_path, CHAIN)) == CHAIN
    with pytest.raises(CredentialError, match="no readable PEM certificate"):
        load_ca(written(tmp_path, b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"))
    with pytest.raises(CredentialError, match="No such file"):
        load_ca(str(tmp_path / "absent.pem"))


def test_a_pem_key_of_the_old_form_is_read(tmp_path: Path) -> None:
    """OpenSSL's traditional key format works too."""
    old = key().private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    check_identity(loaded(written(tmp_path, old + CHAIN)))

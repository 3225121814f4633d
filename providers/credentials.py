"""Certificates and keys from files, checked where they are read: the TLS library takes garbage without a word."""

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12KeyAndCertificates, load_pkcs12

_BEGIN_PEM = b"-----BEGIN "
#: Of a private key of 4096 bits, the longest that a vendor issues: of the modulus, and of its two primes.
_RSA_BITS, _PRIME_BITS = 4_096, 2_048
_SIGNING_KEYS = (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)


class CredentialError(ValueError):
    """A certificate or key cannot be used: one line that names the file or setting, never its content."""


def load_ca(path: str) -> bytes:
    """Read a PEM file of certificate authorities.

    Returns:
        The file's bytes, known to hold at least one certificate.

    Raises:
        CredentialError: the file cannot be read or holds no PEM certificate.
    """
    pem = _read(path)
    _certificates(pem, path)
    return pem


def identity_of(data: bytes, name: str, password: str | None = None) -> bytes:
    """Return the client certificate with its key that a file held, PEM or PKCS#12 (``.p12``, as Keychain exports it).

    Args:
        data: what the file held.
        name: says in an error where it came from.
        password: of the key or of the PKCS#12.

    Returns:
        PEM: the key as unencrypted PKCS#8, then its certificate and the chain; the only form the wire takes.

    Raises:
        CredentialError: wrong password, certificate or key missing, or the two do not belong together.
    """
    return _from_pem(data, name, password) if _BEGIN_PEM in data else _from_pkcs12(data, name, password)


def check_identity(pem: bytes) -> None:
    """Refuse a client certificate that the wire could not use. That its key is a good one was found out before.

    Raises:
        CredentialError: as ``identity_of``; an encrypted key too.
    """
    _from_pem(pem, "the client certificate", None, is_tested=True)


def load_p256_key(pem: bytes, name: str) -> ec.EllipticCurvePrivateKey:
    """Read the P-256 key of a ``.p8`` file; ``name`` says in an error which setting it came from.

    https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns

    Raises:
        CredentialError: not an unencrypted PEM private key on that curve.
    """
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError) as error:
        raise CredentialError(f"{name}: not an unencrypted PEM private key") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise CredentialError(f"{name}: not a P-256 key, which APNs needs")
    return key


def load_rsa_key(pem: bytes, name: str) -> rsa.RSAPrivateKey:
    """Read the RSA key of a service account; ``name`` says in an error which one it is.

    Raises:
        CredentialError: not an unencrypted PEM private RSA key. What the library says may quote the key.
    """
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError):
        raise CredentialError(f"{name}: not an unencrypted PEM private key") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise CredentialError(f"{name}: not an RSA key")
    return key


def in_plain_form(key: PrivateKeyTypes, name: str) -> bytes:
    """Return a private key as unencrypted PKCS#8, which is read in a fraction of a second.

    Reading an RSA key takes as long as testing its primes, days for those that are made for it.

    Raises:
        CredentialError: it is longer than a vendor's.
    """
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.private_numbers()
        if key.key_size > _RSA_BITS or max(numbers.p, numbers.q).bit_length() > _PRIME_BITS:
            raise CredentialError(f"{name}: an RSA key of more than {_RSA_BITS} bits")
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise CredentialError(f"{path}: {error.strerror}") from error


def _certificates(pem: bytes, name: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise CredentialError(f"{name}: no readable PEM certificate") from error


def _from_pem(pem: bytes, name: str, password: str | None, *, is_tested: bool = False) -> bytes:
    certificates, secret = _certificates(pem, name), password.encode() if password else None
    try:
        key = load_pem_private_key(pem, secret, unsafe_skip_rsa_key_validation=is_tested)
    except (ValueError, TypeError) as error:
        raise CredentialError(f"{name}: no readable private key, or its password is missing or wrong") from error
    return _identity(key, certificates, name)


def _from_pkcs12(data: bytes, name: str, password: str | None) -> bytes:
    try:
        bundle: PKCS12KeyAndCertificates = load_pkcs12(data, password.encode() if password else None)
    except ValueError as error:
        raise CredentialError(f"{name}: neither PEM nor PKCS#12, or its password is missing or wrong") from error
    certificates = [entry.certificate for entry in (bundle.cert, *bundle.additional_certs) if entry]
    return _identity(bundle.key, certificates, name)


def _identity(key: object, certificates: list[x509.Certificate], name: str) -> bytes:
    if not isinstance(key, _SIGNING_KEYS) or not certificates:
        raise CredentialError(f"{name}: needs a certificate and its RSA or EC private key")
    owner = next((one for one in certificates if one.public_key() == key.public_key()), None)
    if owner is None:
        raise CredentialError(f"{name}: the private key belongs to none of the certificates")
    ordered = [owner, *(one for one in certificates if one is not owner)]
    return in_plain_form(key, name) + b"".join(one.public_bytes(Encoding.PEM) for one in ordered)

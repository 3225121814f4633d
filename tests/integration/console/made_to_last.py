"""Credentials that are made to keep whoever opens them busy: written by hand, for no library makes them."""

import base64
from typing import Any

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

#: Known primes, 2^n - 1: testing the large one takes minutes, the small one no time.
_LARGE, _SMALL = 2**21_701 - 1, 2**521 - 1
_DIFFIE_HELLMAN = bytes.fromhex("06092a864886f70d010301")
#: The library writes so many for the seal.
_PASSWORD, _ROUNDS = "push", 2_048


def rsa_key() -> str:
    """Return an RSA key with a prime of 21,701 bits, in less than 16 kB."""
    parts = (0, _LARGE * _SMALL, 65_537, 3, _LARGE, _SMALL, 1, 1, 1)
    return _pem("RSA PRIVATE KEY", _sequence(*map(_integer, parts)))


def diffie_hellman_key() -> str:
    """Return a Diffie-Hellman key of that prime: no vendor takes one, and it is looked at before that is known."""
    kind = _sequence(_DIFFIE_HELLMAN, _sequence(_integer(_LARGE), _integer(2)))
    return _pem("PRIVATE KEY", _sequence(_integer(0), kind, _tagged(0x04, _integer(7))))


def hashed_without_end() -> dict[str, str]:
    """Return a good p12 whose password is to be hashed two thousand million times before its seal is looked at."""
    leaf = trustme.CA().issue_cert("push.example")
    certificate = x509.load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes())
    key: Any = load_pem_private_key(leaf.private_key_pem.bytes(), None)
    lock = BestAvailableEncryption(_PASSWORD.encode())
    bundle = serialize_key_and_certificates(b"push", key, certificate, None, lock)
    return {"cert": base64.b64encode(_slowed(bundle)).decode(), "cert_password": _PASSWORD}


def _slowed(bundle: bytes) -> bytes:
    """Write another number of rounds at the end of a p12, which is a long sequence that ends with a short one."""
    end = _integer(_ROUNDS)
    assert bundle.endswith(end)
    start = next(
        at
        for at in range(len(bundle) - 128, len(bundle))
        if bundle[at] == 0x30 and bundle[at + 1] == len(bundle) - at - 2
    )
    seal = _sequence(bundle[start + 2 : -len(end)] + _integer(2**31 - 1))
    assert bundle[:2] == b"\x30\x82"
    return _sequence(bundle[4:start] + seal)


def _pem(kind: str, der: bytes) -> str:
    return f"-----BEGIN {kind}-----\n{base64.encodebytes(der).decode()}-----END {kind}-----\n"


def _integer(value: int) -> bytes:
    return _tagged(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _sequence(*parts: bytes) -> bytes:
    return _tagged(0x30, b"".join(parts))


def _tagged(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content

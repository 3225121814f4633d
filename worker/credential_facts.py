"""What may be told of a channel's credential: which one it is, and until when. Never the credential itself.

A fingerprint is the SHA-256 of the public half: of a certificate, or of a key's SubjectPublicKeyInfo.
"""

from collections.abc import Callable
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

from providers.credentials import CredentialError, load_p256_key
from providers.service_account import members_of
from worker.channels import Read, apns_identity
from worker.config_channels import ApnsChannel, Channel, FcmChannel, HuaweiChannel

#: Returns the fingerprint of what has no public half.
Mark = Callable[[bytes], str | None]


def facts_of(channel: Channel, read: Read, mark: Mark) -> dict[str, Any]:
    """Return kind and fingerprint of a credential that ``provider_of`` takes, and its expiry (milliseconds since 1970).

    Raises:
        CredentialError, ConfigError: it cannot be read.
    """
    match channel:
        case ApnsChannel(key_file=None):
            return _certificate(apns_identity(channel, read))
        case ApnsChannel(key_file=key) if key:
            return {"kind": "key", "fingerprint": _digest(_public(load_p256_key(read(key), "key")))}
        case FcmChannel(service_account_file=account):
            return _account(members_of(read(account), "service_account"), ("project_id", "client_email"))
        case HuaweiChannel(service_account_file=account) if account:
            return _account(members_of(read(account), "service_account"), ("project_id", "sub_account"))
        case HuaweiChannel(secret_file=secret) if secret:
            fingerprint = mark(read(secret))
            return {"kind": "secret", **({"fingerprint": fingerprint} if fingerprint else {})}
    raise CredentialError("the channel has no credential")


def _certificate(pem: bytes) -> dict[str, Any]:
    certificate = x509.load_pem_x509_certificates(pem)[0]
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return {
        "kind": "certificate",
        "fingerprint": certificate.fingerprint(SHA256()).hex(),
        "expires_at": int(certificate.not_valid_after_utc.timestamp() * 1000),
        **({"subject": str(names[0].value)} if names else {}),
    }


def _account(members: dict[str, Any], told: tuple[str, ...]) -> dict[str, Any]:
    text = str(members.get("private_key"))
    try:
        # Only its public half is wanted; testing its primes takes a tenth of a second.
        key = load_pem_private_key(text.encode(), None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError):
        raise CredentialError("the service account holds no readable private key") from None
    names = {name: members[name] for name in told if isinstance(members.get(name), str)}
    return {"kind": "service_account", "fingerprint": _digest(_public(key)), **names}


def _public(key: Any) -> bytes:
    encoded: bytes = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return encoded


def _digest(data: bytes) -> str:
    digest = Hash(SHA256())
    digest.update(data)
    return digest.finalize().hex()

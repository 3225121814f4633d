"""A certificate authority that lives as long as one simulator."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

from providers.simulator import apns_certificate

#: Some platforms refuse server certificates that live longer than this.
_LIFE = timedelta(days=397)


class Authority:
    """Issues the fake vendors' certificate, and client certificates for APNs' certificate authentication.

    Args:
        names: host names and addresses that the vendors' certificate is good for, besides this machine's own.
    """

    def __init__(self, *names: str) -> None:
        now = datetime.now(UTC)
        self._ca = trustme.CA()
        every = dict.fromkeys(("localhost", "127.0.0.1", "::1", *names))
        self._leaf = self._ca.issue_cert(*every, not_before=now - timedelta(hours=1), not_after=now + _LIFE)

    def write_ca(self, path: Path) -> None:
        """Write the certificate that clients must trust, as PEM."""
        self._ca.cert_pem.write_to_path(path)

    def context(self, protocols: tuple[str, ...], *, client_certificates: bool = False) -> ssl.SSLContext:
        """Return a server context, TLS 1.2 or later, with these ALPN names.

        ``client_certificates`` asks for one of this authority's certificates without requiring it.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(list(protocols))
        self._leaf.configure_cert(context)
        if client_certificates:
            self._ca.configure_trust(context)
            context.verify_mode = ssl.CERT_OPTIONAL
        return context

    def issue_apns_certificate(self, *topics: str) -> bytes:
        """Return a new APNs client certificate and its unencrypted key, one PEM. The first topic is the app's own."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._signed(key.public_key(), topics)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return pem + certificate.public_bytes(Encoding.PEM)

    def _signed(self, key: ec.EllipticCurvePublicKey, topics: tuple[str, ...]) -> x509.Certificate:
        now = datetime.now(UTC)
        ca_key = load_pem_private_key(self._ca.private_key_pem.bytes(), password=None)
        assert isinstance(ca_key, ec.EllipticCurvePrivateKey)  # noqa: S101 - trustme's default key type
        return (
            x509.CertificateBuilder()
            .subject_name(apns_certificate.subject(topics[0]))
            .issuer_name(x509.load_pem_x509_certificate(self._ca.cert_pem.bytes()).subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + _LIFE)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .add_extension(apns_certificate.topics_extension(topics), critical=False)
            .sign(ca_key, hashes.SHA256())
        )

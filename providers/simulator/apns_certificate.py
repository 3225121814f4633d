"""The topics inside an APNs client certificate: written for tests, read by the fake vendor.

The subject's UID is the app; extension 1.2.840.113635.100.6.3.6 lists every topic as a UTF8String, each followed by
its kinds. https://developer.apple.com/documentation/usernotifications/establishing-a-certificate-based-connection-to-apns
"""

from cryptography import x509
from cryptography.x509.oid import NameOID

TOPICS_OID = x509.ObjectIdentifier("1.2.840.113635.100.6.3.6")
_UTF8_STRING, _SEQUENCE = 0x0C, 0x30
_LONG_FORM = 0x80


def subject(topic: str) -> x509.Name:
    """Return a subject as Apple writes it, for the app with this topic."""
    name = f"Apple Push Services: {topic}"
    # Common names end at 64 characters: RFC 5280, ub-common-name.
    common_name = x509.NameAttribute(NameOID.COMMON_NAME, name[:64])
    return x509.Name([x509.NameAttribute(NameOID.USER_ID, topic), common_name])


def topics_extension(topics: tuple[str, ...]) -> x509.UnrecognizedExtension:
    """Return Apple's extension that lists topics."""
    kinds = _der(_SEQUENCE, _der(_UTF8_STRING, b"app"))
    body = b"".join(_der(_UTF8_STRING, topic.encode()) + kinds for topic in topics)
    return x509.UnrecognizedExtension(TOPICS_OID, _der(_SEQUENCE, body))


def topics(certificate_der: bytes) -> frozenset[str]:
    """Return the topics a client certificate may send to; none when it is not an APNs certificate.

    Raises:
        ValueError: the bytes are no certificate.
    """
    certificate = x509.load_der_x509_certificate(certificate_der)
    uid = (str(name.value) for name in certificate.subject.get_attributes_for_oid(NameOID.USER_ID))
    listed = (
        topic
        for extension in certificate.extensions
        if isinstance(extension.value, x509.UnrecognizedExtension) and extension.oid == TOPICS_OID
        for topic in _strings(extension.value.value)
    )
    return frozenset((*uid, *listed))


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < _LONG_FORM:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG_FORM | len(octets))) + octets + content


def _strings(sequence: bytes) -> list[str]:
    """Return the UTF8Strings directly inside one DER SEQUENCE."""
    _, rest, _ = _element(sequence)
    found = []
    while rest:
        tag, content, rest = _element(rest)
        if tag == _UTF8_STRING:
            found.append(content.decode())
    return found


def _element(der: bytes) -> tuple[int, bytes, bytes]:
    """Split the first element off: its tag, its content, and what follows it."""
    tag, size, start = der[0], der[1], 2
    if size & _LONG_FORM:
        start += size & ~_LONG_FORM
        size = int.from_bytes(der[2:start], "big")
    return tag, der[start : start + size], der[start + size :]

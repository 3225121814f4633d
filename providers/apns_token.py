"""APNs provider tokens: the signed word that stands for a team's key."""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from providers.credentials import load_p256_key

#: Seconds for which a token stays the same. Apple wants a new one at least every 60 minutes and at most every 20.
WINDOW_S: Final = 40 * 60
_COORDINATE_BYTES: Final = 32


class ProviderToken:
    """The ``authorization`` value of one key, signed once per window.

    https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns

    Apple counts the different tokens of a team and answers TooManyProviderTokenUpdates. So ``iat`` is the start of a
    40-minute window and the signature is deterministic (RFC 6979): every process makes the same bytes, unasked.

    Args:
        key_pem: content of ``AuthKey_….p8``.
        key_id: the key's name, 10 characters.
        team_id: the team's name, 10 characters.
        clock: seconds since 1970.

    Raises:
        CredentialError: the key is no P-256 key.
    """

    def __init__(self, key_pem: bytes, key_id: str, team_id: str, clock: Callable[[], float] = time.time) -> None:
        self._key = load_p256_key(key_pem, "APNs key")
        self._key_id = key_id
        self._team_id = team_id
        self._clock = clock
        self._issued_at = -1
        self._header = ""

    def __call__(self) -> str:
        """Return ``bearer <token>``, at most 40 minutes old."""
        issued_at = int(self._clock() // WINDOW_S) * WINDOW_S
        if issued_at != self._issued_at:
            self._header = f"bearer {self._sign(issued_at)}"
            self._issued_at = issued_at
        return self._header

    def _sign(self, issued_at: int) -> str:
        head = _encode(_json({"alg": "ES256", "kid": self._key_id}))
        claims = _encode(_json({"iss": self._team_id, "iat": issued_at}))
        signed = f"{head}.{claims}"
        # PyJWT cannot sign deterministically: its tokens differ at every call.
        signature = self._key.sign(signed.encode(), ec.ECDSA(SHA256(), deterministic_signing=True))
        return f"{signed}.{_encode(_raw(signature))}"


def _raw(signature: bytes) -> bytes:
    """Turn a DER signature into the two coordinates that RFC 7518 3.4 wants."""
    return b"".join(number.to_bytes(_COORDINATE_BYTES) for number in decode_dss_signature(signature))


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()

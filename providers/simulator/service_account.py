"""The key of a vendor's service account: tests sign with its private half, the simulator checks with the public one."""

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

KEY_BITS = 2048
#: A private key is for its owner's eyes.
OWNER_ONLY = 0o600
#: Expiry is judged by the simulator's clock, which a test may turn; the library would ask the machine's.
CHECKS = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "require": ["iss", "aud", "iat", "exp"]}


class ServiceAccount:
    """One account with a fresh RSA key.

    Args:
        issuer: the ``iss`` its assertions carry (Google: ``client_email``, Huawei: ``sub_account``).
        audience: the only ``aud`` accepted.
        algorithm: the only signature accepted, ``RS256`` or ``PS256``.
        needs_key_id: refuse an assertion that does not name its key. Huawei documents ``kid``; Google takes
            assertions without one, as its own library for Node writes them.
    """

    def __init__(self, issuer: str, audience: str, algorithm: str, *, needs_key_id: bool) -> None:
        self.issuer = issuer
        self.key_id = secrets.token_hex(20)
        self._audience = audience
        self._algorithm = algorithm
        self._unnamed_key = None if needs_key_id else self.key_id
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)

    def claims(self, assertion: str) -> dict[str, Any] | None:
        """Return the claims of an assertion this account signed for its audience, or None; times are not judged."""
        try:
            if jwt.get_unverified_header(assertion).get("kid", self._unnamed_key) != self.key_id:
                return None
            return self._verified(assertion)
        except jwt.InvalidTokenError:
            return None

    def _verified(self, assertion: str) -> dict[str, Any] | None:
        claims: dict[str, Any] = jwt.decode(
            assertion,
            self._key.public_key(),
            algorithms=[self._algorithm],
            audience=self._audience,
            issuer=self.issuer,
            options=CHECKS,  # type: ignore[arg-type]  # the library wants its own TypedDict, which it does not export
        )
        return claims if _is_time(claims["iat"]) and _is_time(claims["exp"]) else None

    def write(self, path: Path, members: Mapping[str, str]) -> None:
        """Write the account's JSON file: the vendor's ``members`` and the private key in PEM (PKCS 8)."""
        write_secret(path, json.dumps({**members, "private_key": self._pem()}, indent=2))

    def _pem(self) -> str:
        return self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner can read, from its first byte on."""
    path.unlink(missing_ok=True)
    path.touch(mode=OWNER_ONLY)
    path.write_text(text, encoding="utf-8")


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

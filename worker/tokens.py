"""Bearer tokens of the HTTP API: JSON Web Tokens, signed with keys that come from the app's client secrets.

Nothing is stored: whoever holds the secret can mint and read. An app token names its app alone, a user token also its
user. https://www.rfc-editor.org/rfc/rfc7519
"""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from typing import Annotated

import jwt
import msgspec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from jwt.types import Options
from msgspec import Meta, Struct
from pydantic import SecretStr

from worker.config import Config, read_secret
from worker.config_apps import AppSettings
from worker.config_faults import ConfigError
from worker.verified_tokens import VerifiedTokens

#: Whoever holds a token can try secrets against its signature, as fast as machines go.
MIN_SECRET_LENGTH = 16
_ALGORITHM = "HS256"
#: The clock and the claims are judged here: pyjwt would read a clock of its own.
_SIGNATURE_ONLY: Options = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


class TokenFault(Enum):
    """Why a text is no token of this app."""

    CORRUPT = "corrupt"  # not a token at all
    FOREIGN = "foreign"  # signed by somebody else: another app, or a secret of before
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says. Times are milliseconds since 1970; ``user`` is None in an app token."""

    appkey: str
    user: str | None
    identifier: str
    issued_ms: int
    expires_ms: int


class _Payload(Struct, frozen=True):
    app: str
    jti: str
    # Seconds, as RFC 7519 has it; with milliseconds behind the point, which a revocation needs.
    iat: Annotated[float, Meta(ge=0)]
    exp: Annotated[float, Meta(ge=0)]
    user: str | None = None


class Authority:
    """Mints and reads the tokens of one app. The first secret signs, all are accepted: so they can be rotated."""

    def __init__(self, appkey: str, client_id: str, client_secrets: Sequence[SecretStr]) -> None:
        """Derive the keys."""
        self.appkey, self._client_id = appkey, client_id
        texts = [secret.get_secret_value() for secret in client_secrets]
        self._keys = [_derived(appkey, text) for text in texts]
        self._digests = [_digest(text) for text in texts]
        self._verified: VerifiedTokens[Claims] = VerifiedTokens()

    def mint(self, user: str | None, ttl_s: int, now_ms: int) -> str:
        """Return a token for the app, or for a user of it (lower case), that lives for ``ttl_s``."""
        named = {} if user is None else {"user": user}
        times = {"iat": now_ms / 1000, "exp": now_ms / 1000 + ttl_s}
        payload = {"app": self.appkey, **named, **times, "jti": secrets.token_urlsafe(12)}
        return jwt.encode(payload, self._keys[0], algorithm=_ALGORITHM)

    def read(self, token: str, now_ms: int) -> Claims | TokenFault:
        """Return what a token says, or why it says nothing."""
        claims = self._verified.get(token) or self._verify(token)
        if isinstance(claims, TokenFault):
            return claims
        if claims.expires_ms > now_ms:
            return claims
        self._verified.forget(token)
        return TokenFault.EXPIRED

    def is_client(self, client_id: str, client_secret: str) -> bool:
        """Return whether these are the app's credentials, after a time that does not depend on what differs."""
        given = _digest(client_secret)
        is_id = hmac.compare_digest(_digest(client_id), _digest(self._client_id))
        return bool(sum([hmac.compare_digest(given, digest) for digest in self._digests])) & is_id

    def _verify(self, token: str) -> Claims | TokenFault:
        payload = self._payload(token)
        if isinstance(payload, TokenFault):
            return payload
        if payload.app != self.appkey:
            return TokenFault.FOREIGN
        times = _milliseconds(payload.iat), _milliseconds(payload.exp)
        claims = Claims(payload.app, payload.user, payload.jti, *times)
        self._verified.add(token, claims)
        return claims

    def _payload(self, token: str) -> _Payload | TokenFault:
        for key in self._keys:
            try:
                found = jwt.decode(token, key, algorithms=[_ALGORITHM], options=_SIGNATURE_ONLY)
                return msgspec.convert(found, _Payload)
            except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError):
                continue
            except (jwt.InvalidTokenError, msgspec.ValidationError):
                return TokenFault.CORRUPT
        return TokenFault.FOREIGN


def authorities(config: Config) -> dict[str, Authority]:
    """Return the authority of each app that has credentials.

    Raises:
        ConfigError: a secret file cannot be read, or holds what is too short to be a secret.
    """
    pairs = ((appkey, authority(appkey, app)) for appkey, app in config.apps.items())
    return {appkey: found for appkey, found in pairs if found}


def authority(appkey: str, app: AppSettings) -> Authority | None:
    """Return an app's authority, None without credentials.

    Raises:
        ConfigError: as ``authorities``.
    """
    path = app.client_secret_file
    if not path or not app.client_id:
        return None
    lines = [line.strip() for line in read_secret(path).get_secret_value().splitlines() if line.strip()]
    if not lines or min(map(len, lines)) < MIN_SECRET_LENGTH:
        raise ConfigError([f"{path}: each line must be a secret of {MIN_SECRET_LENGTH} characters or more"])
    return Authority(appkey, app.client_id, [SecretStr(line) for line in lines])


def _derived(appkey: str, secret: str) -> bytes:
    """Return the signing key: another for each app, and none that the secret can be read off."""
    info = f"offline-push api token {appkey}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret.encode())


def _digest(text: str) -> bytes:
    return sha256(text.encode()).digest()


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)

"""APNs' rules for provider authentication tokens, kept per connection.

https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns
"""

import json
from dataclasses import dataclass, field
from typing import Any

from jwt import InvalidTokenError, PyJWS, get_unverified_header

from providers.simulator.apns_options import Options
from providers.simulator.apns_registry import Registry, TeamKey

_OLDEST_S = 3600
_BETWEEN_UPDATES_S = 20 * 60
#: A client that signs every request anew must not grow the cache without end.
_CACHE = 64


@dataclass(frozen=True, slots=True)
class ProviderToken:
    """A token whose signature, key and issuer are right."""

    key: TeamKey
    issued_at: int


@dataclass(slots=True)
class TokenHistory:
    """The provider tokens one connection has used."""

    registry: Registry
    options: Options
    _key_id: str | None = None
    #: Every ``iat`` that was taken up. A request that was prepared before the change may still bring an old one.
    _issued_at: set[int] = field(default_factory=set)
    _changed_at: float | None = None
    _verified: dict[str, ProviderToken] = field(default_factory=dict, repr=False)

    @property
    def is_trusted(self) -> bool:
        """Whether a valid token was seen."""
        return self._key_id is not None

    def check(self, encoded: str, now: float) -> str | TeamKey:
        """Return the key of a token that may be used now, or APNs' reason against it."""
        token = self._verified.get(encoded) or self._verify(encoded)
        if token is None:
            return "InvalidProviderToken"
        reason = self._objection(token, now)
        if reason is None:
            self._take_up(token, now)
        return reason or token.key

    def _verify(self, encoded: str) -> ProviderToken | None:
        token = verify(encoded, self.registry)
        if token is not None:
            if len(self._verified) >= _CACHE:
                self._verified.clear()
            self._verified[encoded] = token
        return token

    def _objection(self, token: ProviderToken, now: float) -> str | None:
        if not -self.options.iat_ahead_s <= now - token.issued_at <= _OLDEST_S:
            return "ExpiredProviderToken"
        if self._key_id not in {None, token.key.key_id}:
            return "UnrelatedKeyIdInToken"
        if token.key.environment not in {None, self.options.environment}:
            return self.options.environment_key_reason
        return "TooManyProviderTokenUpdates" if self._is_churn(token.issued_at, now) else None

    # Apple: "if you use a new token more than once every 20 minutes on the same connection". A client that renews at
    # a fixed boundary may connect just before it, so the first change is free if the tokens are 20 minutes apart.
    def _is_churn(self, issued_at: int, now: float) -> bool:
        if issued_at in self._issued_at:
            return False
        minted_too_soon = any(abs(issued_at - known) < _BETWEEN_UPDATES_S for known in self._issued_at)
        changed_lately = self._changed_at is not None and now - self._changed_at < _BETWEEN_UPDATES_S
        return minted_too_soon or changed_lately

    def _take_up(self, token: ProviderToken, now: float) -> None:
        if self._issued_at and token.issued_at not in self._issued_at:
            self._changed_at = now
        self._issued_at.add(token.issued_at)
        self._key_id = token.key.key_id


def verify(encoded: str, registry: Registry) -> ProviderToken | None:
    """Return the token if a registered key signed it with ES256 for its own team, else None."""
    try:
        key = registry.key(str(get_unverified_header(encoded).get("kid")))
        if key is None:
            return None
        claims = json.loads(PyJWS().decode(encoded, key.public_key, algorithms=["ES256"]))
    except (InvalidTokenError, ValueError):
        return None
    return _claimed(claims, key)


def _claimed(claims: Any, key: TeamKey) -> ProviderToken | None:
    if not isinstance(claims, dict) or claims.get("iss") != key.team_id:
        return None
    try:
        # Apple's own sample writes iat as a string, and APNs accepts it.
        return ProviderToken(key, int(claims.get("iat", "")))
    except (TypeError, ValueError, OverflowError):
        return None

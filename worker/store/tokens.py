"""What is remembered of the API's callers: which tokens are revoked, how much of an app's rate is used, who guesses.

All of an app is in partition 0. Everything expires by itself.
"""

from dataclasses import dataclass
from enum import Enum

from redis.asyncio import Redis

from worker.config_sections import MAX_TTL_S
from worker.store.keys import Keys
from worker.store.scripts import Scripts
from worker.tokens import Claims

#: Attempts at a secret that need not wait (a fleet behind one address starts at once), the first and the longest wait,
#: and when they are forgotten.
_FREE, _FIRST_MS, _LONGEST_MS, _MEMORY_MS = 20, 1_000, 300_000, 3_600_000
_REVOKED = -1
_KEYS = Keys(0)


class Revoked(Enum):
    """The token was revoked."""

    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Bucket:
    """A rate of an app: its name, requests per second, and how many may come at once."""

    name: str
    per_s: float
    burst: int


class TokenStore:
    """Judges callers by what others have said or used."""

    def __init__(self, client: Redis, scripts: Scripts) -> None:
        """Bind; the scripts are the client's."""
        self._client, self._scripts = client, scripts

    async def admit(self, claims: Claims, bucket: Bucket) -> int | Revoked:
        """Count one request; return 0 when it is admitted, else after how many milliseconds it would be."""
        keys = [
            _KEYS.rate(claims.appkey, bucket.name),
            _KEYS.revoked_token(claims.appkey, claims.identifier),
            _KEYS.revoked_user(claims.appkey, claims.user or ""),
            _KEYS.revoked_app(claims.appkey),
        ]
        interval_us = round(1_000_000 / bucket.per_s)
        answer = await self._scripts.run("admit", keys, [claims.issued_ms, interval_us, interval_us * bucket.burst])
        return Revoked.REVOKED if answer == _REVOKED else int(answer)

    async def revoke(self, claims: Claims, now_ms: int) -> None:
        """End one token."""
        key = _KEYS.revoked_token(claims.appkey, claims.identifier)
        await self._scripts.run("revoke", [key], [now_ms, max(1, claims.expires_ms - now_ms)])

    async def revoke_user(self, appkey: str, user: str, now_ms: int) -> None:
        """End all tokens of a user that were issued until now."""
        await self._scripts.run("revoke", [_KEYS.revoked_user(appkey, user)], [now_ms, MAX_TTL_S * 1000])

    async def revoke_app(self, appkey: str, now_ms: int) -> None:
        """End all tokens of an app, its users' as well, that were issued until now."""
        await self._scripts.run("revoke", [_KEYS.revoked_app(appkey)], [now_ms, MAX_TTL_S * 1000])

    async def attempt(self, appkey: str, address: str) -> int:
        """Take down that an address tries a secret; return 0 when it may, else for how many milliseconds not."""
        arguments = [_FREE, _FIRST_MS, _LONGEST_MS, _MEMORY_MS]
        return int(await self._scripts.run("attempt", [_KEYS.attempts(appkey, address)], arguments))

    async def forgive(self, appkey: str, address: str) -> None:
        """Forget an address's attempts: it knows the secret."""
        await self._client.unlink(_KEYS.attempts(appkey, address))

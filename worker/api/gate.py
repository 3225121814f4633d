"""Who may come in: whose token it is, whether it is revoked, whether the app has requests left."""

from collections.abc import Mapping
from dataclasses import dataclass

from worker.api import refusals
from worker.clock import Clock
from worker.store.tokens import Bucket, Revoked, TokenStore
from worker.tokens import Authority, Claims, TokenFault

#: Why a text is no token -> how that is said.
_FAULTS = {
    TokenFault.CORRUPT: refusals.corrupt_token,
    TokenFault.FOREIGN: refusals.not_authenticated,
    TokenFault.EXPIRED: refusals.expired_token,
}


@dataclass(frozen=True, slots=True)
class Gate:
    """``appkeys`` are the apps that there are, ``authorities`` those that have credentials."""

    appkeys: frozenset[str]
    authorities: Mapping[str, Authority]
    store: TokenStore
    buckets: Mapping[str, Bucket]
    clock: Clock

    async def admit(self, appkey: str, token: str | None, kind: str) -> Claims:
        """Return what the caller's token says, and count the request as one of a kind.

        Raises:
            Refusal: the token is none of this app, or was revoked, or the app has no requests left.
        """
        claims = self._claims(appkey, token)
        answer = await self.store.admit(claims, self.buckets[kind])
        if isinstance(answer, Revoked):
            raise refusals.not_authenticated()
        if answer:
            raise refusals.too_many(answer)
        return claims

    def _claims(self, appkey: str, token: str | None) -> Claims:
        authority = self.authorities.get(appkey)
        if authority is None or not token:
            raise refusals.not_authenticated()
        found = authority.read(token, self.clock())
        if isinstance(found, TokenFault):
            refusal = _FAULTS[found]
            raise refusal()
        return found

"""OAuth access tokens: fetched once for all sends of a loop, renewed before they expire."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

#: Seconds before expiry at which a token is renewed; a token that lives shorter is renewed a third early.
EARLY_S: Final = 300.0
_EARLY_SHARE: Final = 1 / 3
# Without a pause every queued send would ask a token endpoint that has just failed.
_PAUSE_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Grant:
    """A token and how many seconds it lives."""

    token: str = field(repr=False)
    lifetime_s: float


@dataclass(frozen=True, slots=True)
class OAuthError:
    """There is no token.

    ``refused`` says that the vendor refused the credentials: ``cause`` is then its documented code, and a person has to
    act. Otherwise ``cause`` is one line about the network or an answer nobody documents, and it may pass.
    """

    cause: str
    refused: bool = False


#: Asks the token endpoint once. It never raises for what a network or a vendor can do, and ends within seconds.
Fetch = Callable[[], Awaitable[Grant | OAuthError]]


@dataclass(frozen=True, slots=True)
class _Held:
    token: str = field(repr=False)
    refresh_at: float
    expires_at: float


class AccessToken:
    """The current token of one channel on one event loop; a refresh is shared by all who wait for it.

    Args:
        fetch: asks the token endpoint.
        clock: monotonic seconds.
    """

    def __init__(self, fetch: Fetch, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._held: _Held | None = None
        self._refreshing: asyncio.Task[Grant | OAuthError] | None = None
        self._failure = OAuthError("no token yet")
        self._retry_at = float("-inf")

    async def get(self) -> str | OAuthError:
        """Return a token; wait only when there is no valid one. Cancelling a waiter does not stop the refresh."""
        now = self._clock()
        held = self._held
        if held and now < held.refresh_at:
            return held.token
        refreshing = self._refresh(now)
        if held and now < held.expires_at:
            return held.token
        outcome = await asyncio.shield(refreshing) if refreshing else self._failure
        return outcome.token if isinstance(outcome, Grant) else outcome

    def invalidate(self, token: str) -> None:
        """Forget a token that the vendor called expired, unless it has been replaced already."""
        if self._held and self._held.token == token:
            self._held = None

    async def aclose(self) -> None:
        """Abandon a refresh that is under way; call when nothing is in flight."""
        if self._refreshing:
            self._refreshing.cancel()
            await asyncio.wait([self._refreshing])

    def _refresh(self, now: float) -> asyncio.Task[Grant | OAuthError] | None:
        if self._refreshing is None and now >= self._retry_at:
            self._refreshing = asyncio.create_task(self._renew(now))
        return self._refreshing

    async def _renew(self, started: float) -> Grant | OAuthError:
        try:
            outcome = await self._fetch()
        finally:
            self._refreshing = None
        if isinstance(outcome, Grant):
            self._held = _hold(outcome, started)
        else:
            self._failure = outcome
            self._retry_at = self._clock() + _PAUSE_S
        return outcome


def _hold(grant: Grant, started: float) -> _Held:
    early = min(EARLY_S, grant.lifetime_s * _EARLY_SHARE)
    return _Held(grant.token, started + grant.lifetime_s - early, started + grant.lifetime_s)

"""The wire under an access token: one refresh when the vendor calls the token expired, never a second one."""

import asyncio
from collections.abc import Callable, Sequence

from providers.oauth import AccessToken, OAuthError
from providers.result import Rejected, RejectionKind, Retryable
from providers.transport import Ambiguous, Answer, NotSent, Transport


class BearerTransport:
    """Posts with ``authorization: Bearer``; what never became an answer is a Result already.

    Args:
        transport: the wire to the vendor.
        tokens: the channel's access token.
        is_stale: tells from an answer that the vendor wants another token.
    """

    def __init__(self, transport: Transport, tokens: AccessToken, is_stale: Callable[[Answer], bool]) -> None:
        self._transport = transport
        self._tokens = tokens
        self._is_stale = is_stale

    async def post(
        self, path: str, headers: Sequence[tuple[str, str]], body: bytes, deadline: float
    ) -> Answer | Rejected | Retryable:
        """Post once, and once more with a new token; ``deadline`` (seconds from now) covers all of it.

        ``headers`` are sent besides the authorization.
        """
        ends_at = asyncio.get_running_loop().time() + deadline
        token = await self._token(ends_at)
        outcome = await self._post(path, headers, body, token, ends_at)
        if isinstance(token, str) and isinstance(outcome, Answer) and self._is_stale(outcome):
            self._tokens.invalidate(token)
            outcome = await self._post(path, headers, body, await self._token(ends_at), ends_at)
        return outcome

    async def aclose(self) -> None:
        """Close the wire and abandon a refresh; call when nothing is in flight."""
        await self._tokens.aclose()
        await self._transport.aclose()

    async def _token(self, ends_at: float) -> str | OAuthError:
        try:
            async with asyncio.timeout_at(ends_at):
                return await self._tokens.get()
        except TimeoutError:
            return OAuthError("deadline passed before an access token came")

    async def _post(
        self, path: str, headers: Sequence[tuple[str, str]], body: bytes, token: str | OAuthError, ends_at: float
    ) -> Answer | Rejected | Retryable:
        if isinstance(token, OAuthError):
            return _without_token(token)
        left = ends_at - asyncio.get_running_loop().time()
        if left <= 0:
            return Retryable("not_sent", detail="deadline passed before the request")
        authorized = (("authorization", f"Bearer {token}"), *headers)
        return _settled(await self._transport.post(path, authorized, body, left))


def _without_token(error: OAuthError) -> Rejected | Retryable:
    if error.refused:
        return Rejected(error.cause, RejectionKind.CONFIGURATION)
    return Retryable("not_sent", detail=error.cause)


def _settled(outcome: Answer | NotSent | Ambiguous) -> Answer | Retryable:
    match outcome:
        case Answer():
            return outcome
        case NotSent(cause=cause):
            return Retryable("not_sent", detail=cause)
        case Ambiguous(cause=cause):
            return Retryable("ambiguous", maybe_sent=True, detail=cause)

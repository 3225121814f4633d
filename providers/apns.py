"""Apple Push Notification service: one topic over one wire."""

import asyncio
import re
import time
from collections.abc import Callable
from functools import partial
from typing import Final

from aioapns.common import APNS_RESPONSE_CODE

from providers import apns_payload
from providers.apns_reasons import REASONS
from providers.apns_wire import AMBIGUOUS, NOT_SENT, SUCCESS, Client, Outcome, Push, outcome_of
from providers.notification import Notification
from providers.pace import Pace
from providers.result import Accepted, Rejected, RejectionKind, Result, Retryable
from providers.transport import Ambiguous, Answer, NotSent, Transport

#: https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
#: Port 2197 works too.
ORIGINS: Final = {
    "production": "https://api.push.apple.com:443",
    "development": "https://api.sandbox.push.apple.com:443",
}
#: Requests on one connection: Apple names no limit, lifts it to about 1000 and lowers it after errors.
STREAMS: Final = 400
#: Headers that Apple does not want in the table it keeps for a connection (same page; ``wire_http2.py`` has the rest).
UNKEPT: Final = ("authorization",)
#: Apple's tokens are hexadecimal of any length; whatever could change the path is refused unasked.
_TOKEN: Final = re.compile(r"[0-9A-Za-z_-]+")
#: Any length has an end, before that of the headers that a server takes: beyond it the whole connection is cut.
_LONGEST_TOKEN: Final = 8192
_COLLAPSE_ID_BYTES: Final = 64
_EXPIRED: Final = "ExpiredProviderToken"
_BAD_TOKEN: Final = "BadDeviceToken"  # noqa: S105 - Apple's name of a fault
#: What Apple says of a token it knows, or knew.
_KNOWN: Final = frozenset({"Unregistered", "ExpiredToken"})
#: So many bad tokens in a row are no longer the tokens' fault: sandbox tokens are sent to production, or the reverse.
MIX_UP: Final = 20


class Apns:
    """A Provider for one topic (bundle id).

    https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns

    Args:
        transport: the wire to ``https://api.push.apple.com:443`` or the sandbox; closed by ``aclose``.
        topic: the bundle id; ``.voip`` is added for VoIP pushes.
        authorization: gives ``bearer <token>`` (see ``ProviderToken``); None under a client certificate.
        pace: a rate to keep; Apple publishes none.
    """

    def __init__(
        self,
        transport: Transport,
        topic: str,
        authorization: Callable[[], str] | None,
        pace: Pace | None = None,
    ) -> None:
        self._client = Client(transport, topic)
        self._transport = transport
        self._authorization = authorization
        self._pace = pace
        self._bad_in_a_row = 0
        #: The loop holds tasks weakly; this keeps them.
        self._repeats: set[asyncio.Task[None]] = set()

    async def send(self, notification: Notification, deadline: float) -> Result:
        """Send once; a second time only if Apple calls the provider token expired and there is a newer one."""
        if refused := _unsendable(notification):
            return refused
        body = apns_payload.encoded(notification)
        if body is None:
            return Rejected("PayloadTooLarge", RejectionKind.MESSAGE)
        left = await self._pace.left(1, deadline) if self._pace else deadline
        if isinstance(left, Retryable):
            return left
        ends_at = time.monotonic() + left
        push = Push(notification, body, self._header(), left)
        outcome = await self._client.send_notification(push)
        newer = self._newer(push, outcome)
        return await self._repeated(push, newer, ends_at) if newer else self._judged(outcome)

    def begin(self, notification: Notification, deadline: float, tell: Callable[[Result], None]) -> bool:
        """Begin what ``send`` does, without a task, if nothing has to be waited for; see ``PromptProvider``."""
        if self._pace or _unsendable(notification):
            return False
        body = apns_payload.encoded(notification)
        if body is None:
            return False
        ends_at = time.monotonic() + deadline
        push = Push(notification, body, self._header(), deadline)
        return self._client.begin(push, partial(self._tell, push, ends_at, tell))

    def _tell(
        self, push: Push, ends_at: float, tell: Callable[[Result], None], answer: Answer | NotSent | Ambiguous
    ) -> None:
        if isinstance(answer, Answer) and answer.status == SUCCESS:  # nearly always
            self._bad_in_a_row = 0
            tell(Accepted(push.notification_id))
            return
        outcome = outcome_of(push, answer)
        if newer := self._newer(push, outcome):
            repeat = asyncio.create_task(self._repeat(push, newer, ends_at, tell))
            self._repeats.add(repeat)
            repeat.add_done_callback(self._repeats.discard)
        else:
            tell(self._judged(outcome))

    def _newer(self, push: Push, outcome: Outcome) -> str | None:
        """Return the newer provider token if Apple calls the one of a push expired and there is one."""
        if outcome.description != _EXPIRED:
            return None
        header = self._header()
        return header if header != push.authorization else None

    async def _repeat(self, push: Push, newer: str, ends_at: float, tell: Callable[[Result], None]) -> None:
        tell(await self._repeated(push, newer, ends_at))

    async def _repeated(self, push: Push, newer: str, ends_at: float) -> Result:
        again = Push(push.notification, push.body, newer, ends_at - time.monotonic())
        return self._judged(await self._client.send_notification(again))

    def _judged(self, outcome: Outcome) -> Result:
        if outcome.status == APNS_RESPONSE_CODE.SUCCESS:
            self._bad_in_a_row = 0
            return Accepted(outcome.notification_id)
        return self._believed(_failure(outcome))

    def _believed(self, result: Result) -> Result:
        """Blame the channel, not the token, once BadDeviceToken is all that Apple answers."""
        if isinstance(result, Rejected) and result.reason in _KNOWN:
            self._bad_in_a_row = 0
        if isinstance(result, Rejected) and result.reason == _BAD_TOKEN:
            self._bad_in_a_row += 1
            if self._bad_in_a_row > MIX_UP:
                return Rejected(_BAD_TOKEN, RejectionKind.CONFIGURATION)
        return result

    async def aclose(self) -> None:
        """Close the wire; call when nothing is in flight."""
        await self._transport.aclose()

    def _header(self) -> str | None:
        return self._authorization() if self._authorization else None


def _unsendable(notification: Notification) -> Rejected | None:
    """Return what Apple would say about a token or collapse id that cannot or should not travel."""
    token = notification.token
    # Nearly all are hexadecimal, which is told faster than by the expression.
    is_fit = (token.isascii() and token.encode().isalnum()) or _TOKEN.fullmatch(token)
    if not is_fit or len(token) > _LONGEST_TOKEN:
        return Rejected("BadDeviceToken", RejectionKind.TOKEN)
    key = notification.collapse_id
    if key and not (key.isascii() and key.isprintable() and key == key.strip() and len(key) <= _COLLAPSE_ID_BYTES):
        return Rejected("BadCollapseId", RejectionKind.MESSAGE)
    return None


def _failure(outcome: Outcome) -> Result:
    if outcome.status == NOT_SENT:
        return Retryable("not_sent", detail=outcome.description or "")
    if outcome.status == AMBIGUOUS:
        return Retryable("ambiguous", maybe_sent=True, detail=outcome.description or "")
    return _refusal(outcome)


def _refusal(outcome: Outcome) -> Result:
    reason = outcome.description or ""
    # Only a reason from the table is repeated: any other text could hold anything.
    if reason not in REASONS:
        detail = f"status {outcome.status} without a documented reason"
        return Retryable("unexpected_answer", retry_after=outcome.retry_after, detail=detail)
    kind = REASONS[reason]
    if kind is None:
        return Retryable(reason, retry_after=outcome.retry_after, detail=f"status {outcome.status}")
    return Rejected(reason, kind, outcome.timestamp if kind is RejectionKind.TOKEN else None)

"""``aioapns.APNs`` without its connections: its vocabulary above, this project's wire below.

aioapns' own connections wait for ever when a stream is reset, a body is missing or split, an ``apns-id`` is absent,
or a caller has timed out, and never return flow-control credit. So the client object and its request and result
classes are kept and ``send_notification`` is ours; the library's, which awaits a pool, would cost each push a level.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec
from aioapns import APNs, NotificationRequest
from aioapns.common import APNS_RESPONSE_CODE, NotificationResult

from providers.notification import Notification, PushType
from providers.retry_after import LONGEST_S
from providers.transport import Ambiguous, Answer, NotSent, Tell, Transport
from providers.wire import Headers

#: ``NotificationResult.status`` when no vendor's status exists.
NOT_SENT: Final = "not_sent"
AMBIGUOUS: Final = "ambiguous"

#: The one status of a push that Apple took.
SUCCESS: Final = int(APNS_RESPONSE_CODE.SUCCESS)
_PATH: Final = "/3/device/"
# 10 is an error for a background push.
_PRIORITY: Final = {PushType.ALERT: "10", PushType.VOIP: "10", PushType.BACKGROUND: "5"}


class Push(NotificationRequest):
    """A request that is already worded.

    ``body`` is the encoded payload, so that it is encoded once however often it is sent; ``message`` stays empty.
    ``deadline`` is in seconds from now, ``authorization`` the header's value or None under a client certificate.
    """

    __slots__ = ("authorization", "body", "deadline", "notification")

    def __init__(self, notification: Notification, body: bytes, authorization: str | None, deadline: float) -> None:
        """Name the notification by its own id, so that every repeat carries the same one."""
        super().__init__(notification.token, {}, notification.id)
        self.notification = notification
        self.body = body
        self.authorization = authorization
        self.deadline = deadline


class Outcome(NotificationResult):
    """A result that also knows when the vendor wants to be asked again, in seconds."""

    __slots__ = ("retry_after",)

    def __init__(
        self,
        notification_id: str,
        status: str,
        description: str | None = None,
        timestamp: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(notification_id, status, description, timestamp)
        self.retry_after = retry_after


class Client(APNs):
    """``aioapns.APNs`` over a Transport: it sends once and answers with an Outcome.

    Its own constructor would make a pool that binds a loop and reads keys; its own ``send_notification`` would await
    that pool, and log every refusal as an error.
    """

    def __init__(self, transport: Transport, topic: str) -> None:
        self._transport = transport
        self._fixed = {kind: _fixed_headers(kind, topic) for kind in PushType}
        #: By push type: the authorization, and all headers that last as long as it does.
        self._known: dict[PushType, tuple[str | None, Headers]] = {}

    async def send_notification(self, request: Push) -> Outcome:  # type: ignore[override] # of requests only ours
        """Send once; the outcome's status is the vendor's, ``NOT_SENT`` or ``AMBIGUOUS``."""
        lasting = self._lasting(request.notification.push_type, request.authorization)
        answer = await self._transport.post(
            _PATH + request.device_token, _headers(request), request.body, request.deadline, lasting
        )
        return outcome_of(request, answer)

    def begin(self, request: Push, tell: Tell) -> bool:
        """Begin what ``send_notification`` does, without a task; see ``Transport.begin``."""
        return self._transport.begin(
            _PATH + request.device_token,
            _headers(request),
            request.body,
            request.deadline,
            tell,
            self._lasting(request.notification.push_type, request.authorization),
        )

    def _lasting(self, kind: PushType, authorization: str | None) -> Headers:
        known = self._known.get(kind)
        if known is None or known[0] != authorization:
            own = (("authorization", authorization),) if authorization else ()
            known = self._known[kind] = authorization, (*self._fixed[kind], *own)
        return known[1]


def _headers(request: Push) -> list[tuple[str, str]]:
    notification = request.notification
    headers = [("apns-id", request.notification_id)]
    if notification.expires_at is not None:
        headers.append(("apns-expiration", str(notification.expires_at)))
    if notification.collapse_id:
        headers.append(("apns-collapse-id", notification.collapse_id))
    return headers


class _Refusal(msgspec.Struct):
    """https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns."""

    reason: str | None = None
    timestamp: Any = None


_decode: Callable[[bytes], _Refusal] = msgspec.json.Decoder(_Refusal).decode


def _fixed_headers(kind: PushType, topic: str) -> list[tuple[str, str]]:
    # https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
    return [
        ("apns-topic", f"{topic.removesuffix('.voip')}.voip" if kind is PushType.VOIP else topic),
        ("apns-push-type", kind.value),
        ("apns-priority", _PRIORITY[kind]),
        ("content-type", "application/json"),
    ]


def outcome_of(request: Push, answer: Answer | NotSent | Ambiguous) -> Outcome:
    """Return what became of a request; its status is the vendor's, ``NOT_SENT`` or ``AMBIGUOUS``."""
    match answer:
        case Answer():
            return _read(request.notification_id, answer)
        case NotSent(cause):
            return Outcome(request.notification_id, NOT_SENT, cause)
        case Ambiguous(cause):
            return Outcome(request.notification_id, AMBIGUOUS, cause)


def _read(sent_id: str, answer: Answer) -> Outcome:
    if answer.status == SUCCESS:
        # Apple echoes the id that we sent: to read its headers for that costs more than the rest of the answer.
        return Outcome(sent_id, APNS_RESPONSE_CODE.SUCCESS)
    vendor_id = answer.headers.get("apns-id", sent_id)
    refusal = _refusal(answer.body)
    timestamp = refusal.timestamp if type(refusal.timestamp) is int else None
    again_s = _seconds(answer.headers.get("retry-after", ""))
    return Outcome(vendor_id, str(answer.status), refusal.reason, timestamp, again_s)


def _refusal(body: bytes) -> _Refusal:
    try:
        return _decode(body)
    except (ValueError, RecursionError):  # a proxy's page, an empty or truncated body, nonsense nested deeply
        return _Refusal()


def _seconds(retry_after: str) -> float | None:
    # Apple documents none and proxies may send one; a date is not worth a wait. Without the bound, 400 digits are inf.
    return min(float(retry_after), LONGEST_S) if retry_after.isascii() and retry_after.isdecimal() else None

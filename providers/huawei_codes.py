"""What each Huawei Push Kit answer means for the token, the message and the channel.

v1, v2: https://developer.huawei.com/consumer/cn/doc/HMSCore-References/https-send-api-0000001050986197
v3: https://developer.huawei.com/consumer/cn/doc/harmonyos-references/push-scenariozed-api-response
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from providers.result import Accepted, Rejected, RejectionKind, Result, Retryable
from providers.retry_after import Later
from providers.transport import Answer

SUCCESS: Final = "80000000"
PARTIAL: Final = "80100000"
_ALL_INVALID: Final = "80300007"

#: ``code`` -> who has to act. ``80100000`` and, under v3, ``80300007`` say more in ``msg``: see ``TOKEN_REASONS``.
CODES: Final[Mapping[str, RejectionKind | Later]] = {
    # Some tokens are bad, and a request here holds one.
    "80100000": RejectionKind.TOKEN,
    # The message.
    "80100001": RejectionKind.MESSAGE,
    "80100003": RejectionKind.MESSAGE,
    "80100004": RejectionKind.MESSAGE,
    "80100013": RejectionKind.MESSAGE,
    "80100016": RejectionKind.MESSAGE,
    "80100018": RejectionKind.MESSAGE,
    "80100022": RejectionKind.MESSAGE,
    "80300008": RejectionKind.MESSAGE,
    # Token count: a request here holds one, so the body was not understood. Our fault, not the token's.
    "80300010": RejectionKind.MESSAGE,
    # More than 100 topic tasks.
    "80100017": Later(),
    # Credentials; the two expiries arrive here only when a new token was refused too.
    "80200001": RejectionKind.CONFIGURATION,
    "80200003": RejectionKind.CONFIGURATION,
    "80200005": RejectionKind.CONFIGURATION,
    "80300036": RejectionKind.CONFIGURATION,
    # Rights, addresses, penalties.
    "80300002": RejectionKind.CONFIGURATION,
    "80300011": RejectionKind.CONFIGURATION,
    "80300013": RejectionKind.CONFIGURATION,
    "80300030": RejectionKind.CONFIGURATION,
    "80300037": RejectionKind.CONFIGURATION,
    # "All tokens are invalid", also for a wrong app id, package or API version. With one token a request, v1 and v2
    # leave nothing else to tell these apart: keeping the token would send to it for ever, and a wrong channel shows on
    # every token, which the mass-invalidation breaker is there for.
    "80300007": RejectionKind.TOKEN,
    # Too many test messages.
    "80300029": Later(),
    # Huawei's own OAuth service failed.
    "80600003": Later(),
    "81000001": Later(maybe_sent=True),
}

#: v3 names the reason of each bad token in ``msg``. Only these are the token's fault; the others are rights and
#: settings of the app, and the token stays.
TOKEN_REASONS: Final[Mapping[str, RejectionKind]] = {
    "tokenFormatError": RejectionKind.TOKEN,
    "tokenPlatformNotSupport": RejectionKind.TOKEN,
    # Another project's app, or a token from before the phone's upgrade to HarmonyOS 5.
    "noRight": RejectionKind.TOKEN,
    "noPushTypeRight": RejectionKind.CONFIGURATION,
    "atomicUnableSendUnsubscribedMsg": RejectionKind.CONFIGURATION,
    "countryNotSupport": RejectionKind.CONFIGURATION,
    "disableSendHuaweiMsgBecauseOfPenalty": RejectionKind.CONFIGURATION,
    "differentImgVerifyPolicy": RejectionKind.CONFIGURATION,
    "appinfoError": RejectionKind.CONFIGURATION,
    "notSupportPlayVoice": RejectionKind.CONFIGURATION,
    "noRightToSendThisLiveNotificationEvent": RejectionKind.CONFIGURATION,
}

#: HTTP statuses that Huawei documents by themselves; they count only when ``code`` is not in the table.
STATUSES: Final[Mapping[int, RejectionKind | Later]] = {
    401: RejectionKind.CONFIGURATION,
    404: RejectionKind.CONFIGURATION,
    500: Later(maybe_sent=True),
    502: Later(maybe_sent=True),
    # Flow control: the app's or the network's devices per second.
    503: Later(),
}

_STALE_CODES: Final = frozenset({"80200001", "80200003", "80200005"})
_OK: Final = 200
_UNAUTHORIZED: Final = 401


class Body(msgspec.Struct):
    """An answer of messages:send; empty when it cannot be read."""

    code: str = ""
    msg: str = ""
    request_id: str | None = msgspec.field(name="requestId", default=None)


class Tokens(msgspec.Struct):
    """The JSON inside ``msg``: v1 and v2 list tokens, v3 maps reasons to tokens."""

    success: int = 0
    failure: int = 0
    listed: list[str] = msgspec.field(name="illegal_tokens", default_factory=list)
    by_reason: dict[str, list[str]] = msgspec.field(name="illegalTokens", default_factory=dict)


_body: Final = msgspec.json.Decoder(Body)
_tokens: Final = msgspec.json.Decoder(Tokens)


def classify(answer: Answer, *, with_reasons: bool) -> Result:
    """Return what an answer of messages:send means. Only codes and reasons from the tables reach the result.

    Args:
        answer: to a request with one token.
        with_reasons: as v3 answers; a bad token without a reason is then nothing documented.
    """
    body = decoded(answer)
    if body.code == SUCCESS:
        return Accepted(body.request_id)
    if body.code in {PARTIAL, _ALL_INVALID}:
        return (_by_reason if with_reasons else _by_list)(answer, body)
    if body.code in CODES:
        return _row(answer, body.code, CODES[body.code])
    if answer.status in STATUSES:
        return _row(answer, str(answer.status), STATUSES[answer.status])
    return _unexpected(answer)


def is_stale(answer: Answer) -> bool:
    """Tell whether another access token may help."""
    code = decoded(answer).code
    return code in _STALE_CODES or (answer.status == _UNAUTHORIZED and code not in CODES)


def decoded(answer: Answer) -> Body:
    """Return what the answer says, as far as it can be read."""
    try:
        return _body.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Body()


def _row(answer: Answer, code: str, row: RejectionKind | Later) -> Result:
    if isinstance(row, Later):
        return row.result(code, answer.headers, f"status {answer.status}")
    return Rejected(code, row)


def _by_list(answer: Answer, body: Body) -> Result:
    # 80300007 comes in plain words; a partial success without its list says nothing about our token.
    tokens = named(body)
    if body.code == _ALL_INVALID or tokens.listed or tokens.failure:
        return _row(answer, body.code, CODES[body.code])
    return Accepted(body.request_id) if tokens.success else _unexpected(answer)


def _by_reason(answer: Answer, body: Body) -> Result:
    tokens = named(body)
    # Huawei's own sample pads the reason with blanks.
    reason = next((name.strip() for name in tokens.by_reason), "")
    if reason in TOKEN_REASONS:
        return Rejected(reason, TOKEN_REASONS[reason])
    is_sent = body.code == PARTIAL and tokens.success and not tokens.failure and not reason
    return Accepted(body.request_id) if is_sent else _unexpected(answer)


def named(body: Body) -> Tokens:
    """Return the tokens that ``msg`` names."""
    try:
        return _tokens.decode(body.msg)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Tokens()


def _unexpected(answer: Answer) -> Retryable:
    # Huawei's refusals come with 200 too, so an unreadable 200 may have been a success.
    row = Later(maybe_sent=answer.status == _OK)
    return row.result("unexpected_answer", answer.headers, f"status {answer.status} without a documented code")

"""One Huawei request for many phones: which notifications may share it, and whose token the answer speaks of."""

from collections.abc import Mapping, Sequence
from typing import Final

from providers.huawei_codes import PARTIAL, SUCCESS, TOKEN_REASONS, Body, Tokens, decoded, named
from providers.notification import Notification, fingerprint
from providers.result import Accepted, Rejected, RejectionKind, Result, Retryable
from providers.transport import Answer

#: https://developer.huawei.com/consumer/cn/doc/HMSCore-References/https-send-api-0000001050986197
BATCH_SIZE: Final = 1000
#: The member of Easemob's data that only a group message has.
_GROUP: Final = "g"


def may_share(notification: Notification) -> bool:
    """Return whether a notification, not addressed yet, is the same for every receiver with the same badge.

    Huawei could add one to each phone's own number instead of setting it, but that number falls behind the count of
    offline messages with every message that was counted and kept silent; receivers with the same count share a request,
    and each phone shows the truth.
    """
    return _GROUP in notification.data


def results(answer: Answer, tokens: Sequence[str], whole: Result) -> list[Result]:
    """Return a result for each token of a batch; ``whole`` is what the answer means for a request as such.

    A partial success names the tokens that failed and is never sent again as a whole. "All tokens are invalid" is also
    the answer to a wrong address: it is no proof against a thousand tokens, so each is asked again by itself.
    """
    body = decoded(answer)
    if body.code == SUCCESS:
        return [_accepted(body, token) for token in tokens]
    if body.code != PARTIAL:
        return [_of_each(whole)] * len(tokens)
    faults = _faults(named(body))
    if not faults:
        unnamed = Retryable("unexpected_answer", maybe_sent=True, detail="partial success without tokens")
        return [unnamed] * len(tokens)
    return [faults.get(token) or _accepted(body, token) for token in tokens]


def _of_each(whole: Result) -> Result:
    if isinstance(whole, Rejected) and whole.kind is RejectionKind.TOKEN:
        return Retryable(whole.reason, detail="all tokens of a batch")
    return whole


def _accepted(body: Body, token: str) -> Accepted:
    """Name the request and, because it is many phones', the phone."""
    return Accepted(f"{body.request_id or ''} {fingerprint(token)}".strip())


def _faults(tokens: Tokens) -> Mapping[str, Result]:
    faults: dict[str, Result] = {token: Rejected(PARTIAL, RejectionKind.TOKEN) for token in tokens.listed}
    for reason, listed in tokens.by_reason.items():
        name = reason.strip()  # Huawei's own sample pads it with blanks
        fault = Rejected(name, TOKEN_REASONS[name]) if name in TOKEN_REASONS else _unknown()
        faults |= dict.fromkeys(listed, fault)
    return faults


def _unknown() -> Retryable:
    return Retryable("unexpected_answer", detail="a token without a documented reason")

"""What Push Kit documents that it answers: a code, and for bad tokens more in ``msg``.

v1, v2: https://developer.huawei.com/consumer/cn/doc/HMSCore-References/https-send-api-0000001050986197
v3: https://developer.huawei.com/consumer/cn/doc/harmonyos-references/push-scenariozed-api-response
"""

import json
from typing import Any, Final

from providers.result import Accepted
from tests.contract.behaviours import (
    HUAWEI,
    HUAWEI_V3,
    Behaviour,
    Fault,
    Outcome,
    configuration,
    later,
    message,
    reply,
    token,
)

_V1_V2: Final = ("huawei_v1", "huawei_v2")
_OLD_PAGE: Final = f"{HUAWEI} (80300007: all tokens are invalid)"

#: Code -> status and outcome in every version.
_CODES: Final[dict[str, tuple[int, Outcome]]] = {
    "80000000": (200, Outcome(Accepted(), page=HUAWEI)),
    **{
        code: (400, message(code, page=HUAWEI))
        for code in ("80100001", "80100003", "80100004", "80100013", "80100016", "80100018", "80300008", "80300010")
    },
    "80100022": (400, message("80100022", page=HUAWEI_V3)),
    "80100017": (400, later("80100017", page=HUAWEI)),
    # Two refusals: the one that a new access token may cure, and the same again.
    **{code: (401, configuration(code, 2, HUAWEI)) for code in ("80200001", "80200003", "80200005")},
    **{code: (400, configuration(code, page=HUAWEI)) for code in ("80300002", "80300011", "80300013")},
    **{code: (400, configuration(code, page=HUAWEI_V3)) for code in ("80300030", "80300036", "80300037")},
    "80300029": (400, later("80300029", page=HUAWEI_V3)),
    "80600003": (500, later("80600003", page=HUAWEI)),
    "81000001": (500, later("81000001", maybe=True, page=HUAWEI)),
}

#: Reason -> whether the token is at fault; v3 only.
_REASONS: Final[dict[str, bool]] = {
    **dict.fromkeys(("tokenFormatError", "tokenPlatformNotSupport", "noRight"), True),
    **dict.fromkeys(
        (
            "noPushTypeRight",
            "atomicUnableSendUnsubscribedMsg",
            "countryNotSupport",
            "disableSendHuaweiMsgBecauseOfPenalty",
            "differentImgVerifyPolicy",
            "appinfoError",
            "notSupportPlayVoice",
            "noRightToSendThisLiveNotificationEvent",
        ),
        False,
    ),
}
CODES: Final = ("80100000", "80300007", *_CODES)
REASONS: Final = tuple(_REASONS)


def coded(status: int, code: str, msg: str | dict[str, Any] = "") -> tuple[Fault, ...]:
    """Return Huawei's answer; a ``msg`` that is no string becomes one, as Huawei writes it."""
    text = msg if isinstance(msg, str) else json.dumps(msg)
    return reply(status, {"code": code, "msg": text, "requestId": "157440955549500001002006"})


def _for(names: tuple[str, ...], outcome: Outcome) -> dict[str, Outcome]:
    return dict.fromkeys(names, outcome)


def _by_reason(reason: str) -> dict[str, Outcome]:
    outcome = token if _REASONS[reason.strip()] else configuration
    return {"huawei_v3": outcome(reason.strip(), page=HUAWEI_V3)}


def _named(reason: str) -> dict[str, Any]:
    return {"success": 0, "failure": 1, "illegalTokens": {reason: ["SECRETdevice"]}}


_LISTED: Final = {"success": 0, "failure": 1, "illegal_tokens": ["SECRETdevice"]}
_NEW: Final = ("huawei_v3",)

ROWS: Final = (
    *(
        Behaviour(f"{status} {code}", coded(status, code), None, {"huawei": outcome})
        for code, (status, outcome) in _CODES.items()
    ),
    *(
        Behaviour(f"{status} {code} {reason}", coded(status, code, _named(reason)), None, _by_reason(reason))
        for status, code in ((200, "80100000"), (400, "80300007"))
        for reason in (*_REASONS, " tokenFormatError ")
    ),
    Behaviour(
        "200 80100000 listed", coded(200, "80100000", _LISTED), None, _for(_V1_V2, token("80100000", page=HUAWEI))
    ),
    Behaviour(
        "200 80100000 in words",
        coded(200, "80100000", "Partial"),
        None,
        {"huawei": later("unexpected_answer", maybe=True, page=HUAWEI)},
    ),
    Behaviour(
        "400 80300007 in words",
        coded(400, "80300007", "All the tokens are invalid"),
        None,
        # v3 names the reason; without one nothing says that the token is at fault.
        _for(_V1_V2, token("80300007", page=_OLD_PAGE)) | _for(_NEW, later("unexpected_answer", page=HUAWEI_V3)),
    ),
    Behaviour(
        "400 80300007 for a reason of next year",
        coded(400, "80300007", _named("tooSecret")),
        None,
        _for(_NEW, later("unexpected_answer", page=HUAWEI_V3)),
    ),
    Behaviour(
        "400 a code of next year", coded(400, "89999999"), None, {"huawei": later("unexpected_answer", page=HUAWEI)}
    ),
    # Without a code the status counts where Huawei documents it; 401 may mean the access token.
    Behaviour("401 alone", reply(401), None, {"huawei": configuration("401", 2, HUAWEI)}),
    Behaviour("404 alone", reply(404), None, {"huawei": configuration("404", page=HUAWEI)}),
)

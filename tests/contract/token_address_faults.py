"""What a token address can do: Google's and Huawei's refusals, and everything that is no answer to the question.

https://developers.google.com/identity/protocols/oauth2/service-account
https://developer.huawei.com/consumer/cn/doc/HMSCore-References/server-error-codes-0000001062371380
"""

from typing import Any, Final

from providers.fcm_token import REFUSALS as GOOGLE_REFUSALS
from providers.huawei_token import REFUSALS as HUAWEI_REFUSALS
from tests.contract.behaviours import Behaviour, Fault, configuration, not_sent, reply, taken

_GOOGLE: Final = "https://developers.google.com/identity/protocols/oauth2/service-account"
_HUAWEI: Final = "https://developer.huawei.com/consumer/cn/doc/HMSCore-References/server-error-codes-0000001062371380"
_NO_PUSH: Final = not_sent(seen=0)
_HTML: Final = "<html>SECRETlogin</html>"


def _fault(action: str, **members: Any) -> tuple[Fault, ...]:
    return ({"action": action, **members},)


#: No push is sent, and none is lost. The address is asked once.
TROUBLE: Final = (
    *(
        Behaviour(f"{status}", reply(status, _HTML), _NO_PUSH)
        for status in (301, 403, 404, 408, 429, 500, 502, 503, 590)
    ),
    Behaviour("503 for an hour", reply(503, "", retry_after_s=3600), _NO_PUSH),
    Behaviour("200 empty", reply(200), _NO_PUSH),
    Behaviour("200 HTML", reply(200, _HTML), _NO_PUSH),
    Behaviour("200 a list", reply(200, "[1]"), _NO_PUSH),
    Behaviour("200 without a token", reply(200, {"token_type": "Bearer", "expires_in": 3600}), _NO_PUSH),
    Behaviour("200 a token of another type", reply(200, {"access_token": [7], "expires_in": "x"}), _NO_PUSH),
    Behaviour("200 nested deeply", reply(200, "[" * 100_000), _NO_PUSH),
    Behaviour("400 in no known words", reply(400, {"error": "SECRETword", "sub_error": 1}), _NO_PUSH),
    Behaviour("hangs up", _fault("reset_connection", by="fin"), _NO_PUSH),
    Behaviour("resets", _fault("reset_connection", by="rst"), _NO_PUSH),
    Behaviour("answers after the deadline", _fault("delay", seconds=3.5), _NO_PUSH, deadline=1.0),
)

#: A person has to act; the vendor's code says on what.
REFUSED: Final = (
    *(
        Behaviour(
            code,
            reply(400, {"error": code, "error_description": "SECRET"}),
            None,
            {"fcm": configuration(code, 0, _GOOGLE)},
        )
        for code in sorted(GOOGLE_REFUSALS)
    ),
    *(
        Behaviour(
            f"1101/{code}",
            reply(400, {"error": 1101, "sub_error": code, "error_description": "SECRET"}),
            None,
            {"huawei": configuration(f"1101/{code}", 0, _HUAWEI)},
        )
        for code in sorted(HUAWEI_REFUSALS)
    ),
)

SLOW: Final = Behaviour("answers late", _fault("delay", seconds=0.2), taken())

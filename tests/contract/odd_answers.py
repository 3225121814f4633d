"""Answers that no vendor documents: the same outcome for every provider, or a row with the reason."""

from typing import Final

from providers.result import Accepted, Retryable
from tests.contract.behaviours import APPLE, GOOGLE, HUAWEI, Behaviour, Outcome, configuration, later, reply

_PAGE: Final = "<html><head><title>SECRETlogin</title></head><body>Bad Gateway</body></html>"
_HTML: Final = {"content-type": "text/html"}
_DEEP: Final = '{"error":{"details":' + "[" * 4000
_TEXT: Final = {"content-type": "text/plain"}
_UNEXPECTED: Final = later("unexpected_answer")
#: The status says that it was taken, and a repeat would light up the phone twice.
_UNREADABLE: Final = later("unexpected_answer", maybe=True)
#: APNs' 200 has no body to read: its status is the whole answer.
_STATUS_SAYS_IT: Final = {"apns": Outcome(Accepted(), page=APPLE)}
#: Without a body nothing contradicts FCM's 200.
_EMPTY: Final = _STATUS_SAYS_IT | {"fcm": Outcome(Accepted(), page=GOOGLE)}
#: Breaks the stream in the middle of the body: less arrives than was announced.
_CUT: Final = {"content-length": "100"}
_GOOD: Final = {
    "apns": "",
    "fcm": {"name": "projects/sim-project/messages/0:1"},
    "huawei": {"code": "80000000", "msg": "Success", "requestId": "1"},
}

_TWO_HUNDRED: Final = (
    Behaviour("200 empty", reply(200), _UNREADABLE, _EMPTY),
    Behaviour("200 HTML", reply(200, _PAGE, headers=_HTML), _UNREADABLE, _STATUS_SAYS_IT),
    Behaviour("200 JSON without the member", reply(200, {"hello": "SECRET"}), _UNREADABLE, _STATUS_SAYS_IT),
    Behaviour("200 JSON of another type", reply(200, "[1]"), _UNREADABLE, _STATUS_SAYS_IT),
    Behaviour("200 half a JSON", reply(200, '{"name":"projects/x","code":"80'), _UNREADABLE, _STATUS_SAYS_IT),
    Behaviour("200 nested deeply", reply(200, _DEEP), _UNREADABLE, _STATUS_SAYS_IT),
    Behaviour("400 nested deeply", reply(400, _DEEP), _UNEXPECTED),
    Behaviour("200 cut short", reply(200, '{"name":"p', headers=_CUT), _UNREADABLE, _EMPTY),
    *(
        # The body counts, whatever its label says.
        Behaviour(f"200 as plain text for {vendor}", reply(200, body, headers=_TEXT), None, {vendor: accepted})
        for vendor, body in _GOOD.items()
        for accepted in (Outcome(Accepted(), page="https://www.rfc-editor.org/rfc/rfc9110#section-8.3"),)
    ),
)

_REFUSALS: Final = (
    *(Behaviour(f"{status} empty", reply(status), _UNEXPECTED) for status in (204, 301, 400, 403, 405, 410, 413, 418)),
    Behaviour(
        "401 empty",
        reply(401),
        _UNEXPECTED,
        # A 401 may mean the access token: once more with a new one.
        {
            "fcm": Outcome(Retryable("unexpected_answer"), seen=2, page=GOOGLE),
            "huawei": configuration("401", 2, HUAWEI),
        },
    ),
    # Huawei's page: 404 alone says that the address is wrong.
    Behaviour("404 HTML", reply(404, _PAGE, headers=_HTML), _UNEXPECTED, {"huawei": configuration("404", page=HUAWEI)}),
    Behaviour("410 cut short", reply(410, '{"reason":"Unr', headers=_CUT), _UNEXPECTED),
)

#: Huawei documents these three without a code: 500 and 502 as its own trouble, 503 as flow control.
_HUAWEI_BY_STATUS: Final = {
    500: {"huawei": later("500", maybe=True, page=HUAWEI)},
    502: {"huawei": later("502", maybe=True, page=HUAWEI)},
    503: {"huawei": later("503", page=HUAWEI)},
}
_TROUBLE: Final = tuple(
    Behaviour(f"{status} {name}", reply(status, body, headers=_HTML), _UNEXPECTED, _HUAWEI_BY_STATUS.get(status, {}))
    for status in (500, 502, 503, 504)
    for name, body in (("empty", ""), ("HTML", _PAGE))
)

ROWS: Final = (*_TWO_HUNDRED, *_REFUSALS, *_TROUBLE)

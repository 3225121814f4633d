"""Retry-After in every form, on every status that asks for patience, in the vendors' own words and without any.

https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
"""

from dataclasses import dataclass
from typing import Any, Final

from tests.contract.behaviours import APPLE, GOOGLE, GOOGLE_SCALE, HUAWEI, Behaviour, later, reply
from tests.contract.fcm_answers import failure, fcm_error


@dataclass(frozen=True, slots=True)
class _Form:
    """One way to write the header: members of the simulator's reply, and the seconds it stands for."""

    members: dict[str, Any]
    seconds: float | None
    is_date: bool = False


def _literal(value: str, seconds: float | None, *, is_date: bool = False) -> _Form:
    return _Form({"headers": {"retry-after": value}}, seconds, is_date)


_FORMS: Final = {
    "absent": _Form({}, None),
    "seconds": _Form({"retry_after_s": 7}, 7.0),
    "zero": _Form({"retry_after_s": 0}, 0.0),
    # At most ten minutes: a longer wait would outlive most chat messages, and a mistake must not park a channel.
    "a day": _Form({"retry_after_s": 86_400}, 600.0),
    "a number of 400 digits": _literal("9" * 400, 600.0),
    "a date in two hours": _Form({"retry_after_s": 7200, "as_date": True}, 600.0, is_date=True),
    "a date long past": _literal("Sun, 06 Nov 1994 08:49:37 GMT", 0.0, is_date=True),
    "garbage": _literal("soon", None),
    "a negative number": _literal("-5", None),
    "an impossible date": _literal("Sun, 99 Nov 1994 99:99:99 GMT", None),
}


@dataclass(frozen=True, slots=True)
class _Busy:
    """One answer that asks for patience; ``usual_s`` is what the vendor's page names when the header does not."""

    vendor: str
    status: int
    body: object
    cause: str
    page: str
    maybe: bool = False
    usual_s: float | None = None


_BUSY: Final = (
    _Busy("apns", 429, {"reason": "TooManyRequests"}, "TooManyRequests", APPLE),
    _Busy("apns", 500, {"reason": "InternalServerError"}, "InternalServerError", APPLE),
    _Busy("apns", 503, {"reason": "ServiceUnavailable"}, "ServiceUnavailable", APPLE),
    *(_Busy("apns", status, "", "unexpected_answer", APPLE) for status in (429, 500, 503)),
    _Busy(
        "fcm",
        *failure(429, "RESOURCE_EXHAUSTED", fcm_error("QUOTA_EXCEEDED")),
        "QUOTA_EXCEEDED",
        GOOGLE_SCALE,
        usual_s=60.0,
    ),
    _Busy("fcm", *failure(500, "INTERNAL", fcm_error("INTERNAL")), "INTERNAL", GOOGLE, maybe=True),
    _Busy("fcm", *failure(503, "UNAVAILABLE", fcm_error("UNAVAILABLE")), "UNAVAILABLE", GOOGLE, maybe=True),
    *(_Busy("fcm", status, "", "unexpected_answer", GOOGLE) for status in (429, 500, 503)),
    _Busy("huawei", 429, "", "unexpected_answer", HUAWEI),
    _Busy("huawei", 500, {"code": "81000001", "msg": "", "requestId": "1"}, "81000001", HUAWEI, maybe=True),
    _Busy("huawei", 500, "", "500", HUAWEI, maybe=True),
    _Busy("huawei", 503, "", "503", HUAWEI),
)


def _row(busy: _Busy, name: str, form: _Form) -> Behaviour:
    # Apple documents no Retry-After: a proxy's seconds are taken, a date is not.
    seconds = None if busy.vendor == "apns" and form.is_date else form.seconds
    outcome = later(busy.cause, busy.usual_s if seconds is None else seconds, maybe=busy.maybe, page=busy.page)
    title = f"{busy.status} {busy.cause} after {name}"
    return Behaviour(title, reply(busy.status, busy.body, **form.members), None, {busy.vendor: outcome})


ROWS: Final = tuple(_row(busy, name, form) for busy in _BUSY for name, form in _FORMS.items())

"""The vendors' bad days: random latency, two sends in a hundred throttled, one in a hundred a server error.

After each of these answers the vendor does not have the push: a repeat is no duplicate.
"""

from collections.abc import Mapping
from typing import Any

from tests.hard.fake_vendors import FakeVendors

Rule = dict[str, Any]
_GOOGLE = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_SENDS = {"apns": "/3/device/*", "fcm": "/v1/projects/*", "huawei": "/v*"}


def _apple(status: int, reason: str) -> Rule:
    return {"status": status, "body": {"reason": reason}, "echo": ["apns-id"]}


def _google(status: int, name: str, code: str) -> Rule:
    error = {"code": status, "message": name, "status": name, "details": [{"@type": _GOOGLE, "errorCode": code}]}
    return {"status": status, "body": {"error": error}, "retry_after_s": 1}


Answers = tuple[tuple[float, Rule], ...]
#: Vendor -> (share of sends, answer in the vendor's place).
ERRORS: Mapping[str, Answers] = {
    "apns": ((0.005, _apple(503, "ServiceUnavailable")), (0.005, _apple(500, "InternalServerError"))),
    "fcm": ((0.005, _google(503, "UNAVAILABLE", "UNAVAILABLE")), (0.005, _google(500, "INTERNAL", "INTERNAL"))),
    "huawei": (
        (0.005, {"status": 500, "body": {"code": "81000001", "msg": "System inner error", "requestId": ""}}),
        (0.005, {"status": 502}),
    ),
}
THROTTLES: Mapping[str, Answers] = {
    "apns": ((0.02, _apple(429, "TooManyRequests")),),
    "fcm": ((0.02, _google(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED")),),
    "huawei": ((0.02, {"status": 503}),),
}
#: Who is sent to again within seconds after it has throttled; with the others a minute or several go by.
QUICK = "huawei"


def begin(books: Mapping[str, FakeVendors], *, is_long: bool) -> None:
    """Let the bad days begin on each vendor's simulator. The short form throttles only where it need not wait long."""
    for vendor, vendors in books.items():
        throttles = THROTTLES[vendor] if is_long or vendor == QUICK else ()
        answers = [
            {"when": _sends(vendor) | {"share": share}, "do": {"action": "reply", **answer}}
            for share, answer in (*throttles, *ERRORS[vendor])
        ]
        vendors.rules(vendor, _latency(vendor), *answers)


def slow(books: Mapping[str, FakeVendors]) -> None:
    """Let answers take their time, and nothing worse."""
    for vendor, vendors in books.items():
        vendors.rules(vendor, _latency(vendor))


def _sends(vendor: str) -> Rule:
    return {"path": _SENDS[vendor]}


def _latency(vendor: str) -> Rule:
    return {"when": _sends(vendor), "do": {"action": "delay", "p50_s": 0.02, "p99_s": 0.3}}

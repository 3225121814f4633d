"""The vendors' bad days: random latency, two sends in a hundred throttled, one in a hundred a server error."""

from collections.abc import Mapping
from typing import Any

from tests.hard.fake_vendors import FakeVendors

Rule = dict[str, Any]
#: Seconds; the answers below come as late.
LATENCY: Rule = {"do": {"action": "delay", "p50_s": 0.02, "p99_s": 0.3}}
_GOOGLE = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_SENDS = {"apns": "/3/device/*", "fcm": "/v1/projects/*", "huawei": "/v*"}


def _apple(status: int, reason: str) -> Rule:
    return {"status": status, "body": {"reason": reason}, "echo": ["apns-id"]}


def _google(status: int, name: str, code: str) -> Rule:
    error = {"code": status, "message": name, "status": name, "details": [{"@type": _GOOGLE, "errorCode": code}]}
    # Without Retry-After Google asks for a minute, which would only make a run longer.
    return {"status": status, "body": {"error": error}, "retry_after_s": 1}


#: Vendor -> (share of sends, answer in the vendor's place). After each of these the vendor does not have the push.
ANSWERS: Mapping[str, tuple[tuple[float, Rule], ...]] = {
    "apns": (
        (0.02, _apple(429, "TooManyRequests")),
        (0.005, _apple(503, "ServiceUnavailable")),
        (0.005, _apple(500, "InternalServerError")),
    ),
    "fcm": (
        (0.02, _google(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED")),
        (0.005, _google(503, "UNAVAILABLE", "UNAVAILABLE")),
        (0.005, _google(500, "INTERNAL", "INTERNAL")),
    ),
    "huawei": (
        (0.02, {"status": 503}),
        (0.005, {"status": 500, "body": {"code": "81000001", "msg": "System inner error", "requestId": ""}}),
        (0.005, {"status": 502}),
    ),
}


def begin(books: Mapping[str, FakeVendors]) -> None:
    """Let the bad days begin, on each vendor's own simulator."""
    for vendor, vendors in books.items():
        when = {"path": _SENDS[vendor]}
        answers: list[Rule] = [
            {"when": when | {"share": share}, "do": {"action": "reply", **answer}} for share, answer in ANSWERS[vendor]
        ]
        vendors.rules(vendor, LATENCY | {"when": when}, *answers)


def slow(books: Mapping[str, FakeVendors]) -> None:
    """Let answers take their time, and nothing worse."""
    for vendor, vendors in books.items():
        vendors.rules(vendor, LATENCY | {"when": {"path": _SENDS[vendor]}})

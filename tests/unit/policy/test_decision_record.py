"""The decision record: exactly the contract's members, from closed lists."""

from typing import Any

import msgspec
import pytest

from policy.decision import DETAILS, DeviceReason, Outcome, Reason, VerdictKind
from tests.factories import APNS, NOW, PHONE, Sections, decided
from tests.unit.policy.afflictions import AFFLICTIONS

MEMBERS = [
    "msg_id",
    "appkey",
    "user",
    "at",
    "outcome",
    "reason",
    "detail",
    "badge",
    "title",
    "body",
    "language",
    "devices",
    "trace",
]
DEVICE_MEMBERS = ["device_id", "notifier", "provider", "outcome", "reason"]
TRACE_MEMBERS = ["rule", "verdict", "because"]
REASONS = [
    "pushed",
    "expired",
    "ignored_by_sender",
    "chat_type",
    "self",
    "online",
    "dnd_interval",
    "dnd_duration",
    "dnd_conversation",
    "remind_none",
    "not_mentioned",
    "no_binding",
    "all_devices_skipped",
    "group_too_large",
    "online_only",
    "command_message",
]
DEVICE_REASONS = [
    "pushed",
    "device_online",
    "device_kicked",
    "filtered",
    "no_notifier",
    "notifier_disabled",
    "illegal_binding",
]
#: https://doc.easemob.com/document/server-side/callback_offline_push.html
PRODUCT_DETAILS = {
    "no push binding",
    "illegal binding",
    "no user exist",
    "notifier out of limit",
    "notifier disabled",
    "notifier is ban",
    "no notifier exist",
    "invalid notifier",
    "message ignore push",
    "invalid message",
    "expire message",
    "user ignore push",
    "ignore push device id",
    "invalid VOIP notification",
    "get push token fail",
    "push yet but fail ",
}


def test_the_reasons_are_the_contracts() -> None:
    """The lists of reasons, outcomes and verdicts are closed and are the contract's, in its order."""
    assert [reason.value for reason in Reason] == REASONS
    assert [reason.value for reason in DeviceReason] == DEVICE_REASONS
    assert {outcome.value for outcome in Outcome} == {"push", "suppress"}
    assert {kind.value for kind in VerdictKind} == {"pass", "suppress", "force", "not reached"}


def test_the_details_are_easemobs() -> None:
    """Every detail is one of the product's own strings."""
    assert set(DETAILS.values()) <= PRODUCT_DETAILS


@pytest.mark.parametrize("change", [{}, *(change for _, _, change in AFFLICTIONS)])
def test_the_record_has_exactly_the_contracts_members(change: Sections) -> None:
    """Pushed or suppressed, a record, its devices and its trace have the contract's members, in its order."""
    record = decided(change).record()
    assert list(record) == MEMBERS
    assert all(list(row) == DEVICE_MEMBERS for row in record["devices"])
    assert all(list(row) == TRACE_MEMBERS for row in record["trace"])


def test_a_pushed_record_in_full() -> None:
    """A pushed message's record says what the phone shows, where, and why nothing held it back."""
    record = decided(receiver={"badge": 3}).record()
    trace = record.pop("trace")
    assert record == {
        "msg_id": "1",
        "appkey": "org#app",
        "user": "bob",
        "at": NOW,
        "outcome": "push",
        "reason": "pushed",
        "detail": "",
        "badge": 4,
        "title": "您有一条新消息",
        "body": "请点击查看",
        "language": "original",
        "devices": [
            {"device_id": "ios_1", "notifier": APNS, "provider": "apns", "outcome": "push", "reason": "pushed"}
        ],
    }
    assert {row["verdict"] for row in trace} == {"pass"}


def test_why_an_interval_suppressed() -> None:
    """The trace of do-not-disturb shows the interval, the time zone and the wall clock."""
    trace = decided(settings={"ignoreInterval": "22:0-7:0"}).record()["trace"]
    (row,) = (row for row in trace if row["verdict"] == "suppress")
    assert row == {"rule": "dnd_interval", "verdict": "suppress", "because": "22:00-07:00 Asia/Shanghai, now 22:13"}


@pytest.mark.parametrize(
    ("devices", "detail"),
    [
        ([{**PHONE, "token": ""}], "illegal binding"),
        ([{**PHONE, "notifier": "x"}, {**PHONE, "token": ""}], "no notifier exist"),
        ([{**PHONE, "kicked": True}, {**PHONE, "token": ""}], "illegal binding"),
        ([{**PHONE, "kicked": True}], ""),
    ],
)
def test_the_detail_of_skipped_devices(devices: Any, detail: str) -> None:
    """When all devices are skipped, the detail is the first skipped device's that has one."""
    assert decided(receiver={"devices": devices}).record()["detail"] == detail


@pytest.mark.parametrize("change", [{}, *(change for _, _, change in AFFLICTIONS)])
def test_a_record_is_json_and_repeats_byte_for_byte(change: Sections) -> None:
    """The same case gives the same bytes each time."""
    first, second = (msgspec.json.encode(decided(change).record()) for _ in range(2))
    assert first == second

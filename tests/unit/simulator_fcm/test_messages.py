"""Which messages the fake FCM refuses."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.simulator_fcm.bench import (
    FCM_ERROR,
    SEND,
    Bench,
    details,
    error,
    fields,
)


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({"token": "t1", "colour": "red"}, "message"),
        ({"token": "t1", "android": {"notification": {"badge": 1}}}, "message.android.notification"),
        ({"token": "t1", "data": {"n": 1}}, "message.data[0].value"),
        ({"token": "t1", "data": {"s": "v", "n": None}}, "message.data[1].value"),
        ({"token": "t1", "data": "text"}, "message.data"),
        ({"token": 1}, "message.token"),
        ({"token": "t1", "android": {"ttl": "3600"}}, "message.android.ttl"),
        ({"token": "t1", "android": {"ttl": 3600}}, "message.android.ttl"),
        ({"token": "t1", "android": {"ttl": "-1s"}}, "message.android.ttl"),
        ({"token": "t1", "android": {"priority": "URGENT"}}, "message.android.priority"),
        ({"token": "t1", "android": {"collapse_key": 1}}, "message.android.collapse_key"),
        (
            {"token": "t1", "android": {"notification": {"notification_count": 2**31}}},
            "message.android.notification.notification_count",
        ),
        (
            {"token": "t1", "android": {"notification": {"body_loc_args": [1]}}},
            "message.android.notification.body_loc_args[0]",
        ),
        ({"token": "t1", "apns": {"headers": {"apns-priority": 10}}}, "message.apns.headers[0].value"),
        ({"token": "t1", "apns": {"payload": "text"}}, "message.apns.payload"),
        ("text", "message"),
    ],
)
def test_a_body_outside_the_schema_is_refused_with_its_path(bench: Bench, message: Any, field: str) -> None:
    """A field that is unknown or of the wrong type is a 400 of the front end: a field violation and no FcmError."""
    reply = bench.send(message)
    assert (reply.status, error(reply)["status"]) == (400, "INVALID_ARGUMENT")
    assert fields(reply) == [field]
    assert FCM_ERROR not in details(reply)
    assert all(entry.outcome == "INVALID_ARGUMENT" for entry in bench.ledger.entries())


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b"null"])
def test_a_body_that_is_no_json_object_is_refused(bench: Bench, body: bytes) -> None:
    """What is no JSON object is a 400 and names no device."""
    assert bench.call(SEND, body, bench.usual_bearer).status == 400
    assert bench.ledger.entries() == []


@pytest.mark.parametrize("priority", ["HIGH", "high", 1])
def test_an_enum_goes_by_name_or_number(bench: Bench, priority: Any) -> None:
    """A priority may be written in capitals, in small letters (firebase-admin does) or as its number."""
    assert bench.send({"token": "t1", "android": {"priority": priority}}).status == 200


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({}, "message"),
        ({"token": ""}, "message"),
        ({"token": "t1", "topic": "news"}, "message"),
        ({"token": "t1", "fid": "f1"}, "message"),
        ({"topic": "/topics/news"}, "message.topic"),
        ({"token": "t1", "data": {"from": "v"}}, "message.data"),
        ({"token": "t1", "data": {"message_type": "v"}}, "message.data"),
        ({"token": "t1", "data": {"google.x": "v"}}, "message.data"),
        ({"token": "t1", "android": {"data": {"gcm.notification.x": "v"}}}, "message.android.data"),
        ({"token": "t1", "android": {"ttl": "2419201s"}}, "message.android.ttl"),
        ({"token": "t1", "android": {}, "android_v2": {}}, "message"),
        ({"token": "t1", "webpush": {"fcm_options": {"link": "http://x"}}}, "message.webpush.fcm_options.link"),
    ],
)
def test_a_rule_of_fcm_is_refused_with_both_details(bench: Bench, message: Any, field: str) -> None:
    """A message that breaks a rule is a 400 with FcmError and the field that did it."""
    reply = bench.send(message)
    assert reply.status == 400
    assert details(reply)[FCM_ERROR]["errorCode"] == "INVALID_ARGUMENT"
    assert fields(reply) == [field]


@pytest.mark.parametrize("ttl", ["0s", "2419200s", "3.5s"])
def test_a_time_to_live_up_to_four_weeks_is_fine(bench: Bench, ttl: str) -> None:
    """A duration in seconds, also a fraction, is accepted up to four weeks."""
    assert bench.send({"token": "t1", "android": {"ttl": ttl}}).status == 200


@pytest.mark.parametrize(
    ("limit", "build"),
    [
        (4096, lambda size: {"token": "t1", "data": {"k": "v" * (size - 1)}}),
        (4096, lambda size: {"token": "t1", "notification": {"title": "v" * (size - len("title"))}}),
        (4096, lambda size: {"token": "t1", "data": {"k": "v"}, "android": {"data": {"k": "v" * (size - 1)}}}),
        (4096, lambda size: {"token": "t1", "apns": {"payload": {"k": ["v" * (size - 2), 1]}}}),
        (2048, lambda size: {"topic": "news", "data": {"k": "v" * (size - 1)}}),
        (2048, lambda size: {"condition": "'a' in topics", "data": {"k": "v" * (size - 1)}}),
    ],
)
def test_a_payload_may_be_as_large_as_the_limit(
    bench: Bench, limit: int, build: Callable[[int], dict[str, Any]]
) -> None:
    """Keys and values may have 4096 bytes to a device and 2048 to a topic, and not one more."""
    assert bench.send(build(limit)).status == 200
    assert "is too big" in error(bench.send(build(limit + 1)))["message"]


def test_size_is_counted_in_bytes(bench: Bench) -> None:
    """A Chinese character counts as its three bytes of UTF-8, however the JSON spells it."""
    assert bench.send({"token": "t1", "data": {"k": "好" * 1365}}).status == 200
    assert bench.send({"token": "t1", "data": {"kk": "好" * 1365}}).status == 400


def test_half_a_surrogate_pair_is_not_fatal(bench: Bench) -> None:
    """JSON can spell a string that has no UTF-8; it is answered, not crashed on."""
    assert bench.call(SEND, b'{"message":{"token":"t1","data":{"k":"\\ud83d"}}}', bench.usual_bearer).status == 200


def test_a_fifth_collapse_key_can_be_refused(tmp_path: Path) -> None:
    """By option a device takes four different collapse keys, repeats of them, and no fifth."""
    bench = Bench(tmp_path, refuse_fifth_collapse_key=True)
    keys = ["a", "b", "c", "d", "a", "e"]
    statuses = [bench.send({"token": "t1", "android": {"collapse_key": key}}).status for key in keys]
    assert statuses == [200] * 5 + [400]
    assert bench.send({"token": "t2", "android": {"collapse_key": "e"}}).status == 200

"""The decision record in parts: what receivers have in common is written once, and joined it is the same record."""

from typing import Any

import msgspec
import pytest
from hypothesis import given

from policy.decision import Decision, DeviceReason, DeviceVerdict, Text
from policy.receiver import Device
from tests.decisions import AWKWARD, decision_of, messages
from worker.store.hand_off import HandOff

_JSON = msgspec.json.Encoder()


def joined(decision: Decision) -> Any:
    """Return the record made from its parts, as the script makes it."""
    rows = [
        b'{"device_id":' + _JSON.encode(verdict.device.device_id) + verdict.row().rest() for verdict in decision.devices
    ]
    own = {
        b'"user":""': b'"user":' + _JSON.encode(decision.user),
        b'"badge":0': b'"badge":%d' % decision.badge,
        b'"devices":[]': b'"devices":[' + b",".join(rows) + b"]",
    }
    text, rest = b"", decision.frame()
    for gap, member in own.items():
        before, rest = rest.split(gap, 1)
        text += before + member
    return msgspec.json.decode(text + rest + decision.trace.encoded)


@given(messages())
def test_the_parts_of_a_record_are_the_record(found: list[HandOff]) -> None:
    """For any user, device, text and verdict, with its members in their order."""
    for each in found:
        record = each.decision.record()
        assert joined(each.decision) == record
        assert list(joined(each.decision)) == list(record)


@pytest.mark.parametrize("word", AWKWARD, ids=ascii)
def test_no_text_looks_like_a_gap(word: str) -> None:
    """Whatever stands in ids and texts, the receiver's own members come to their own places."""
    device = Device(word, word, word, 5)
    devices = [DeviceVerdict(device, word, reason) for reason in DeviceReason]
    decision = decision_of(word, Text(word, word, word), devices, msg_id=word, appkey=word, badge=7)
    assert joined(decision) == decision.record()

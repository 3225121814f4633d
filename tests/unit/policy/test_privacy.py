"""Tokens and what people wrote never show in repr, traces, or the decision's devices."""

import msgspec
import pytest
from rich.pretty import pretty_repr

from policy.case import Case
from tests.factories import NOW, PHONE, Sections, case_record
from tests.unit.policy.afflictions import AFFLICTIONS

SECRET = "s3cret"
WRITTEN: Sections = {
    "payload": {
        "bodies": [{"type": "txt", "msg": SECRET}],
        "meta": {"translations": [{"code": "en", "text": SECRET}]},
    },
    "ext": {
        "em_push_ext": {"title": SECRET, "content": SECRET, "custom": {"a": SECRET}},
        "em_apns_ext": {"extern": SECRET},
        "em_push_template": {"name": "x", "content_args": [SECRET]},
        "em_android_push_ext": {"a": SECRET},
    },
    "receiver": {"devices": [{**PHONE, "token": SECRET}]},
}
CHANGES = [{}, *(change for _, _, change in AFFLICTIONS)]


def _case(change: Sections) -> Case:
    return msgspec.convert(case_record(change, WRITTEN, {"case": {"at": NOW}}), Case)


@pytest.mark.parametrize("printed", [repr, str, pretty_repr])
def test_nothing_written_is_printed(printed: object) -> None:
    """A case, a message, a decision and its record print without tokens and without what people wrote."""
    case = _case({})
    (decision,) = case.decisions()
    assert SECRET in decision.text.body
    assert callable(printed)
    record = decision._record("bob", 1, [verdict.row() for verdict in decision.devices])
    told = (case, case.message(), decision, record, *decision.devices)
    assert not [one for one in told if SECRET in printed(one)]


@pytest.mark.parametrize("change", CHANGES)
def test_nothing_written_is_in_the_trace(change: Sections) -> None:
    """A decision record holds the text in title and body only, and the token nowhere."""
    (decision,) = _case(change).decisions()
    record = {**decision.record(), "title": "", "body": ""}
    assert SECRET.encode() not in msgspec.json.encode(record)

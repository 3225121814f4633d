"""Whatever stands on the events stream, decoding it ends with an event or with a Fault that says where."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.event import MessageEvent
from worker.codec import EVENT_KINDS, Fault, PresenceEvent, ReadEvent, decode_entry

LIMIT = 100_000
MESSAGE: dict[str, Any] = {
    "appkey": "org#app",
    "msg_id": "1",
    "timestamp": 1,
    "chat_type": "chat",
    "from": "alice",
    "to": ["bob"],
    "payload": {"bodies": [{"type": "txt", "msg": "Hello"}], "ext": {"k": 1}, "meta": {"translations": []}},
}
PRESENCE: dict[str, Any] = {"appkey": "org#app", "user": "bob", "resource": "r", "state": "online", "timestamp": 1}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
)


def assert_decoded(fields: dict[bytes, bytes]) -> None:
    """Assert that decoding ends as it must."""
    decoded = decode_entry(fields, LIMIT)
    assert isinstance(decoded, MessageEvent | PresenceEvent | ReadEvent) or (
        decoded.path.startswith("$") and decoded.reason
    )


@given(st.dictionaries(st.sampled_from([b"message", b"presence", b"x"]) | st.binary(), st.binary()))
def test_bytes_of_any_kind(fields: dict[bytes, bytes]) -> None:
    """Arbitrary fields and bytes raise nothing."""
    assert_decoded(fields)


@given(st.sampled_from(list(EVENT_KINDS)), JSON)
def test_json_of_any_shape(kind: str, value: Any) -> None:
    """Arbitrary JSON, NaN and lone surrogates included, raises nothing."""
    assert_decoded({kind.encode(): json.dumps(value).encode()})


@given(st.sampled_from([("message", MESSAGE), ("presence", PRESENCE)]), st.data())
def test_events_with_one_strange_member(good: tuple[str, dict[str, Any]], data: st.DataObject) -> None:
    """A good event with any one member replaced by anything raises nothing."""
    kind, event = good
    member = data.draw(st.sampled_from(sorted(event)))
    assert_decoded({kind.encode(): json.dumps({**event, member: data.draw(JSON)}).encode()})


@given(st.data())
def test_events_with_one_strange_byte(data: st.DataObject) -> None:
    """A good event with any one byte replaced raises nothing."""
    text = bytearray(json.dumps(MESSAGE).encode())
    text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    assert_decoded({b"message": bytes(text)})


@pytest.mark.parametrize(("kind", "event"), [("message", MESSAGE), ("presence", PRESENCE)])
def test_good_events_are_events(kind: str, event: dict[str, Any]) -> None:
    """What the fuzzing starts from is legal, also beside fields of the producer's own."""
    decoded = decode_entry({b"trace": b"1", kind.encode(): json.dumps(event).encode()}, LIMIT)
    assert isinstance(decoded, EVENT_KINDS[kind])


def test_the_limit_is_on_bytes() -> None:
    """An event of exactly the limit passes, one byte more is a fault that tells both numbers."""
    text = json.dumps(MESSAGE).encode()
    assert isinstance(decode_entry({b"message": text}, len(text)), MessageEvent)
    assert decode_entry({b"message": text}, len(text) - 1) == Fault("$", f"{len(text)} bytes, limit {len(text) - 1}")


def test_a_swapped_name_and_value_are_not_quoted() -> None:
    """A message given as the field's name does not reach the reason, and so not the log."""
    fault = decode_entry({json.dumps(MESSAGE["payload"]).encode(): b"message"}, LIMIT)
    assert isinstance(fault, Fault)
    assert "Hello" not in str(fault)
    assert "bytes" in fault.reason

"""A fault says where and of what kind it is, and quotes nothing that a producer put there."""

import json
from typing import Any

import pytest

from worker.codec import Fault, decode_entry

SECRET = "meet me at the pier"
MESSAGE: dict[str, Any] = {
    "appkey": "org#app",
    "msg_id": "1",
    "timestamp": 1,
    "chat_type": "chat",
    "from": "alice",
    "to": ["bob"],
    "payload": {"bodies": [{"type": "txt", "msg": "Hello"}], "ext": {}},
}
PRESENCE: dict[str, Any] = {"appkey": "org#app", "user": "bob", "resource": "r", "state": "online", "timestamp": 1}


@pytest.mark.parametrize(
    ("kind", "event", "member"),
    [("message", MESSAGE, member) for member in MESSAGE] + [("presence", PRESENCE, member) for member in PRESENCE],
)
@pytest.mark.parametrize("value", [SECRET, [SECRET], {SECRET: SECRET}, [{"type": SECRET, "msg": [SECRET]}]])
def test_a_misplaced_text_is_not_quoted(kind: str, event: dict[str, Any], member: str, value: Any) -> None:
    """Message text in the place of any other member, chat_type and state included, does not reach the reason."""
    decoded = decode_entry({kind.encode(): json.dumps({**event, member: value}).encode()}, 10_000)
    assert not isinstance(decoded, Fault) or SECRET not in str(decoded)


def test_a_value_that_is_not_listed_is_named_by_its_place() -> None:
    """The reason for an unknown chat type is one line, the same for each of them."""
    faults = {
        str(decode_entry({b"message": json.dumps({**MESSAGE, "chat_type": kind}).encode()}, 10_000))
        for kind in ("call", SECRET)
    }
    assert faults == {"$.chat_type: none of the values that are known here"}


@pytest.mark.parametrize("word", [b"org#app", b"alice", b"Hello"])
def test_a_byte_that_is_no_utf8_is_counted_from_the_first(word: bytes) -> None:
    """The place of a byte that is not UTF-8 is that in the whole value, in whichever string of it."""
    value = json.dumps(MESSAGE).encode().replace(word, word + b"\xff")
    assert decode_entry({b"message": value}, 10_000) == Fault("$", f"not UTF-8: byte {value.index(255)}")

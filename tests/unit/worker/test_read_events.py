"""Read events as producers send them."""

import json
from typing import Any

import pytest

from worker.codec import Fault, ReadEvent, conversation_of, decode_entry

BASE = {"appkey": "org#app", "user": "bob"}


def decoded(**members: Any) -> Any:
    """Return what an entry of these members is decoded to."""
    return decode_entry({b"read": json.dumps({**BASE, **members}).encode()}, 1000)


@pytest.mark.parametrize(
    ("members", "mark"),
    [
        ({}, "*"),
        ({"conversation": None, "msg_id": None}, "*"),
        ({"conversation": "user:alice"}, "user:alice"),
        ({"conversation": "user:Alice"}, "user:alice"),
        ({"conversation": "user:org#app_alice@easemob.com/phone"}, "user:alice"),
        ({"conversation": "group:Team"}, "group:Team"),
        ({"msg_id": "7"}, "m:7"),
        ({"msg_id": "*", "conversation": "group:1"}, "m:*"),
        ({"timestamp": 5, "unknown": [1]}, "*"),
    ],
)
def test_a_read_event_marks_one_thing(members: dict[str, Any], mark: str) -> None:
    """A message before a conversation before everything, under the names that pushes are looked up by."""
    assert decoded(**members).mark == mark


@pytest.mark.parametrize(
    ("members", "path"),
    [
        ({"appkey": "app"}, "$.appkey"),
        ({"user": ""}, "$.user"),
        ({"user": "org#app_@easemob.com"}, "$"),
        ({"conversation": "alice"}, "$.conversation"),
        ({"conversation": "room:1"}, "$.conversation"),
        ({"conversation": "user:"}, "$.conversation"),
        ({"conversation": "user:a\nb"}, "$.conversation"),
        ({"conversation": f"user:{'a' * 600}"}, "$.conversation"),
        ({"msg_id": ""}, "$.msg_id"),
        ({"msg_id": 7}, "$.msg_id"),
    ],
)
def test_a_malformed_one_has_its_fault(members: dict[str, Any], path: str) -> None:
    """A mark that nothing could ever be compared with is no mark."""
    fault = decoded(**members)
    assert isinstance(fault, Fault)
    assert fault.path == path


def test_its_partition_is_the_user_s() -> None:
    """Producers add it where the user's presence goes, in whichever form they name the user."""
    assert conversation_of(ReadEvent("org#app", "org#app_Bob@easemob.com", "group:1")) == "bob"

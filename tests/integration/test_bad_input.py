"""Malformed entries on the events stream: each ends with its fault in the dead letters, and the worker goes on."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.integration.configuration import APPKEY
from tests.integration.deployment import Deployment, fresh, now_ms
from tests.integration.eventually import eventually

SECRET_TEXT = "geheimes Wort"
HUGE = "9" * 400
GROUP = {"chat_type": "groupchat", "group_id": "77"}


def event(**members: Any) -> dict[str, Any]:
    """Return a good message event to nobody in particular, changed by members; None removes a member."""
    payload = {"bodies": [{"type": "txt", "msg": SECRET_TEXT}]}
    head = {"appkey": APPKEY, "msg_id": fresh("bad"), "timestamp": now_ms(), "chat_type": "chat", "from": "alice"}
    merged = {**head, "to": "nobody", "payload": payload, **members}
    return {name: value for name, value in merged.items() if value is not None}


def presence(**members: Any) -> dict[str, Any]:
    """Return a good presence event, changed by members; None removes a member."""
    head = {"appkey": APPKEY, "user": "nobody", "resource": "web_1", "state": "online", "timestamp": now_ms()}
    return {name: value for name, value in {**head, **members}.items() if value is not None}


def with_ext(text: str) -> bytes:
    """Return an event whose ``ext.x`` is this JSON text."""
    return json.dumps(event(payload={"ext": {"x": 0}})).replace('"x": 0', f'"x": {text}').encode()


def nested(depth: int) -> bytes:
    """Return an event with arrays this deep."""
    return with_ext("[" * depth + "]" * depth)


Entry = Mapping[Any, bytes | str]

#: Name -> (entry, path of its fault).
MALFORMED: dict[str, tuple[Entry, str]] = {
    "not JSON": ({"message": "Hello"}, "$"),
    "cut off": ({"message": json.dumps(event())[:-1]}, "$"),
    "empty value": ({"message": ""}, "$"),
    "not UTF-8": ({"message": json.dumps(event()).encode().replace(b"alice", b"al\xffice")}, "$"),
    "not an object": ({"message": "[1]"}, "$"),
    "NaN": ({"message": with_ext("NaN")}, "$"),
    "Infinity": ({"message": with_ext("-Infinity")}, "$"),
    "number out of range": ({"message": with_ext("1e400")}, "$.payload.ext[...]"),
    "1,100 levels": ({"message": nested(1100)}, "$"),
    "100,000 levels": ({"message": nested(100_000)}, "$"),
    "1 MB": ({"message": json.dumps(event(payload={"bodies": [{"type": "txt", "msg": "x" * 2**20}]}))}, "$"),
    "lone surrogate": ({"message": json.dumps(event(msg_id="\ud800"))}, "$"),
    **{f"no {name}": ({"message": json.dumps(event(**{name: None}))}, f"$.{name}") for name in event()},
    **{
        f"{name} is no text": ({"message": json.dumps(event(**{name: 7}))}, f"$.{name}")
        for name in ("appkey", "msg_id", "chat_type", "from", "to", "payload", "group_id")
    },
    "timestamp is text": ({"message": json.dumps(event(timestamp="now"))}, "$.timestamp"),
    "timestamp is a fraction": ({"message": json.dumps(event(timestamp=1.5))}, "$.timestamp"),
    "negative timestamp": ({"message": json.dumps(event(timestamp=-1))}, "$.timestamp"),
    "huge timestamp": ({"message": json.dumps(event(timestamp=10**18))}, "$.timestamp"),
    "bodies are no list": ({"message": json.dumps(event(payload={"bodies": {}}))}, "$.payload.bodies"),
    "body without type": ({"message": json.dumps(event(payload={"bodies": [{}]}))}, "$.payload.bodies[0].type"),
    "message text is no text": (
        {"message": json.dumps(event(payload={"bodies": [{"type": "txt", "msg": [SECRET_TEXT]}]}))},
        "$.payload.bodies[0].msg",
    ),
    "ext is no object": ({"message": json.dumps(event(payload={"ext": SECRET_TEXT}))}, "$.payload.ext"),
    "nobody": ({"message": json.dumps(event(to=[]))}, "$.to"),
    "an empty receiver": ({"message": json.dumps(event(to=["bob", ""]))}, "$.to[1]"),
    "NUL in the receiver": ({"message": json.dumps(event(to="b\0b"))}, "$.to"),
    "NUL in the id": ({"message": json.dumps(event(msg_id="1\0"))}, "$.msg_id"),
    "appkey without #": ({"message": json.dumps(event(appkey="app"))}, "$.appkey"),
    "group message without group": ({"message": json.dumps(event(chat_type="groupchat"))}, "$"),
    "unknown chat type": ({"message": json.dumps(event(chat_type="call"))}, "$.chat_type"),
    "unknown kind": ({"massage": json.dumps(event())}, "$"),
    "two kinds": ({"message": json.dumps(event()), "presence": json.dumps(presence())}, "$"),
    "binary field name": ({b"\xff\xfe": json.dumps(event())}, "$"),
    "name and value swapped": ({json.dumps(event()["payload"]): "message"}, "$"),
    **{
        f"presence without {name}": ({"presence": json.dumps(presence(**{name: None}))}, f"$.{name}")
        for name in presence()
    },
    "unknown state": ({"presence": json.dumps(presence(state="away"))}, "$.state"),
    "no lease": ({"presence": json.dumps(presence(lease_s=0))}, "$.lease_s"),
    "presence in the year 8000": ({"presence": json.dumps(presence(timestamp=190_286_000_000_000))}, "$.timestamp"),
}

#: Unusual, but a message is never lost over a hint it does not need.
LEGAL: dict[str, dict[str, Any]] = {
    "unknown members": {"colour": {"red": [1]}},
    "a huge number in ext": {"payload": {"ext": {"x": 10**300}}},
    "900 levels in ext": {"payload": {"ext": {"x": json.loads("[" * 900 + "]" * 900)}}},
    "an escaped NUL in the text": {"payload": {"bodies": [{"type": "txt", "msg": "a\0b"}]}},
    "no body": {"payload": {}},
}


def test_every_malformed_entry_is_buried_whole(deployment: Deployment) -> None:
    """Each malformed entry becomes a dead letter that says where the fault is, and keeps every byte."""
    faults = {}
    for name, (entry, path) in MALFORMED.items():
        entry_id: Any = deployment.client.xadd(deployment.keys.events, dict(entry))
        faults[entry_id] = (name, path, {encoded(field): encoded(value) for field, value in entry.items()})
    user = fresh("bob")
    deployment.bind(user)
    deployment.settled(deployment.say(user), user)
    eventually(lambda: deployment.client.xlen(deployment.keys.events), lambda left: left == 0)

    found: dict[bytes, list[dict[bytes, bytes]]] = {}
    for letter in deployment.dead():
        found.setdefault(letter[b"id"], []).append(letter)
    assert {faults[key][0]: letters[0][b"path"].decode() for key, letters in found.items() if key in faults} == {
        name: path for name, path, _ in faults.values()
    }
    kept = {key: {letter[b"field"]: letter[b"value"] for letter in letters} for key, letters in found.items()}
    assert [faults[key][0] for key in faults if kept[key] != faults[key][2]] == []


def encoded(text: bytes | str) -> bytes:
    """Return a field or value as Redis keeps it."""
    return text.encode() if isinstance(text, str) else text


@pytest.mark.parametrize("entry", [entry for entry, _ in MALFORMED.values()], ids=list(MALFORMED))
def test_a_good_event_behind_a_bad_one_is_pushed(deployment: Deployment, entry: Entry) -> None:
    """A malformed entry holds nobody up."""
    user = fresh("bob")
    token = deployment.bind(user, "fcm")
    deployment.client.xadd(deployment.keys.events, dict(entry))
    deployment.settled(deployment.say(user), user)
    assert [push["outcome"] for push in deployment.vendors.pushes_to(token)] == ["accepted"]


@pytest.mark.parametrize("members", LEGAL.values(), ids=list(LEGAL))
def test_what_is_only_unusual_is_pushed(deployment: Deployment, members: Mapping[str, Any]) -> None:
    """A message with strange members is still a message."""
    user = fresh("bob")
    token = deployment.bind(user)
    deployment.settled(deployment.say(user, **members), user)
    assert [push["outcome"] for push in deployment.vendors.pushes_to(token)] == ["accepted"]


@pytest.mark.parametrize("depth", [970, 985, 990, 994])
def test_depth_at_the_limit_is_pushed_or_buried(deployment: Deployment, depth: int) -> None:
    """What can just be read and then not written again is not lost in between."""
    user = fresh("bob")
    deployment.bind(user)
    payload = {"ext": {"em_push_ext": {"custom": 0}}}
    deep = event(to=user, msg_id=(msg_id := fresh("m")), payload=payload)
    text = json.dumps(deep).replace('"custom": 0', f'"custom": {"[" * depth + "]" * depth}')
    buried = len(deployment.dead())
    deployment.client.xadd(deployment.keys.events, {"message": text})
    eventually(lambda: deployment.backlog() == 0)
    states = [state for name, state in deployment.delivery(msg_id).items() if b"\n" in name]
    # The simulator's control API cannot show a payload this deep.
    deployment.vendors.reset()
    assert len(deployment.dead()) > buried or [state.split()[0] for state in states] in ([b"accepted"], [b"rejected"])


def test_a_crowd_above_the_limit_is_decided(deployment: Deployment) -> None:
    """A message to 5,000 receivers is no bad entry: it has 5,000 decisions."""
    members = [fresh("member") for _ in range(5000)]
    msg_id = deployment.say(members, **GROUP)
    eventually(lambda: len(deployment.delivery(msg_id)), lambda decided: decided == 5000)
    assert deployment.decision(msg_id, members[-1])["reason"] == "group_too_large"


def test_the_log_holds_no_text_and_no_token(deployment: Deployment) -> None:
    """Nothing of all this reached the log: no message text, no device token."""
    user = fresh("bob")
    token = deployment.bind(user)
    deployment.client.xadd(deployment.keys.outbox(APPKEY, "com.example.app"), {"job": f'{{"token":"{token}"'})
    deployment.client.xadd(deployment.keys.outbox(APPKEY, "com.example.app"), {"job": "{}", "badge": SECRET_TEXT})
    eventually(lambda: deployment.backlog() == 0)
    log = deployment.worker.log()
    assert "event to dead letters" in log
    assert SECRET_TEXT not in log
    assert token not in log

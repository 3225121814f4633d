"""Users whose state other programs left as garbage: nobody else pays for it, and no event is lost over it."""

import json
from typing import Any

import pytest

from tests.integration.configuration import APPKEY
from tests.integration.deployment import Deployment, fresh, now_ms
from tests.integration.eventually import eventually

#: Field of a user's hash -> what stands there; a decision needs the field, or can do without.
NEEDED = {"s": b'{"type":"LOUD"}', "d": b'[{"token":7}]', "c:user:alice": b"nil"}
SPARED = [
    *(("b", text) for text in (b"", b"x", b"-7", b"1.5", b"9223372036854775807", b"99999999999999999999")),
    *(("p", text) for text in (b"{", b"[7]", b'[{"resource":7}]', b'[{"resource":"web_1","online_until":"soon"}]')),
    ("r", b"[7]"),
]
#: Presence that no script may stumble over: it gives way to what is told now.
PRESENCE = [
    b"{",
    b"[" * 2000,
    b"[7,null,[],{}]",
    b'{"1":{"resource":"web_1"}}',
    b'[{"resource":"web_1","id":7}]',
    b'[{"resource":"web_1","id":"x"}]',
    b'[{"resource":"web_1","device_id":{},"seen_at":"x"}]',
    b'[{"resource":"web_2","online_until":"soon"}]',
    b'[{"resource":"web_2","gone_until":{}}]',
    b'[{"resource":"web_2","x":1e999}]',
]
DEVICES = [b"[7,null]", b'[{"device_id":{},"kicked":null}]', b"{", b'[{"device_id":"web_1","x":1e999}]']


def message(to: str | list[str]) -> dict[str, Any]:
    """Return a message of alice."""
    payload = {"bodies": [{"type": "txt", "msg": "Hello"}]}
    head = {"appkey": APPKEY, "msg_id": fresh("m"), "timestamp": now_ms(), "chat_type": "chat", "from": "alice"}
    return {**head, "to": to, "payload": payload}


def write(deployment: Deployment, user: str, field: str, text: bytes) -> None:
    """Write a field of a user's hash, as another program would."""
    deployment.client.hset(deployment.keys.user(APPKEY, user), field, text)


def letters_of(deployment: Deployment, entry_id: bytes) -> list[tuple[bytes, bytes]]:
    """Wait until everything is done; return path and reason of an entry's dead letters."""
    eventually(deployment.backlog, lambda left: left == 0)
    return [(letter[b"path"], letter[b"reason"]) for letter in deployment.dead() if letter[b"id"] == entry_id]


def pushes(deployment: Deployment, token: str) -> int:
    """Return how often a phone was lit."""
    return len(deployment.vendors.pushes_to(token))


@pytest.mark.parametrize("field", NEEDED)
def test_one_unreadable_receiver_keeps_nobody_waiting(deployment: Deployment, field: str) -> None:
    """The others are pushed; the event waits in the dead letters, which say whose state is wrong, and where."""
    users = [fresh("bob") for _ in range(3)]
    tokens = [deployment.bind(user) for user in users]
    write(deployment, users[1], field, NEEDED[field])
    ((path, reason),) = letters_of(deployment, deployment.add("message", message(users)))
    assert path == b"$.to[1]"
    assert reason.startswith(b"the receiver's ")
    assert [pushes(deployment, token) for token in tokens] == [1, 0, 1]


def test_an_event_that_is_added_again_once_mended_is_pushed(deployment: Deployment) -> None:
    """When the state is mended, the same event lights the phone that was left out, and no other again."""
    users = [fresh("bob") for _ in range(2)]
    tokens = [deployment.bind(user) for user in users]
    event = message(users)
    write(deployment, users[1], "s", b"{")
    assert len(letters_of(deployment, deployment.add("message", event))) == 1
    write(deployment, users[1], "s", b"{}")
    assert letters_of(deployment, deployment.add("message", event)) == []
    assert [pushes(deployment, token) for token in tokens] == [1, 1]
    assert [deployment.badge(user) for user in users] == [1, 1]


def test_a_crowd_is_served_around_one_unreadable_receiver(deployment: Deployment) -> None:
    """Of 1,200 receivers, 1,199 are decided, in whichever portion the other one is."""
    users = [fresh("bob") for _ in range(1200)]
    write(deployment, users[600], "d", b"[7]")
    event = {**message(users), "chat_type": "groupchat", "group_id": "77"}
    ((path, _),) = letters_of(deployment, deployment.add("message", event))
    assert path == b"$.to[600]"
    assert deployment.delivery(event["msg_id"]).keys() == {user.encode() for user in users if user != users[600]}


@pytest.mark.parametrize(("field", "text"), SPARED)
def test_a_message_is_not_lost_over_what_it_can_do_without(deployment: Deployment, field: str, text: bytes) -> None:
    """An unreadable badge counts as none, an unreadable connection as nobody's: the phone lights up."""
    user = fresh("bob")
    token = deployment.bind(user)
    write(deployment, user, field, text)
    assert letters_of(deployment, deployment.add("message", message(user))) == []
    (push,) = deployment.vendors.pushes_to(token)
    assert push["payload"]["aps"]["badge"] == deployment.badge(user) == 1


def test_a_sender_s_own_state_costs_nobody_a_message(deployment: Deployment) -> None:
    """The sender's nickname is left out when it cannot be read."""
    user = fresh("bob")
    token = deployment.bind(user)
    write(deployment, "mallory", "s", b'{"nickname":7}')
    assert letters_of(deployment, deployment.add("message", message(user) | {"from": "mallory"})) == []
    assert pushes(deployment, token) == 1


@pytest.mark.parametrize("text", PRESENCE)
def test_presence_is_applied_over_garbage(deployment: Deployment, text: bytes) -> None:
    """Whatever stands there, the connection that comes is online, and the user is not pushed."""
    user = fresh("bob")
    token = deployment.bind(user)
    write(deployment, user, "p", text)
    deployment.presence(user, "online")
    assert letters_of(deployment, deployment.add("message", message(user))) == []
    assert "web_1" in [entry.get("resource") for entry in deployment.stored(user, "p")]
    assert pushes(deployment, token) == 0


@pytest.mark.parametrize("text", DEVICES)
def test_kicking_over_garbage(deployment: Deployment, text: bytes) -> None:
    """A kick is applied although the devices are garbage, which is left for a person to look at."""
    user = fresh("bob")
    write(deployment, user, "d", text)
    deployment.presence(user, "kicked")
    eventually(deployment.backlog, lambda left: left == 0)
    assert [entry["resource"] for entry in deployment.stored(user, "p")] == ["web_1"]


@pytest.mark.parametrize("kind", ["message", "presence"])
def test_a_key_of_another_type_costs_no_event(deployment: Deployment, kind: str) -> None:
    """An event about a user whose key holds no hash is a dead letter, and those around it are processed."""
    user, other = fresh("bob"), fresh("bob")
    token = deployment.bind(other)
    deployment.client.set(deployment.keys.user(APPKEY, user), "x")
    told = {"appkey": APPKEY, "user": user, "resource": "web_1", "state": "online", "timestamp": now_ms()}
    entry_id = deployment.add(kind, message([user, other]) if kind == "message" else told)
    good = deployment.add("message", message(other))
    assert letters_of(deployment, entry_id) == [
        (b"$.to[0]", b"the receiver's state is not a hash")
        if kind == "message"
        else (b"$", b"a key of its user or message holds another type")
    ]
    assert letters_of(deployment, good) == []
    assert pushes(deployment, token) == (2 if kind == "message" else 1)


def test_a_batch_around_an_event_that_cannot_work_is_told_of_once(deployment: Deployment) -> None:
    """What is buried with it is logged once, and of what is decided with it nobody is pushed twice."""
    typed, users = fresh("bob"), [fresh("bob") for _ in range(30)]
    tokens = [deployment.bind(user) for user in users]
    deployment.client.set(deployment.keys.user(APPKEY, typed), "x")
    told = {"appkey": APPKEY, "user": typed, "resource": "web_1", "state": "online", "timestamp": now_ms()}
    with deployment.client.pipeline() as pipe:
        for user in users:
            pipe.xadd(deployment.keys.events, {"message": json.dumps(message(user))})
        pipe.xadd(deployment.keys.events, {"message": "{"})
        pipe.xadd(deployment.keys.events, {"presence": json.dumps(told)})
        *_, malformed, poison = (answer.decode() for answer in pipe.execute())
    assert letters_of(deployment, malformed.encode()) != []

    def said() -> list[str]:
        return [line["entry"] for line in deployment.worker.lines("event to dead letters")]

    # Said after it is done.
    logged = eventually(said, lambda entries: {malformed, poison} <= set(entries))
    assert (logged.count(malformed), logged.count(poison)) == (1, 1)
    assert [pushes(deployment, token) for token in tokens] == [1] * len(users)


def test_no_error_was_logged(deployment: Deployment) -> None:
    """All of this is no surprise to the worker: there is not one line above a warning."""
    assert [line for line in deployment.worker.lines() if line["level"] in {"error", "critical"}] == []

"""Outbox entries that nobody foresaw: each has its end, its slot is free again, and the lane can stop."""

import json
from typing import Any

import pytest

from tests.integration.configuration import APNS, APPKEY
from tests.integration.deployment import Deployment, fresh, fresh_token, now_ms
from tests.integration.eventually import eventually

#: Levels of JSON around what can be read in the lane, and not be written again from the depths of the settler.
DEPTHS = range(920, 1000)


def job(user: str, token: str, **members: Any) -> dict[str, Any]:
    """Return a job as it stands in an outbox."""
    notification = {"title": "Hello", "expires_at": now_ms() // 1000 + 600, **members}
    head = {"appkey": APPKEY, "msg_id": fresh("m"), "notifier": APNS}
    draft = {**head, "notification": notification, "event_ms": now_ms(), "decided_ms": now_ms()}
    return {"user": user, "device_id": "apns_1", "token": token, "draft": draft}


def add(deployment: Deployment, value: Any, badge: bytes = b"") -> bytes:
    """Add a job to Apple's outbox; return its entry id."""
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    entry_id: Any = deployment.client.xadd(deployment.keys.outbox(APPKEY, APNS), {"job": text, "badge": badge})
    return bytes(entry_id)


def deep(depth: int, user: str, token: str) -> bytes:
    """Return a job whose data is nested so deeply."""
    text = json.dumps(job(user, token, data={"e": 0}))
    return text.replace('"e": 0', f'"e": {"[" * depth}{"]" * depth}').encode()


def letters(deployment: Deployment, entry_id: bytes) -> dict[bytes, dict[bytes, bytes]]:
    """Wait until everything has its end; return an entry's dead letters by field."""
    eventually(lambda: deployment.backlog() == 0, deadline_s=30)
    return {letter[b"field"]: letter for letter in deployment.dead() if letter[b"id"] == entry_id}


@pytest.mark.parametrize("badge", [b"9" * 5000, b"-1", b"many", b"\xff"])
def test_a_badge_that_is_none(deployment: Deployment, badge: bytes) -> None:
    """However long it is, it is kept with its job, and names its fault."""
    value = job(fresh("bob"), fresh_token())
    found = letters(deployment, add(deployment, value, badge))
    assert {name: letter[b"value"] for name, letter in found.items()} == {
        b"job": json.dumps(value).encode(),
        b"badge": badge,
    }
    assert {letter[b"path"] for letter in found.values()} == {b"$.badge"}


def test_a_job_that_can_be_read_and_not_written_again(deployment: Deployment) -> None:
    """A repeat that cannot be put on the schedule is buried as it was read, and those behind it are settled."""
    user = fresh("bob")
    token = deployment.bind(user)
    idle = {"action": "reply", "status": 400, "body": {"reason": "IdleTimeout"}}
    deployment.vendors.rules("apns", {"when": {"token": token}, "do": idle})
    # Where reading and writing end depends on the interpreter: some of these are in between.
    texts = [deep(depth, user, token) for depth in DEPTHS]
    try:
        for text in texts:
            add(deployment, text)
        eventually(lambda: deployment.backlog() == 0, deadline_s=30)
    finally:
        deployment.vendors.rules("apns")
    jobs = [letter for letter in deployment.dead() if letter[b"field"] == b"job" and token.encode() in letter[b"value"]]
    assert len(jobs) == len(texts)
    as_read = {letter[b"value"] for letter in jobs if letter[b"id"]}
    assert as_read <= set(texts)


def test_the_lane_goes_on(deployment: Deployment) -> None:
    """After all this, every slot is free, and a push is a push."""
    users = [fresh("bob") for _ in range(250)]
    tokens = {deployment.bind(user) for user in users}
    for user in users:
        deployment.say(user)
    eventually(lambda: deployment.backlog() == 0, deadline_s=30)
    assert {push["token"] for push in deployment.vendors.pushes_to(*tokens)} == tokens
    assert deployment.pending(deployment.keys.outbox(APPKEY, APNS)) == 0

"""Channels that change while they are in use: whatever was planned arrives, and once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.integration.configuration import APPKEY
from tests.integration.console.console import Console, apns_body, fcm_body
from tests.integration.deployment import Deployment, fresh
from tests.integration.eventually import eventually
from worker.store.keys import Keys

KEYS = Keys()
MESSAGES = 120


@pytest.fixture
def user(deployment: Deployment, console: Console) -> tuple[str, str, str]:
    """A user with a device on a channel that works: user, device token, notifier."""
    notifier, name = fresh("used"), fresh("bob")
    console.channels("POST", body=apns_body(deployment.vendors, notifier))
    token = deployment.bind(name, notifier=notifier)

    def reason() -> str:
        return str(deployment.decision(deployment.say(name), name)["reason"])

    eventually(reason, lambda found: found == "pushed")
    return name, token, notifier


def said_while(deployment: Deployment, user: str, change: Callable[[int], Any]) -> list[str]:
    """Say something again and again while something is changed again and again; return the messages' ids."""
    with ThreadPoolExecutor(1) as thread:
        changing = thread.submit(lambda: [change(number) for number in range(20)])
        ids = [deployment.say(user) for _ in range(MESSAGES // 2)]
        while not changing.done() or len(ids) < MESSAGES:
            ids.append(deployment.say(user))
            deployment.decision(ids[-1], user)
        changing.result()
    return ids


def reasons(deployment: Deployment, user: str, ids: list[str]) -> dict[str, str]:
    """Return what was decided about each message."""
    return {msg_id: str(deployment.decision(msg_id, user)["devices"][0]["reason"]) for msg_id in ids}


def arrived(deployment: Deployment, token: str) -> list[str]:
    """Return the ids of the messages that a device was pushed."""
    pushes = deployment.vendors.pushes_to(token)
    return [push["payload"]["m"] for push in pushes if push["outcome"] == "accepted"]


def test_replaced_while_it_sends(deployment: Deployment, console: Console, user: tuple[str, str, str]) -> None:
    """Twenty times, the vendor being slow: each message arrives once, and nothing is given up."""
    name, token, notifier = user
    deployment.vendors_rules("apns", {"do": {"action": "delay", "seconds": 0.2}})

    def replace(number: int) -> None:
        console.channels("PUT", f"channels/{notifier}", apns_body(deployment.vendors, sound=f"{number}.caf"))

    try:
        ids = said_while(deployment, name, replace)
        for msg_id in ids:
            deployment.settled(msg_id, name, 60)
    finally:
        deployment.vendors_rules("apns")
    found = [msg_id for msg_id in arrived(deployment, token) if msg_id in set(ids)]
    assert sorted(found) == sorted(ids)
    assert not deployment.dead()


def test_off_and_on_in_a_row(deployment: Deployment, console: Console, user: tuple[str, str, str]) -> None:
    """What was decided while it was on arrives, once; what was decided while it was off does not; on is on."""
    name, token, notifier = user

    def switch(number: int) -> None:
        console.channels("PUT", f"channels/{notifier}/enabled", {"enabled": bool(number % 2)})

    ids = said_while(deployment, name, switch)
    decided = reasons(deployment, name, ids)
    assert set(decided.values()) <= {"pushed", "notifier_disabled"}
    for msg_id in ids:
        deployment.settled(msg_id, name, 60)
    pushed = [msg_id for msg_id, reason in decided.items() if reason == "pushed"]
    assert sorted(msg_id for msg_id in arrived(deployment, token) if msg_id in decided) == sorted(pushed)
    eventually(lambda: reasons(deployment, name, [deployment.say(name)]).popitem()[1], lambda found: found == "pushed")


def test_deleted_with_a_full_outbox(deployment: Deployment, console: Console) -> None:
    """A vendor that is down, a hundred pushes that wait, no channel any more: each arrives when the vendor is well."""
    notifier, name = fresh("used"), fresh("bob")
    console.channels("POST", body=fcm_body(deployment.vendors, notifier))
    token = deployment.bind(name, "fcm", notifier=notifier)
    deployment.vendors_rules("fcm", {"do": {"action": "refuse_connection"}})
    try:
        eventually(
            lambda: reasons(deployment, name, [deployment.say(name)]).popitem()[1], lambda found: found == "pushed"
        )
        ids = [deployment.say(name) for _ in range(100)]
        assert set(reasons(deployment, name, ids).values()) == {"pushed"}
        console.channels("DELETE", f"channels/{notifier}")
        # At one moment: one that goes from the schedule to the outbox would be missed between two.
        with deployment.client.pipeline(transaction=True) as pipe:
            pipe.xlen(KEYS.outbox(APPKEY, notifier))
            pipe.zcard(KEYS.retry(APPKEY, notifier))
            assert sum(pipe.execute()) >= 100
    finally:
        deployment.vendors_rules("fcm")
    for msg_id in ids:
        deployment.settled(msg_id, name, 60)
    assert set(ids) <= set(arrived_fcm(deployment, token))
    assert not deployment.dead()


def arrived_fcm(deployment: Deployment, token: str) -> list[str]:
    """Return the ids of the messages that an FCM device was pushed."""
    pushes = deployment.vendors.pushes_to(token)
    return [push["payload"]["data"]["m"] for push in pushes if push["outcome"] == "accepted"]

"""Presence, messages and badges: what came first on the stream counts first."""

from typing import Any

import pytest

from tests.integration.configuration import APPKEY
from tests.integration.deployment import Deployment, fresh, now_ms
from tests.integration.eventually import eventually
from worker.store.stream import GROUP

MINUTE_MS = 60_000


@pytest.fixture
def user(deployment: Deployment) -> str:
    """An offline user with one phone."""
    name = fresh("bob")
    deployment.bind(name)
    return name


def reason(deployment: Deployment, msg_id: str, user: str) -> str:
    """Return why a message was pushed to a user, or why not."""
    return str(deployment.decision(msg_id, user)["reason"])


def test_messages_see_the_presence_before_them(deployment: Deployment, user: str) -> None:
    """In one batch, each message meets the presence that stands before it on the stream and none behind it."""
    before = deployment.say(user)
    deployment.presence(user, "online")
    during = deployment.say(user)
    deployment.presence(user, "offline")
    after = deployment.say(user)
    assert [reason(deployment, each, user) for each in (before, during, after)] == ["pushed", "online", "pushed"]


def test_coming_online_resets_the_badge(deployment: Deployment, user: str) -> None:
    """The badge counts offline messages and starts again after each visit."""
    first = [deployment.say(user) for _ in range(3)]
    deployment.presence(user, "online")
    deployment.presence(user, "offline")
    second = [deployment.say(user) for _ in range(2)]
    assert [deployment.decision(each, user)["badge"] for each in (*first, *second)][-1] in {1, 2}
    eventually(lambda: deployment.badge(user), lambda badge: badge == 2)


def test_badges_on_the_icons_are_counted_up(deployment: Deployment, user: str) -> None:
    """Messages that are decided in one batch carry badges of their own."""
    token = deployment.bind(user, "fcm")
    messages = [deployment.say(user) for _ in range(20)]
    for each in messages:
        deployment.settled(each, user)
    shown = [
        push["payload"]["android"]["notification"]["notification_count"] for push in deployment.vendors.pushes_to(token)
    ]
    assert sorted(shown) == list(range(1, 21))


def test_a_lease_that_is_not_renewed_ends(deployment: Deployment, user: str) -> None:
    """A gateway that crashed leaves nobody online for ever."""
    deployment.presence(user, "online", timestamp=now_ms() - 2 * MINUTE_MS, lease_s=60)
    assert reason(deployment, deployment.say(user), user) == "pushed"


def test_a_kicked_device_is_silent_until_it_is_back(deployment: Deployment, user: str) -> None:
    """A device that another one replaced gets nothing; coming online makes it a receiver again."""
    deployment.presence(user, "kicked", resource="ios_9", device_id="apns_1")
    kicked = deployment.say(user)
    deployment.presence(user, "online", resource="ios_9", device_id="apns_1")
    deployment.presence(user, "offline", resource="ios_9", device_id="apns_1")
    back = deployment.say(user)
    assert [reason(deployment, each, user) for each in (kicked, back)] == ["all_devices_skipped", "pushed"]


def test_a_renewed_lease_is_one_connection(deployment: Deployment, user: str) -> None:
    """A gateway that renews a lease adds no second connection."""
    for _ in range(5):
        deployment.presence(user, "online")
    eventually(lambda: deployment.backlog() == 0)
    assert [entry["resource"] for entry in deployment.stored(user, "p")] == ["web_1"]


def test_a_gateway_s_clock_ahead_keeps_nobody_online_for_as_long(deployment: Deployment, user: str) -> None:
    """A lease begins at the latest when its event was added, whatever the gateway's clock says."""
    deployment.presence(user, "online", timestamp=99_999_999_999_999, lease_s=1)
    eventually(lambda: reason(deployment, deployment.say(user), user), lambda found: found == "pushed")


def test_an_event_added_twice_is_pushed_and_counted_once(deployment: Deployment, user: str) -> None:
    """A producer that repeats XADD after a timeout lights the phone once."""
    (token,) = (device["token"] for device in deployment.stored(user, "d"))
    msg_id = deployment.say(user)
    deployment.settled(msg_id, user)
    deployment.say(user, msg_id=msg_id)
    eventually(lambda: deployment.backlog() == 0)
    assert (len(deployment.vendors.pushes_to(token)), deployment.badge(user)) == (1, 1)


def test_what_a_dead_worker_read_is_taken_over(deployment: Deployment, user: str) -> None:
    """An event that was read by a worker that died is decided by another one after the lease, once."""
    (token,) = (device["token"] for device in deployment.stored(user, "d"))
    eventually(lambda: deployment.client.exists(deployment.keys.events) and deployment.backlog() == 0)
    msg_id = read_by_a_dead_worker(deployment, user)
    deployment.settled(msg_id, user)
    assert (len(deployment.vendors.pushes_to(token)), deployment.badge(user)) == (1, 1)


def read_by_a_dead_worker(deployment: Deployment, user: str) -> str:
    """Add a message and have it pending for a consumer that will never come back; return the message's id."""
    # Both in one transaction: the running worker must not be faster.
    msg_id = fresh("m")
    pipe = deployment.client.pipeline(transaction=True)
    pipe.xadd(deployment.keys.events, {"message": event_text(user, msg_id)})
    pipe.xreadgroup(GROUP, "dead", {deployment.keys.events: ">"}, count=10)
    read: Any = pipe.execute()
    assert read[1], "the running worker was faster"
    return msg_id


def event_text(user: str, msg_id: str) -> str:
    """Return a message event as JSON."""
    body = '{"bodies":[{"type":"txt","msg":"Hello"}]}'
    head = f'"appkey":"{APPKEY}","msg_id":"{msg_id}","timestamp":{now_ms()},"chat_type":"chat"'
    return f'{{{head},"from":"alice","to":"{user}","payload":{body}}}'

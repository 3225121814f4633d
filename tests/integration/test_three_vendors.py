"""One event through the whole worker, to all three vendors."""

import json
from typing import Any

import pytest

from tests.integration.configuration import NOTIFIERS
from tests.integration.deployment import Deployment, fresh
from tests.integration.eventually import eventually

DAY_S = 86_400
#: What the app's locale (zh) and the user's style (1) make of it.
TITLE, BODY = "您有一条新消息", "alice: 你好"


@pytest.fixture(scope="module")
def delivered(deployment: Deployment) -> dict[str, Any]:
    """One message to a user with a device of each vendor, delivered."""
    user = fresh("bob")
    tokens = {deployment.bind(user, vendor): vendor for vendor in NOTIFIERS}
    payload = {"ext": {"em_apns_ext": {"extern": {"k": [1]}}}}
    msg_id = deployment.say(user, "你好", payload=payload)
    deployment.settled(msg_id, user)
    pushes = {tokens[entry["token"]]: entry for entry in deployment.vendors.pushes_to(*tokens)}
    return {"user": user, "msg_id": msg_id, "pushes": pushes}


def members(delivered: dict[str, Any]) -> dict[str, Any]:
    """Return what the app has to find in the payload."""
    return {"t": delivered["user"], "f": "alice", "m": delivered["msg_id"], "e": {"k": [1]}}


def test_each_vendor_accepts_it_once(delivered: dict[str, Any]) -> None:
    """One event lights each of the three devices."""
    outcomes = {vendor: entry["outcome"] for vendor, entry in delivered["pushes"].items()}
    assert outcomes == dict.fromkeys(NOTIFIERS, "accepted")


def test_apns_payload(delivered: dict[str, Any]) -> None:
    """Apple gets title, body, badge and the app's members."""
    entry = delivered["pushes"]["apns"]
    aps = entry["payload"]["aps"]
    assert {name: entry["payload"][name] for name in "tfme"} == members(delivered)
    assert aps["alert"] == {"title": TITLE, "body": BODY}
    assert aps["badge"] == 1
    assert entry["collapse_id"] == delivered["pushes"]["huawei"]["collapse_id"] != entry["vendor_id"].replace("-", "")


def test_fcm_payload(delivered: dict[str, Any]) -> None:
    """Google gets title, body, badge, a day to live, high priority and the app's members as texts."""
    message = delivered["pushes"]["fcm"]["payload"]
    android = message["android"]
    shown = {**message.get("notification", {}), **android["notification"]}
    assert (shown["title"], shown["body"], shown["notification_count"]) == (TITLE, BODY, 1)
    assert android["priority"] == "HIGH"
    assert DAY_S - 60 < int(android["ttl"].removesuffix("s")) <= DAY_S
    assert {**message["data"], "e": json.loads(message["data"]["e"])} == members(delivered)


def test_huawei_payload(delivered: dict[str, Any]) -> None:
    """Huawei gets title, body, a day to live and the app's members."""
    message = delivered["pushes"]["huawei"]["payload"]
    shown = message["android"]["notification"]
    assert (shown["title"], shown["body"]) == (TITLE, BODY)
    assert DAY_S - 60 < int(message["android"]["ttl"].removesuffix("s")) <= DAY_S
    data = json.loads(message["data"])
    assert {**data, "e": json.loads(data["e"])} == members(delivered)


def test_nothing_is_left_over(deployment: Deployment, delivered: dict[str, Any]) -> None:
    """The event and its pushes are acknowledged and deleted."""
    assert delivered["pushes"]
    assert deployment.backlog() == 0
    assert [deployment.pending(name) for name in (deployment.keys.events, *deployment.outboxes())] == [0] * 4


def test_the_journal_tells_why(deployment: Deployment, delivered: dict[str, Any]) -> None:
    """The decision is on record, with the badge and a verdict for each device."""
    record = deployment.decision(delivered["msg_id"], delivered["user"])
    assert (record["outcome"], record["reason"], record["badge"]) == ("push", "pushed", 1)
    assert [device["outcome"] for device in record["devices"]] == ["push"] * 3


def test_the_ledger_names_the_vendors_own_ids(deployment: Deployment, delivered: dict[str, Any]) -> None:
    """Support can find each push at its vendor."""
    ledger = deployment.delivery(delivered["msg_id"])
    for vendor, entry in delivered["pushes"].items():
        state = ledger[f"{delivered['user']}\n{NOTIFIERS[vendor]}\n{vendor}_1".encode()]
        assert state == f"accepted {entry['vendor_id']}".encode()


def test_accepted_pushes_are_counted(deployment: Deployment, delivered: dict[str, Any]) -> None:
    """The statistics count each vendor's pushes."""
    assert delivered["pushes"]
    counted = {b"apns:accepted": 1, b"fcm:accepted": 1, b"huawei:accepted": 1}
    eventually(deployment.statistics, lambda found: found == counted)


def test_a_group_message_names_its_group(deployment: Deployment) -> None:
    """The app learns from ``g`` which group to open."""
    user = fresh("bob")
    token = deployment.bind(user)
    msg_id = deployment.say([user], chat_type="groupchat", group_id="77")
    deployment.settled(msg_id, user)
    (push,) = deployment.vendors.pushes_to(token)
    assert (push["payload"]["g"], push["payload"]["t"]) == ("77", user)


def test_a_group_is_few_requests_at_huawei(deployment: Deployment) -> None:
    """A group message reaches 200 Huawei phones, once each, in a handful of requests, and a dead token alone dies."""
    members = [fresh("member") for _ in range(200)]
    tokens = {deployment.bind(user, "huawei"): user for user in members}
    dead = next(iter(tokens))
    deployment.vendors.set_token("huawei", dead, "invalid")
    msg_id = deployment.say(members, chat_type="groupchat", group_id="g1")
    for user in members:
        deployment.settled(msg_id, user)
    pushes = deployment.vendors.pushes_to(*tokens)
    assert sorted(entry["token"] for entry in pushes) == sorted(tokens)
    assert [entry["token"] for entry in pushes if entry["outcome"] != "accepted"] == [dead]
    assert len({entry["vendor_id"] for entry in pushes}) <= 10
    assert [device["token"] for device in deployment.stored(tokens[dead], "r")] == [dead]
    assert len(deployment.stored(members[-1], "d")) == 1

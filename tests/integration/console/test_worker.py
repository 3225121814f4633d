"""A running worker honours what is set over HTTP, without a restart."""

import base64
import itertools
import json
import time
from functools import partial
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.integration.api.callers import bearer, token
from tests.integration.configuration import APPKEY
from tests.integration.console.console import Console, apns_body, fcm_body, huawei_body
from tests.integration.deployment import Deployment, fresh, fresh_token
from tests.integration.eventually import eventually
from tests.integration.vendors import Vendors
from tests.promptness import least
from worker.store.keys import Keys

BODIES = {"apns": apns_body, "fcm": fcm_body, "huawei": huawei_body}
KEYS = Keys()
#: What workers promise; they look twice as often.
HONOURED_S = 1.0


def bound(deployment: Deployment, notifier: str, vendor: str = "apns") -> tuple[str, str]:
    """Return a fresh user with a device on a channel, and its token."""
    user = fresh("bob")
    return user, deployment.bind(user, vendor, notifier=notifier)


def device(deployment: Deployment, user: str, **event: Any) -> dict[str, Any]:
    """Say something to a user; return what was decided for their one device."""
    decision = deployment.decision(deployment.say(user, **event), user)
    (found,) = decision["devices"]
    return dict(found)


def honoured(deployment: Deployment, user: str, reason: str) -> None:
    """Wait until messages to a user are decided so."""
    eventually(lambda: device(deployment, user)["reason"], lambda found: found == reason)


def arrived(vendors: Vendors, token: str, count: int = 1) -> list[dict[str, Any]]:
    """Wait until a device was pushed to."""
    return eventually(lambda: vendors.pushes_to(token), lambda pushes: len(pushes) >= count, 30)


@pytest.mark.parametrize("vendor", BODIES)
def test_a_channel_is_made(deployment: Deployment, console: Console, vendor: str) -> None:
    """What was no notifier is one, and its pushes arrive, for each vendor."""
    notifier = fresh("made")
    user, token = bound(deployment, notifier, vendor)
    assert device(deployment, user)["reason"] == "no_notifier"
    console.channels("POST", body=BODIES[vendor](deployment.vendors, notifier))
    honoured(deployment, user, "pushed")
    arrived(deployment.vendors, token)


def test_a_change_is_honoured_within_a_second(deployment: Deployment, console: Console) -> None:
    """From the answer to a change to the first message that is decided by it; others work too: once in a few tries."""
    notifier = fresh("made")
    user, _ = bound(deployment, notifier)
    console.channels("POST", body=apns_body(deployment.vendors, notifier))
    honoured(deployment, user, "pushed")
    changes = itertools.cycle([(False, "notifier_disabled"), (True, "pushed")])

    def took() -> float:
        # Each change but the first meets a worker that has just looked: it waits as long as one can.
        enabled, reason = next(changes)
        console.channels("PUT", f"channels/{notifier}/enabled", {"enabled": enabled})
        began = time.monotonic()
        honoured(deployment, user, reason)
        return time.monotonic() - began

    took()
    assert least(took, HONOURED_S) < HONOURED_S


def test_a_replaced_credential_sends_what_waits(deployment: Deployment, console: Console) -> None:
    """A key that Apple does not know pauses the channel; its successor sends what waited, and the pause is over."""
    notifier, stranger = fresh("made"), ec.generate_private_key(ec.SECP256R1())
    wrong = stranger.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    console.channels("POST", body=apns_body(deployment.vendors, notifier, key=wrong))
    user, token = bound(deployment, notifier)
    honoured(deployment, user, "pushed")
    for _ in range(20):
        deployment.say(user)
    eventually(lambda: [line for line in paused(deployment) if line["notifier"] == notifier])
    assert deployment.vendors.pushes_to(token)[-1]["outcome"] != "accepted"
    console.channels("PUT", f"channels/{notifier}", apns_body(deployment.vendors))
    eventually(lambda: accepted(deployment, token), lambda pushes: len(pushes) >= 20, 40)
    eventually(lambda: deployment.client.xlen(KEYS.outbox(APPKEY, notifier)), lambda left: left == 0, 30)


def accepted(deployment: Deployment, token: str) -> list[dict[str, Any]]:
    """Return the pushes to a device that its vendor took."""
    return [push for push in deployment.vendors.pushes_to(token) if push["outcome"] == "accepted"]


def paused(deployment: Deployment) -> list[dict[str, Any]]:
    """Return the worker's lines about pauses."""
    return deployment.worker.lines("channel paused, its pushes wait")


def test_a_deleted_channel_sends_what_it_holds(deployment: Deployment, console: Console) -> None:
    """New messages find no notifier; what waited arrives with the credential that was deleted, which is then gone."""
    notifier = fresh("made")
    console.channels("POST", body=fcm_body(deployment.vendors, notifier))
    user, token = bound(deployment, notifier, "fcm")
    honoured(deployment, user, "pushed")
    arrived(deployment.vendors, token)
    waiting_user, waiting = bound(deployment, notifier, "fcm")
    rule = {"when": {"token": waiting}, "do": {"action": "reply", "status": 503}, "times": 1}
    deployment.vendors_rules("fcm", rule)
    msg_id = deployment.say(waiting_user)
    eventually(lambda: [state for state in deployment.delivery(msg_id).values() if state.startswith(b"retry")])
    console.channels("DELETE", f"channels/{notifier}")
    assert notifier not in [channel["notifier"] for channel in console.channels("GET")]
    honoured(deployment, user, "no_notifier")
    deployment.settled(msg_id, waiting_user, 40)
    assert [push["outcome"] for push in deployment.vendors.pushes_to(waiting)][-1] == "accepted"
    field = f"n:{notifier}"
    eventually(lambda: deployment.client.hexists(KEYS.app(APPKEY), field), lambda is_there: not is_there, 30)


def test_a_channel_made_again_is_a_new_one(deployment: Deployment, console: Console) -> None:
    """A notifier that was deleted can be made again at once, and works."""
    notifier = fresh("made")
    for _ in range(2):
        console.channels("POST", body=apns_body(deployment.vendors, notifier))
        user, token = bound(deployment, notifier)
        honoured(deployment, user, "pushed")
        arrived(deployment.vendors, token)
        console.channels("DELETE", f"channels/{notifier}")


def test_the_policy_is_honoured(deployment: Deployment, console: Console) -> None:
    """Each member that decides about a message: devices, forced messages, age, group size, language."""
    user = fresh("bob")
    deployment.bind(user, "huawei")
    deployment.presence(user, "online", resource="web_1", lease_s=900)

    def reason(wanted: str, **event: Any) -> None:
        def decided() -> str:
            return str(deployment.decision(deployment.say(user, **event), user)["reason"])

        eventually(decided, lambda found: found == wanted)

    reason("online")
    console.data("PUT", "policy", {"multi_device": "any-offline", "locale": "en"})
    reason("pushed")
    assert deployment.decision(deployment.say(user), user)["title"] == "You have a new message"
    old = {"timestamp": time.time_ns() // 1_000_000 - 60_000}
    reason("pushed", **old)
    console.data("PUT", "policy", {"max_age_s": 30})
    reason("expired", **old)
    shown = console.data("PUT", "policy", {"multi_device": None, "locale": None, "max_age_s": None})
    assert shown["set"] == {}
    reason("online")


def test_a_template_is_honoured(deployment: Deployment, console: Console) -> None:
    """One that is set over HTTP words the next message; without it the message is worded as before."""
    assert console.data("GET", "policy")["advanced"]
    user, name = fresh("bob"), fresh("t")
    deployment.bind(user, "huawei")
    template = {"name": name, "title_pattern": "Order {0}", "content_pattern": "it is {1}"}
    extension = {"em_push_template": {"name": name, "title_args": ["7"], "content_args": ["here"]}}

    def title() -> Any:
        payload = {"ext": extension, "bodies": [{"type": "txt", "msg": "hi"}]}
        return deployment.decision(deployment.say(user, payload=payload), user)["title"]

    before = title()
    path, headers = "/org/app/notification/template", bearer(token())
    assert console.client.post(path, json=template, headers=headers).status_code == 200
    eventually(title, lambda found: found == "Order 7")
    assert console.client.delete(f"{path}/{name}", headers=headers).status_code == 200
    eventually(title, lambda found: found == before)


def put(deployment: Deployment, field: str, value: str) -> None:
    """Write a field past the API, as anybody could who has Redis."""
    deployment.client.hset(KEYS.app(APPKEY), field, value)
    deployment.client.hincrby(KEYS.apps, APPKEY, 1)


def test_what_is_broken_is_said_once_and_stops_nothing(deployment: Deployment, console: Console) -> None:
    """The last that could be read stays: a policy, a channel and its secrets, while others are changed meanwhile."""
    notifier = fresh("made")
    console.channels("POST", body=apns_body(deployment.vendors, notifier))
    user, token = bound(deployment, notifier)
    honoured(deployment, user, "pushed")
    arrived(deployment.vendors, token)
    console.data("PUT", "policy", {"group_limit": 2000})
    record: Any = deployment.client.hget(KEYS.app(APPKEY), f"n:{notifier}")
    policy: Any = deployment.client.hget(KEYS.app(APPKEY), "policy")
    sealed, other = json.loads(record)["sealed"], fresh("made")
    try:
        for field, value in (
            ("policy", "{broken"),
            (f"n:{notifier}", record.decode().replace(sealed, f"{sealed[:20]}{base64.b64encode(b'x' * 60).decode()}")),
            ("t:broken", "[]"),
        ):
            put(deployment, field, value)
            eventually(partial(said, deployment, field))
        console.channels("POST", body=apns_body(deployment.vendors, other))
        other_user, other_token = bound(deployment, other)
        honoured(deployment, other_user, "pushed")
        arrived(deployment.vendors, other_token)
        deployment.say(user)
        arrived(deployment.vendors, token, 2)
        assert [len(said(deployment, field)) for field in ("policy", f"n:{notifier}", "t:broken")] == [1, 1, 1]
    finally:
        put(deployment, "policy", policy.decode())
        console.channels("DELETE", f"channels/{other}")


def said(deployment: Deployment, field: str) -> list[dict[str, Any]]:
    """Return the worker's lines about a field that cannot be used."""
    lines = deployment.worker.lines("set over http and cannot be used, the last that could be stays")
    return [line for line in lines if line["field"] == field]


def test_the_first_message_after_a_start_is_decided_by_all_that_is_set(
    deployment: Deployment, console: Console
) -> None:
    """A worker that starts with a backlog knows the channels that were made over HTTP before it decides anything."""
    notifier = fresh("made")
    console.channels("POST", body=apns_body(deployment.vendors, notifier))
    users = [bound(deployment, notifier) for _ in range(20)]
    assert deployment.worker.stop() == 0
    ids = [deployment.say(user) for user, _ in users]
    deployment.worker.started()
    for msg_id, (user, device_token) in zip(ids, users, strict=True):
        assert deployment.decision(msg_id, user)["reason"] == "pushed"
        arrived(deployment.vendors, device_token)


def test_a_key_of_another_type_stops_nothing(deployment: Deployment, console: Console) -> None:
    """Another program's mistake in what is set over HTTP is said once, and pushes go on."""
    notifier = fresh("made")
    console.channels("POST", body=apns_body(deployment.vendors, notifier))
    user, token = bound(deployment, notifier)
    honoured(deployment, user, "pushed")
    versions: Any = deployment.client.hgetall(KEYS.apps)
    # In one step: workers that read no key at all would take it that nothing is set.
    with deployment.client.pipeline(transaction=True) as pipe:
        pipe.delete(KEYS.apps)
        pipe.set(KEYS.apps, "nonsense")
        pipe.execute()
    said_once = "a key of what is set over http holds another type, the last that was read stays"
    eventually(lambda: deployment.worker.lines(said_once))
    deployment.say(user)
    arrived(deployment.vendors, token, 2)
    assert len(deployment.worker.lines(said_once)) == 1
    with deployment.client.pipeline(transaction=True) as pipe:
        pipe.delete(KEYS.apps)
        pipe.hset(KEYS.apps, mapping=versions)
        pipe.execute()


def test_a_token_that_is_dead_is_retired(deployment: Deployment, console: Console) -> None:
    """What is made over HTTP is a channel like any other: a vendor's word about a token counts."""
    notifier = fresh("made")
    console.channels("POST", body=fcm_body(deployment.vendors, notifier))
    user, token = fresh("bob"), fresh_token()
    deployment.vendors.set_token("fcm", token, "unregistered")
    deployment.bind(user, "fcm", token, notifier=notifier)
    eventually(lambda: deployment.say(user) and deployment.stored(user, "r"))

"""Dead letters with a worker at work: what it gave up arrives after a retry, and what it cannot read comes back."""

import json
from pathlib import Path

import msgspec

from tests.integration.burials import Burials, message, push
from tests.integration.cli.command import Done, dead_letters, json_lines
from tests.integration.configuration import APPKEY, FCM
from tests.integration.deployment import Deployment, fresh
from tests.integration.eventually import eventually


def retry(configuration: Path, *arguments: str) -> Done:
    """Retry what the arguments say."""
    return dead_letters(configuration, "retry", *arguments)


def accepted(deployment: Deployment, token: str) -> int:
    """Return how many pushes the vendor took for a token."""
    return [entry["outcome"] for entry in deployment.vendors.pushes_to(token)].count("accepted")


def test_a_refused_push_arrives_after_the_channel_is_repaired(deployment: Deployment, configuration: Path) -> None:
    """Buried over a fault of the configuration, retried after its repair: the phone gets the push, with its badge."""
    user = fresh("bob")
    token = deployment.bind(user, "fcm")
    deployment.client.hset(deployment.keys.user(APPKEY, user), "b", 4)
    deployment.vendors.set_token("fcm", token, "third_party_auth_error")
    msg_id = deployment.say(user)
    deployment.settled(msg_id, user)
    done = dead_letters(configuration, "list", "--user", user, "--json")
    (record,) = json_lines(done.stdout)
    assert record["reason"] == "configuration: THIRD_PARTY_AUTH_ERROR"
    assert [record[name] for name in ("app", "notifier", "users", "msg_id")] == [APPKEY, FCM, [user], msg_id]

    deployment.vendors.set_token("fcm", token, "valid")
    assert retry(configuration, record["id"]).stdout == "1 retried\n"
    eventually(lambda: accepted(deployment, token), lambda count: count == 1)
    deployment.settled(msg_id, user)
    states = [state for name, state in deployment.delivery(msg_id).items() if b"\n" in name]
    assert [state.split()[0] for state in states] == [b"accepted"]
    assert json_lines(dead_letters(configuration, "list", "--user", user, "--json").stdout) == []
    pushes = deployment.vendors.pushes_to(token)
    assert [push["payload"]["android"]["notification"]["notification_count"] for push in pushes] == [5, 5]


def test_an_old_push_has_its_whole_time_for_retries(deployment: Deployment, configuration: Path) -> None:
    """Given up hours ago and failed again after its retry, it is repeated like any other, and arrives."""
    user = fresh("bob")
    token = deployment.bind(user, "apns")
    broken = {"action": "reset_stream", "code": "INTERNAL_ERROR"}
    deployment.vendors_rules("apns", {"when": {"token": token}, "do": broken, "times": 1})
    job = push(user, token=token, device_id="apns_1")
    ledger = deployment.keys.message(APPKEY, job.draft.msg_id)
    deployment.client.hset(ledger, mapping={user: "1-0", job.ledger_field: "given up TooManyRequests, attempt 12"})
    name = Burials(deployment.client).job(job, "TooManyRequests: 12 attempts")
    assert retry(configuration, name).stdout == "1 retried\n"
    eventually(lambda: accepted(deployment, token), lambda count: count == 1)


def test_a_receiver_who_is_there_now_is_not_pushed(deployment: Deployment, configuration: Path) -> None:
    """A retried push is looked at again like every late one: who came online since was given the message."""
    user, away = fresh("bob"), fresh("carol")
    tokens = [deployment.bind(name, "fcm") for name in (user, away)]
    burials = Burials(deployment.client)
    pairs = zip((user, away), tokens, strict=True)
    jobs = [push(name, FCM, token=token, device_id="fcm_1") for name, token in pairs]
    for job in jobs:
        deployment.client.hset(deployment.keys.message(APPKEY, job.draft.msg_id), job.ledger_field, "given up")
    names = [burials.job(job) for job in jobs]
    deployment.presence(user, "online")
    eventually(lambda: deployment.client.xlen(deployment.keys.events), lambda left: left == 0)
    assert retry(configuration, *names).stdout == "2 retried\n"
    eventually(lambda: accepted(deployment, tokens[1]), lambda count: count == 1)
    ledger = jobs[0].ledger_field.encode()
    eventually(lambda: deployment.delivery(jobs[0].draft.msg_id)[ledger], lambda state: state == b"expired online")
    assert accepted(deployment, tokens[0]) == 0


def test_an_event_that_can_be_read_now_is_pushed(deployment: Deployment, configuration: Path) -> None:
    """An event buried by a fault that has been mended is decided and pushed as if it had just come."""
    user = fresh("bob")
    token = deployment.bind(user, "huawei")
    event = message(user)
    name = Burials(deployment.client).event({"trace": "7", "message": event}, "internal error: KeyError", "$")
    assert retry(configuration, name).stdout == "1 retried\n"
    eventually(lambda: accepted(deployment, token), lambda count: count == 1)
    assert deployment.decision(event["msg_id"], user)["reason"] == "pushed"


def test_an_event_that_was_handed_over_is_not_pushed_twice(deployment: Deployment, configuration: Path) -> None:
    """A letter of a message whose receivers were served changes nothing for them."""
    served, forgotten = fresh("bob"), fresh("carol")
    tokens = [deployment.bind(user, "fcm") for user in (served, forgotten)]
    msg_id = deployment.say(served)
    deployment.settled(msg_id, served)
    again = message([served, forgotten], msg_id=msg_id, chat_type="groupchat", group_id="77")
    name = Burials(deployment.client).event({"message": again}, "internal error: KeyError", "$")
    assert retry(configuration, name).stdout == "1 retried\n"
    eventually(lambda: accepted(deployment, tokens[1]), lambda count: count == 1)
    eventually(lambda: deployment.backlog() == 0)
    assert accepted(deployment, tokens[0]) == 1
    assert deployment.badge(served) == 1


def test_a_retry_of_what_is_buried_again_comes_to_an_end(deployment: Deployment, configuration: Path) -> None:
    """The worker buries garbage as fast as it is retried: each letter is retried once, none is lost."""
    burials, mark = Burials(deployment.client), fresh("mark")
    for number in range(400):
        burials.event({mark: json.dumps({"number": number})}, f"unknown {mark}", "$")
    assert retry(configuration, "--reason", f"unknown {mark}").stdout == "400 retried\n"
    eventually(lambda: deployment.client.xlen(deployment.keys.events), lambda left: left == 0)
    values = [letter[b"value"] for letter in deployment.dead() if letter[b"field"] == mark.encode()]
    assert [msgspec.json.decode(value)["number"] for value in values] == list(range(400))
    assert dead_letters(configuration, "drop", "--reason", mark).stdout == "400 dropped\n"

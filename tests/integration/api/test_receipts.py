"""From a push that Huawei accepted to what became of it on the phone: worker, simulator and API as processes."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.integration.api.api_process import SECRET, Api, callback_id, v1, v2
from tests.integration.cli.command import json_lines, offline_push
from tests.integration.configuration import APPKEY, HUAWEI
from tests.integration.deployment import Deployment, fresh, fresh_token, now_ms
from tests.promptness import least

SUCCESS = {"errno": 0, "errmsg": "success", "code": "0", "message": "success"}


@dataclass(frozen=True, slots=True)
class Push:
    """One push that the vendor accepted."""

    deployment: Deployment
    user: str
    token: str
    msg_id: str
    request_id: str

    def state(self) -> str:
        """Return the push's state in the message's ledger."""
        field = f"{self.user}\n{HUAWEI}\nhuawei_1".encode()
        return self.deployment.delivery(self.msg_id)[field].decode()

    def counted(self) -> dict[bytes, int]:
        """Return the statistics."""
        return self.deployment.statistics()

    def explained(self) -> str:
        """Return what ``explain`` says of the device's delivery."""
        where = ("--app", APPKEY, "--user", self.user, "--msg", self.msg_id)
        done = offline_push("explain", *where, "--json", "--config", self.deployment.worker.configuration)
        (record,) = json_lines(done.stdout)
        return str(record["devices"][0]["delivery"])


@pytest.fixture
def push(deployment: Deployment) -> Push:
    """A push to a fresh user's Huawei phone, accepted and settled."""
    user, token = fresh("bob"), fresh_token()
    deployment.bind(user, "huawei", token)
    msg_id = deployment.say(user)
    deployment.settled(msg_id, user)
    (entry,) = deployment.vendors.pushes_to(token)
    found = Push(deployment, user, token, msg_id, entry["vendor_id"])
    assert found.state().startswith(f"accepted {entry['vendor_id']}")
    return found


@pytest.mark.parametrize("version", [v1, v2])
def test_a_delivery_is_told(api: Api, push: Push, version: Any) -> None:
    """A receipt of either version turns the accepted push into a delivered one, for explain and the statistics."""
    before = push.counted().get(b"huawei:delivered", 0)
    answer = api.post(version(push.msg_id, push.token, push.request_id, 0))
    assert (answer.status_code, answer.json()) == (200, SUCCESS)
    assert push.explained() == "delivered"
    assert push.counted()[b"huawei:delivered"] == before + 1


def test_phones_of_one_request_are_told_apart(api: Api, deployment: Deployment) -> None:
    """A group message goes to Huawei in one request; each phone's receipt reaches the push of its own user."""
    users = {fresh("bob"): fresh_token() for _ in range(3)}
    for user, token in users.items():
        deployment.bind(user, "huawei", token)
    msg_id = deployment.say(list(users), chat_type="groupchat", group_id="77")
    for user in users:
        deployment.settled(msg_id, user)
    first, second, third = deployment.vendors.pushes_to(*users.values())
    assert first["vendor_id"] == second["vendor_id"] == third["vendor_id"]
    pushes = {token: Push(deployment, user, token, msg_id, first["vendor_id"]) for user, token in users.items()}
    api.post(
        v1(msg_id, first["token"], first["vendor_id"], 0), v1(msg_id, second["token"], first["vendor_id"], 5)
    ).raise_for_status()
    assert pushes[first["token"]].explained() == "delivered"
    assert pushes[second["token"]].state().startswith("receipt 5 token_unknown ")
    assert pushes[third["token"]].state().startswith("accepted ")
    assert [len(deployment.stored(user, "d")) for user in users].count(1) == 2


@pytest.mark.parametrize(("status", "word"), [(2, "app_not_installed"), (5, "token_unknown")])
def test_a_dead_token_is_retired(api: Api, push: Push, status: int, word: str) -> None:
    """The binding is set aside with the reason, and its user's next message goes nowhere."""
    api.post(v1(push.msg_id, push.token, push.request_id, status)).raise_for_status()
    assert push.explained().startswith(f"receipt {status} {word}")
    assert push.deployment.stored(push.user, "d") == []
    (retired,) = push.deployment.stored(push.user, "r")
    assert (retired["token"], retired["reason"]) == (push.token, f"receipt {status} {word}")
    assert abs(retired["retired_at"] - now_ms()) < 60_000
    second = push.deployment.say(push.user)
    assert push.deployment.decision(second, push.user)["reason"] == "no_binding"


@pytest.mark.parametrize(("status", "word"), [(6, "notifications_off"), (102, "frequency_limit"), (999, "unknown")])
def test_other_statuses_keep_the_token(api: Api, push: Push, status: int, word: str) -> None:
    """What may pass is written down and counted, and the phone stays bound."""
    api.post(v2(push.msg_id, push.token, push.request_id, status)).raise_for_status()
    assert push.state().startswith(f"receipt {status} {word}")
    assert f"huawei:receipt_{status}".encode() in push.counted()
    assert [device["token"] for device in push.deployment.stored(push.user, "d")] == [push.token]


def test_a_wrong_signature_changes_nothing(api: Api, push: Push) -> None:
    """Without the key, with another user's name, with a stale header or with none: 401, and all is as it was."""
    stale = callback_id(at_ms=now_ms() - 6 * 60_000)
    before = push.state()
    for signature in (callback_id("another"), callback_id(user="another"), stale, "nonsense"):
        answer = api.post(v1(push.msg_id, push.token, push.request_id, 5), signature=signature)
        assert (answer.status_code, answer.json()["errno"], answer.json()["code"]) == (401, 401, "401")
    answer = api.client.post(api.path, json={"statuses": [v1(push.msg_id, push.token, push.request_id, 5)]})
    assert (answer.status_code, answer.json()["errmsg"]) == (401, "wrong signature")
    assert (push.state(), push.deployment.stored(push.user, "r")) == (before, [])


def test_a_repeated_request_changes_nothing(api: Api, push: Push) -> None:
    """Huawei may post the same request again, nonce and all: it is answered with success and counted once."""
    signature, status = callback_id(), v1(push.msg_id, push.token, push.request_id, 6)
    assert api.post(status, signature=signature).json() == SUCCESS
    before = push.counted()
    assert api.post(status, signature=signature).json() == SUCCESS
    assert push.counted() == before


def test_strange_receipts_are_fine(api: Api, push: Push) -> None:
    """Unknown messages, cards, foreign tokens and no tag at all are answered with success and touch nothing."""
    before, other = push.state(), v2(push.msg_id, push.token, "another-request", 0)
    card = {name: value for name, value in other.items() if name != "deliveryStatus"} | {"formStatus": {"result": 2}}
    untagged = {**other, "biTag": None, "requestId": push.request_id}
    answer = api.post(v1("no-such-message", push.token, push.request_id, 5), other, card, untagged)
    assert answer.json() == SUCCESS
    assert push.state() == before
    assert not push.deployment.client.exists(push.deployment.keys.message(APPKEY, "no-such-message"))


def test_tokens_and_secrets_stay_out_of_the_log(api: Api, push: Push) -> None:
    """The log names method, path and status of the request and nothing that it carried."""
    api.post(v1(push.msg_id, push.token, push.request_id, 5), signature=callback_id("another"))
    api.client.post(f"{api.path}?token={push.token}")
    text = api.log.read_text()
    assert f'"path": "{api.path}"' in text
    assert push.token not in text
    assert SECRET not in text


def test_a_thousand_receipts_are_quick(api: Api, push: Push) -> None:
    """The largest request Huawei ever sent is answered after a second of computing at the most."""
    statuses = [v1(push.msg_id, f"{push.token}{number}", str(number), 5) for number in range(999)]

    def used_s() -> float:
        before = api.cpu_s()
        answer = api.post(*statuses, v1(push.msg_id, push.token, push.request_id, 0))
        assert (answer.json(), push.state()) == (SUCCESS, "delivered")
        return api.cpu_s() - before

    assert least(used_s, 1.0) < 1.0

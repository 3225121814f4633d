"""Which messages the fake Push Kit refuses, and its access tokens."""

import json
from pathlib import Path
from typing import Any

import pytest

from providers.simulator.exchange import Reply
from providers.simulator.huawei_message import SENSITIVE_WORD
from tests.unit.simulator_huawei.bench import AUDIENCE, JSON, OPEN_APP, ORIGIN, Bench, answer


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"android": {"collapse_key": -2}}, "80100013"),
        ({"android": {"collapse_key": 101}}, "80100013"),
        ({"android": {"collapse_key": "1"}}, "80100013"),
        ({"android": {"ttl": "-1s"}}, "80100004"),
        ({"android": {"ttl": "1296001s"}}, "80100003"),
        ({"android": {"ttl": 60}}, "80100003"),
        ({"android": {"category": "CHAT"}}, "80100003"),
        ({"android": {"urgency": "high"}}, "80100003"),
        ({"android": {"target_user_type": 2}}, "80100003"),
        ({"android": {"notification": {"title": "t"}}}, "80100003"),
        ({"notification": {"title": "t"}}, "80100003"),
        ({"android": {"notification": {"click_action": "app"}}}, "80100003"),
        ({"android": {"notification": {"click_action": {"type": 4}}}}, "80100003"),
        ({"android": {"notification": {"click_action": {"type": True}}}}, "80100003"),
        ({"android": {"notification": {"click_action": {"type": 1}}}}, "80100003"),
        ({"android": {"notification": {"click_action": {"type": 2, "url": "http://x"}}}}, "80100003"),
        ({"android": {"notification": OPEN_APP | {"badge": {"add_num": 0, "class": "c"}}}}, "80100003"),
        ({"android": {"notification": OPEN_APP | {"badge": {"add_num": 100, "class": "c"}}}}, "80100003"),
        ({"android": {"notification": OPEN_APP | {"badge": {"set_num": 100, "class": "c"}}}}, "80100003"),
        ({"android": {"notification": OPEN_APP | {"badge": {"set_num": 1}}}}, "80100003"),
        ({"android": {"notification": OPEN_APP | {"style": 2}}}, "80100003"),
        ({"android": {"notification": OPEN_APP | {"buttons": [{}] * 4}}}, "80100003"),
        ({"android": {"notification": OPEN_APP | {"title": f"a {SENSITIVE_WORD} b"}}}, "80100016"),
        ({"data": {"k": "v"}}, "80100003"),
        ({"android": "text"}, "80100003"),
        ({"topic": "news"}, "80100003"),
        ({"token": []}, "80300010"),
        ({"token": "a"}, "80300010"),
        ({"token": [1]}, "80300010"),
        ({"token": None}, "80300010"),
    ],
)
def test_a_message_fault_has_its_code(bench: Bench, message: dict[str, Any], code: str) -> None:
    """Each rule of a v1 message that is broken is a 400 with its own code, and each named token is written with it."""
    assert answer(bench.send(["a"], **message)) == (400, code)
    assert {entry.outcome for entry in bench.ledger.entries()} <= {code}


@pytest.mark.parametrize(
    "message",
    [
        {"android": {"collapse_key": -1, "ttl": "1296000s", "category": "IM", "urgency": "HIGH"}},
        {"android": {"collapse_key": 100, "ttl": "0s", "target_user_type": 1}},
        {"notification": {"title": "t"}, "android": {"notification": OPEN_APP}},
        {"android": {"notification": {"click_action": {"type": 1, "intent": "i"}}}},
        {"android": {"notification": {"click_action": {"type": 1, "action": "a"}}}},
        {"android": {"notification": {"click_action": {"type": 2, "url": "https://x"}}}},
        {"android": {"notification": OPEN_APP | {"badge": {"class": "c"}}}},
        {"android": {"notification": OPEN_APP | {"badge": {"set_num": 0, "add_num": 99, "class": "c"}}}},
        {"android": None, "unknown": 1},
    ],
)
def test_the_limits_themselves_are_fine(bench: Bench, message: dict[str, Any]) -> None:
    """Values at the documented limits are accepted."""
    assert answer(bench.send(["a"], **message)) == (200, "80000000")


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"", "80100003"), (b"[]", "80100003"), (b'{"messager":{"token":["a"]}}', "80300010"), (b"{}", "80300010")],
)
def test_a_body_without_message(bench: Bench, body: bytes, code: str) -> None:
    """What is no JSON object is 80100003; a misspelt ``message`` is answered like missing tokens."""
    path = f"/v1/{bench.credentials['app_id']}/messages:send"
    assert answer(bench.call(path, body, authorization=bench.usual_bearer, content_type=JSON)) == (400, code)


def test_a_wrong_content_type_is_refused(bench: Bench) -> None:
    """A send that does not say application/json is 80100001."""
    assert answer(bench.post({"message": {}}, content_type="text/plain")) == (400, "80100001")


def test_a_thousand_tokens_fit(bench: Bench) -> None:
    """A request names up to 1000 tokens, whose length does not count against the body's size, and not one more."""
    tokens = [f"{'x' * 120}{number}" for number in range(1001)]
    assert answer(bench.send(tokens[:1000])) == (200, "80000000")
    assert len(bench.ledger.entries()) == 1000
    assert answer(bench.send(tokens)) == (400, "80300010")


@pytest.mark.parametrize("version", ["v1", "v3"])
def test_the_body_without_tokens_has_a_limit(bench: Bench, version: str) -> None:
    """4096 bytes as sent, without the tokens, are accepted and 4097 are 80300008."""

    def post(data: str, tokens: list[str]) -> Reply:
        old = {"message": {"token": tokens, "data": data}}
        new = {"payload": {"data": data}, "target": {"token": tokens}}
        return bench.post(old) if version == "v1" else bench.post_v3(new)

    frame = len(json.dumps({"message": {"token": [], "data": ""}}))
    frame = frame if version == "v1" else len(json.dumps({"payload": {"data": ""}, "target": {"token": []}}))
    assert answer(post("x" * (4096 - frame), ["a"])) == (200, "80000000")
    assert answer(post("x" * (4097 - frame), ["a"])) == (400, "80300008")
    assert answer(post("好" * 1366, ["a"])) == (400, "80300008")


@pytest.mark.parametrize(
    ("options", "notification", "code"),
    [
        ({"ttl": 1_296_001}, {}, "80100003"),
        ({"ttl": "60"}, {}, "80100003"),
        ({"ttl": -1}, {}, "80100004"),
        ({"collapseKey": 101}, {}, "80100013"),
        ({"biTag": "x" * 65}, {}, "80100003"),
        ({}, {"clickAction": None}, "80100003"),
        ({}, {"badge": {"addNum": 0}}, "80100003"),
        ({}, {"badge": {"setNum": 100}}, "80100003"),
        ({}, {"notifyId": -1}, "80100003"),
        ({}, {"notifyId": 2**31}, "80100003"),
        ({}, {"body": SENSITIVE_WORD}, "80100016"),
    ],
)
def test_a_v3_message_fault_has_its_code(
    bench: Bench, options: dict[str, Any], notification: dict[str, Any], code: str
) -> None:
    """Each rule of a v3 message that is broken is a 400 with its own code."""
    assert answer(bench.send_v3(["a"], options, **notification)) == (400, code)


def test_the_limits_of_v3_are_fine(bench: Bench) -> None:
    """Values at the documented limits of v3 are accepted."""
    options = {"ttl": 1_296_000, "collapseKey": -1, "biTag": "x" * 64}
    badge = {"addNum": 99, "setNum": 0}
    assert answer(bench.send_v3(["a"], options, notifyId=2**31 - 1, badge=badge)) == (200, "80000000")


@pytest.mark.parametrize(
    "document",
    [{"payload": {"x": 1}}, {"payload": {"x": 1}, "target": {"token": []}}, {"payload": {"x": 1}, "target": "a"}],
)
def test_v3_needs_tokens(bench: Bench, document: dict[str, Any]) -> None:
    """A v3 request without a token list is 80300010."""
    assert answer(bench.post_v3(document)) == (400, "80300010")


@pytest.mark.parametrize("body", [{"target": {"token": ["a"]}}, {"payload": {}, "target": {"token": ["a"]}}])
def test_v3_needs_a_payload(bench: Bench, body: dict[str, Any]) -> None:
    """A v3 request without payload is 80100003."""
    assert answer(bench.post_v3(body)) == (400, "80100003")


def test_v3_needs_a_push_type(bench: Bench) -> None:
    """The ``push-type`` header is one of the six documented numbers, else 80100001."""
    document = {"payload": {"x": 1}, "target": {"token": ["a"]}}
    accepted = [bench.post_v3(document, push_type=number) for number in ("0", "1", "2", "6", "7", "10")]
    assert {answer(reply) for reply in accepted} == {(200, "80000000")}
    assert answer(bench.post_v3(document, push_type="3")) == (400, "80100001")


def test_v3_cards_and_test_messages_take_fewer_tokens(bench: Bench) -> None:
    """A card goes to one token, a test message to ten."""
    card = {"payload": {"x": 1}, "target": {"token": ["a", "b"]}}
    assert answer(bench.post_v3(card, push_type="1")) == (400, "80300010")
    tokens = [str(number) for number in range(11)]
    assert answer(bench.send_v3(tokens[:10], {"testMessage": True})) == (200, "80000000")
    assert answer(bench.send_v3(tokens, {"testMessage": True})) == (400, "80300030")


def test_the_right_client_gets_an_access_token(bench: Bench) -> None:
    r"""The token endpoint answers the app's secret with an hour; the slash in the token travels as ``\/``."""
    reply = bench.grant()
    answered = json.loads(reply.body)
    assert (reply.status, answered["expires_in"], answered["token_type"]) == (200, 3600, "Bearer")
    assert "/" in answered["access_token"]
    assert answered["access_token"].encode() not in reply.body
    assert bench.huawei.token_calls == 1


@pytest.mark.parametrize(
    ("members", "sub_error"),
    [
        ({"client_secret": "wrong"}, 12304),
        ({"client_secret": ""}, 20171),
        ({"client_id": "1"}, 20003),
        ({"client_id": "app"}, 20002),
        ({"grant_type": "password"}, 20182),
    ],
)
def test_wrong_client_credentials_have_their_numbers(bench: Bench, members: dict[str, str], sub_error: int) -> None:
    """Wrong credentials are 400 with error 1101 and the sub-error that says which, and the call is counted."""
    reply = bench.grant(**members)
    answered = json.loads(reply.body)
    assert (reply.status, answered["error"], answered["sub_error"]) == (400, 1101, sub_error)
    assert bench.huawei.token_calls == 1


def test_half_a_surrogate_pair_is_not_fatal(bench: Bench) -> None:
    """JSON can spell a string that has no UTF-8; it is answered, not crashed on."""
    body = b'{"message":{"token":["\\ud83d"],"data":"d","android":{"notification":{"profile_id":"\\ud83d"}}}}'
    path = f"/v1/{bench.credentials['app_id']}/messages:send"
    assert bench.call(path, body, authorization=bench.usual_bearer, content_type=JSON).status == 400


def test_secrets_are_for_their_owner_only(bench: Bench) -> None:
    """The files with the secret and the private key are not readable by others."""
    for name in ("secret_file", "service_account_file"):
        assert Path(bench.credentials[name]).stat().st_mode & 0o777 == 0o600
    assert bench.account["token_uri"] == AUDIENCE
    assert bench.credentials["token_url"] == f"{ORIGIN}/oauth2/v3/token"

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest

from providers.simulator.exchange import Reply, Request
from providers.simulator.huawei import Huawei
from providers.simulator.huawei_devices import DEVICE_REASONS, RIGHT_REASONS
from providers.simulator.huawei_message import SENSITIVE_WORD
from providers.simulator.ledger import Ledger

NOW = 1_790_000_000.0
ORIGIN = "http://127.0.0.1:1"
AUDIENCE = "https://oauth-login.cloud.huawei.com/oauth2/v3/token"
JSON = "application/json; charset=utf-8"
OPEN_APP = {"click_action": {"type": 3}}


class Bench:
    """One fake Push Kit with a clock to turn, and a client that holds its credentials."""

    def __init__(self, directory: Path, **options: Any) -> None:
        self.now = NOW
        self.ledger = Ledger()
        self.huawei = Huawei(self.ledger, lambda: self.now, **options)
        self.credentials = self.huawei.write_credentials(directory, ORIGIN)
        self.account = json.loads(Path(self.credentials["service_account_file"]).read_text())
        self.usual_bearer = self.bearer()
        self.usual_jwt = self.jwt()

    def jwt(self, header: dict[str, Any] | None = None, algorithm: str = "PS256", **claims: Any) -> str:
        """Return the authorization header of a JWT, good but for what is given."""
        usual = {"iss": self.account["sub_account"], "aud": AUDIENCE, "iat": NOW, "exp": NOW + 3600}
        kid = {"kid": self.account["key_id"]} | (header or {})
        return f"Bearer {jwt.encode(usual | claims, self.account['private_key'], algorithm, kid)}"

    def call(self, path: str, body: bytes, method: str = "POST", **headers: str) -> Reply:
        """Send a request; underscores in header names are dashes."""
        pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
        return self.huawei(Request(method, path, pairs, body, connection_id=7, at=self.now))

    def grant(self, **members: str) -> Reply:
        """Ask for an access token."""
        secret = Path(self.credentials["secret_file"]).read_text()
        usual = {
            "grant_type": "client_credentials",
            "client_id": self.credentials["app_id"],
            "client_secret": secret,
        }
        return self.call("/oauth2/v3/token", urlencode(usual | members).encode())

    def bearer(self) -> str:
        """Return the authorization header of a fresh access token."""
        return f"Bearer {json.loads(self.grant().body)['access_token']}"

    def post(self, document: Any, version: str = "v1", **headers: str) -> Reply:
        """Send a document under v1 or v2."""
        owner = self.credentials["app_id" if version == "v1" else "project_id"]
        usual = {"authorization": self.usual_bearer, "content_type": JSON}
        body = json.dumps(document, ensure_ascii=False).encode(errors="surrogatepass")
        return self.call(f"/{version}/{owner}/messages:send", body, **(usual | headers))

    def send(self, tokens: Any, version: str = "v1", **message: Any) -> Reply:
        """Send a message under v1 or v2."""
        return self.post({"message": {"token": tokens, "data": "d"} | message}, version)

    def post_v3(self, document: Any, **headers: str) -> Reply:
        """Send a document under v3."""
        return self.post(document, "v3", **({"authorization": self.usual_jwt, "push_type": "0"} | headers))

    def send_v3(self, tokens: Any, options: dict[str, Any] | None = None, **notification: Any) -> Reply:
        """Send a notification under v3."""
        shown = {"title": "t", "body": "b", "clickAction": {"actionType": 0}} | notification
        document = {"payload": {"notification": shown}, "target": {"token": tokens}, "pushOptions": options or {}}
        return self.post_v3(document)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Make one RSA key for all tests: it costs more than they do."""
    return Bench(tmp_path_factory.mktemp("huawei"))


@pytest.fixture
def bench(shared: Bench) -> Bench:
    """Return the shared bench as new, but for the token states: a test that sets one uses a token of its own."""
    shared.ledger.clear()
    shared.huawei.token_calls = 0
    return shared


def answer(reply: Reply) -> tuple[int, str]:
    """Return the HTTP status and the code of a reply."""
    return reply.status, json.loads(reply.body)["code"]


def msg(reply: Reply) -> Any:
    """Return what the JSON inside ``msg`` says."""
    return json.loads(json.loads(reply.body)["msg"])


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_send_is_accepted_and_written_down_by_token(bench: Bench, version: str) -> None:
    """A good send is 80000000 Success, and the ledger has an entry per token, a repeated token twice."""
    notification = {"title": "t", "tag": "c1", **OPEN_APP}
    reply = bench.send(["a", "b", "a"], version, android={"notification": notification})
    body = json.loads(reply.body)
    assert (reply.status, body["code"], body["msg"]) == (200, "80000000", "Success")
    entries = bench.ledger.entries()
    assert [entry.token for entry in entries] == ["a", "b", "a"]
    assert {(entry.vendor, entry.outcome, entry.vendor_id) for entry in entries} == {
        ("huawei", "accepted", body["requestId"])
    }
    assert entries[0].payload == {"data": "d", "android": {"notification": notification}}
    assert (entries[0].collapse_id, entries[0].connection_id, entries[0].at) == ("c1", 7, NOW)


def test_requests_have_ids_of_their_own(bench: Bench) -> None:
    """No two answers carry the same requestId."""
    ids = {json.loads(bench.send(["a"]).body)["requestId"] for _ in range(3)}
    assert len(ids) == 3


def test_a_jwt_sends_under_every_version(bench: Bench) -> None:
    """A service-account JWT is accepted by v1, v2 and v3."""
    document = {"message": {"token": ["a"], "data": "d"}}
    replies = [bench.post(document, version, authorization=bench.usual_jwt) for version in ("v1", "v2")]
    assert [answer(reply) for reply in [*replies, bench.send_v3(["a"])]] == [(200, "80000000")] * 3


def test_v3_writes_down_its_body_without_tokens(bench: Bench) -> None:
    """The ledger of a v3 send has the body without the token list, and the notifyId as what it replaces."""
    bench.send_v3(["a", "a"], {"ttl": 60}, notifyId=5)
    entries = bench.ledger.entries()
    assert [(entry.token, entry.collapse_id, entry.outcome) for entry in entries] == [("a", "5", "accepted")] * 2
    assert entries[0].payload["pushOptions"] == {"ttl": 60}
    assert entries[0].payload["target"] == {}


def test_a_dry_run_leaves_no_trace(bench: Bench) -> None:
    """``validate_only`` is answered like a send and nothing is written."""
    assert answer(bench.post({"validate_only": True, "message": {"token": ["a"], "data": "d"}})) == (200, "80000000")
    assert bench.ledger.entries() == []


def test_a_topic_names_no_token(bench: Bench) -> None:
    """A send to a topic or a condition is accepted without an entry."""
    for target in ({"topic": "news"}, {"condition": "'a' in topics"}):
        assert answer(bench.post({"message": {"data": "d"} | target})) == (200, "80000000")
    assert bench.ledger.entries() == []


def test_a_partial_success_lists_the_illegal_tokens(bench: Bench) -> None:
    """Under v1 some illegal tokens make 80100000 with JSON inside ``msg``, names in snake_case, repeats counted."""
    bench.huawei.set_token("bad", "invalid")
    reply = bench.send(["a", "bad", "b", "bad"])
    assert answer(reply) == (200, "80100000")
    assert msg(reply) == {"success": 2, "failure": 2, "illegal_tokens": ["bad", "bad"]}
    assert [entry.outcome for entry in bench.ledger.entries()] == ["accepted", "80300007", "accepted", "80300007"]


def test_no_legal_token_is_a_code_of_its_own(bench: Bench) -> None:
    """Under v1 a request with illegal tokens only is 80300007, and ``msg`` is plain text."""
    bench.huawei.set_token("bad", "invalid")
    reply = bench.send(["bad"])
    assert answer(reply) == (400, "80300007")
    assert json.loads(reply.body)["msg"] == "All the tokens are invalid"


def test_a_harmonyos_5_token_is_illegal_under_the_old_versions(bench: Bench) -> None:
    """A token of HarmonyOS 5 is valid for v3 and 80300007 for v1 and v2."""
    bench.huawei.set_token("next", "harmonyos_5")
    assert answer(bench.send_v3(["next"])) == (200, "80000000")
    assert [answer(bench.send(["next"], version)) for version in ("v1", "v2")] == [(400, "80300007")] * 2


@pytest.mark.parametrize("reason", sorted(DEVICE_REASONS | RIGHT_REASONS))
def test_v3_lists_tokens_by_reason(bench: Bench, reason: str) -> None:
    """Under v3 the JSON inside ``msg`` is a map of reasons to tokens, and the ledger has the reason."""
    bench.huawei.set_token(reason, reason)
    reply = bench.send_v3(["a", reason])
    assert answer(reply) == (200, "80100000")
    assert msg(reply) == {"success": 1, "failure": 1, "illegalTokens": {reason: [reason]}}
    assert [entry.outcome for entry in bench.ledger.entries()] == ["accepted", reason]


def test_v3_gives_reasons_when_all_fail(bench: Bench) -> None:
    """Under v3 80300007 has the same map; an ``invalid`` token is a tokenFormatError."""
    bench.huawei.set_token("bad", "invalid")
    bench.huawei.set_token("foreign", "noRight")
    reply = bench.send_v3(["bad", "foreign"])
    assert answer(reply) == (400, "80300007")
    assert msg(reply)["illegalTokens"] == {"tokenFormatError": ["bad"], "noRight": ["foreign"]}


def test_v3_reasons_can_be_padded(tmp_path: Path) -> None:
    """By option the reasons carry the blanks of Huawei's own sample."""
    bench = Bench(tmp_path, padded_reasons=True)
    bench.huawei.set_token("bad", "tokenFormatError")
    assert msg(bench.send_v3(["a", "bad"]))["illegalTokens"] == {" tokenFormatError ": ["bad"]}


def test_strangers_can_be_refused(tmp_path: Path) -> None:
    """With ``accept_unknown_tokens=False`` only tokens that were set are valid."""
    bench = Bench(tmp_path, accept_unknown_tokens=False)
    bench.huawei.set_token("known", "valid")
    assert msg(bench.send(["known", "stranger"]))["illegal_tokens"] == ["stranger"]


def test_an_unknown_state_is_refused(bench: Bench) -> None:
    """A state that Push Kit does not have is a mistake of the caller."""
    with pytest.raises(ValueError, match="unknown token state"):
        bench.huawei.set_token("t", "unregistered", 1)


def test_a_token_can_make_huawei_fail(bench: Bench) -> None:
    """A request that names an ``internal_error`` token is 81000001 as a whole: nobody got it."""
    bench.huawei.set_token("boom", "internal_error")
    assert answer(bench.send(["a", "boom"])) == (500, "81000001")
    assert {entry.outcome for entry in bench.ledger.entries()} == {"81000001"}


def test_push_kit_can_be_switched_off(tmp_path: Path) -> None:
    """An app without the right to send gets 80300002."""
    bench = Bench(tmp_path)
    bench.huawei.is_enabled = False
    assert answer(bench.send(["a"])) == (400, "80300002")


def test_an_access_token_expires_by_the_clock(tmp_path: Path) -> None:
    """An access token works until its last second, also beside a newer one, and is then 80200003."""
    bench = Bench(tmp_path, expires_in=3)
    document = {"message": {"token": ["a"], "data": "d"}}
    first = bench.bearer()
    bench.now = NOW + 2.9
    bench.bearer()
    assert answer(bench.post(document, authorization=first)) == (200, "80000000")
    bench.now = NOW + 3
    assert answer(bench.post(document, authorization=first)) == (401, "80200003")


def test_v3_takes_no_access_token(bench: Bench) -> None:
    """OAuth is for v1 and v2: under v3 a good access token is 80200001."""
    document = {"payload": {"x": 1}, "target": {"token": ["a"]}}
    assert answer(bench.post_v3(document, authorization=bench.usual_bearer)) == (401, "80200001")


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
@pytest.mark.parametrize("authorization", ["", "Bearer strange", "Bearer a.b.c", "Basic abc"])
def test_a_stranger_is_not_authenticated(bench: Bench, version: str, authorization: str) -> None:
    """Without a token of ours a send is 80200001 and nothing is written."""
    assert answer(bench.post({}, version, authorization=authorization)) == (401, "80200001")
    assert bench.ledger.entries() == []


def test_a_foreign_owner_in_the_url_is_not_authenticated(bench: Bench) -> None:
    """The URL names the app (v1) or the project (v2, v3) of the bearer, else 80200001."""
    app, project = bench.credentials["app_id"], bench.credentials["project_id"]
    for path in (f"/v1/{project}", f"/v2/{app}", f"/v3/{app}", "/v1/1"):
        reply = bench.call(f"{path}/messages:send", b"{}", authorization=bench.usual_jwt, content_type=JSON)
        assert answer(reply) == (401, "80200001")


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"iat": NOW - 3600, "exp": NOW}, (401, "80200005")),
        ({"exp": NOW + 86_400}, (200, "80000000")),
        ({"exp": NOW + 86_401}, (400, "80300036")),
        ({"aud": f"{ORIGIN}/oauth2/v3/token"}, (401, "80200001")),
        ({"iss": "other"}, (401, "80200001")),
        ({"header": {"kid": "other"}}, (401, "80200001")),
        ({"algorithm": "RS256"}, (401, "80200001")),
    ],
)
def test_a_jwt_is_judged_by_its_claims(bench: Bench, claims: dict[str, Any], expected: tuple[int, str]) -> None:
    """Expired is 80200005, over a day 80300036, and a wrong issuer, audience, key or algorithm 80200001."""
    document = {"payload": {"x": 1}, "target": {"token": ["a"]}}
    assert answer(bench.post_v3(document, authorization=bench.jwt(**claims))) == expected


def test_an_unknown_path_or_method_is_404(bench: Bench) -> None:
    """Other paths, versions and methods are 404 without a body."""
    paths = ("/v4/1/messages:send", "/v1/1/messages", "/oauth2/v2/token")
    replies = [bench.call(path, b"") for path in paths]
    replies.append(bench.call(f"/v1/{bench.credentials['app_id']}/messages:send", b"", "GET"))
    assert replies == [Reply(404)] * 4


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

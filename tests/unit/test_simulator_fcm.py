import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from google.oauth2 import service_account

from providers.simulator.exchange import Reply, Request
from providers.simulator.fcm import Fcm
from providers.simulator.ledger import Ledger

NOW = 1_790_000_000.0
ORIGIN = "http://127.0.0.1:1"
AUDIENCE = "https://oauth2.googleapis.com/token"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
SEND = "/v1/projects/sim-project/messages:send"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
APNS_ERROR = "type.googleapis.com/google.firebase.fcm.v1.ApnsError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"


class Bench:
    """One fake FCM with a clock to turn, and a client that holds its service account."""

    def __init__(self, directory: Path, **options: Any) -> None:
        self.now = NOW
        self.ledger = Ledger()
        self.fcm = Fcm(self.ledger, lambda: self.now, **options)
        self.credentials = self.fcm.write_credentials(directory, ORIGIN)
        self.account = json.loads(Path(self.credentials["service_account_file"]).read_text())
        self.usual_bearer = self.bearer()

    def assertion(self, header: dict[str, Any] | None = None, key: str | None = None, **claims: Any) -> str:
        """Return a signed assertion, good but for what is given."""
        usual = {"iss": self.account["client_email"], "aud": AUDIENCE, "scope": SCOPE, "iat": NOW, "exp": NOW + 3600}
        kid = {"kid": self.account["private_key_id"]}
        return jwt.encode(usual | claims, key or self.account["private_key"], "RS256", kid | (header or {}))

    def grant(self, **members: str) -> Reply:
        """Ask for an access token."""
        body = urlencode({"grant_type": GRANT, "assertion": self.assertion()} | members)
        return self.call("/token", body.encode())

    def call(self, path: str, body: bytes, authorization: str | None = None) -> Reply:
        """Post a body."""
        headers = (("authorization", authorization),) if authorization else ()
        return self.fcm(Request("POST", path, headers, body, connection_id=7, at=self.now))

    def bearer(self) -> str:
        """Return the authorization header of a fresh access token."""
        return f"Bearer {json.loads(self.grant().body)['access_token']}"

    def send(self, message: Any, *, bearer: str | None = None, **members: Any) -> Reply:
        """Send a message."""
        body = json.dumps({"message": message} | members).encode()
        return self.call(SEND, body, bearer or self.usual_bearer)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Make one RSA key for all tests: it costs more than they do."""
    return Bench(tmp_path_factory.mktemp("fcm"))


@pytest.fixture
def bench(shared: Bench) -> Bench:
    """Return the shared bench as new, but for the token states: a test that sets one uses a token of its own."""
    shared.ledger.clear()
    shared.fcm.token_calls = 0
    return shared


def error(reply: Reply) -> dict[str, Any]:
    """Return the error object of a reply."""
    found: dict[str, Any] = json.loads(reply.body)["error"]
    return found


def details(reply: Reply) -> dict[str, dict[str, Any]]:
    """Return the details of an error by type."""
    return {detail["@type"]: detail for detail in error(reply).get("details", [])}


def fields(reply: Reply) -> list[str]:
    """Return the fields that violate."""
    return [violation["field"] for violation in details(reply)[BAD_REQUEST]["fieldViolations"]]


def test_an_accepted_send_is_named_and_written_down(bench: Bench) -> None:
    """A good send is answered with a message name, and the ledger has it with its payload but without its token."""
    message = {"token": "t1", "data": {"k": "v"}, "android": {"collapse_key": "c1"}}
    reply = bench.send(message)
    assert reply.status == 200
    name = json.loads(reply.body)["name"]
    assert name.startswith("projects/sim-project/messages/")
    [entry] = bench.ledger.entries()
    assert (entry.vendor, entry.token, entry.outcome, entry.vendor_id) == ("fcm", "t1", "accepted", name)
    assert (entry.collapse_id, entry.connection_id, entry.at) == ("c1", 7, NOW)
    assert entry.payload == {"data": {"k": "v"}, "android": {"collapse_key": "c1"}}


def test_the_project_number_is_an_address_too(bench: Bench) -> None:
    """The path may name the project by its number, which is the sender id."""
    body = json.dumps({"message": {"token": "t1"}}).encode()
    path = f"/v1/projects/{bench.credentials['sender_id']}/messages:send"
    assert bench.call(path, body, bench.usual_bearer).status == 200


def test_both_spellings_mean_the_same(bench: Bench) -> None:
    """Fields in lowerCamelCase are read as their snake_case twins; keys of a map are left alone."""
    android = {"collapseKey": "c1", "notification": {"channelId": "im", "notificationCount": "3"}}
    assert bench.send({"token": "t1", "data": {"someKey": "v"}, "android": android}).status == 200
    [entry] = bench.ledger.entries()
    assert entry.collapse_id == "c1"
    assert entry.payload["android"]["notification"] == {"channel_id": "im", "notification_count": "3"}
    assert entry.payload["data"] == {"someKey": "v"}


def test_the_last_of_a_repeated_field_wins(bench: Bench) -> None:
    """A JSON member that comes twice counts as its last value, in whichever spelling."""
    body = b'{"message":{"token":"t1","token":"t2","android":{"collapse_key":"a","collapseKey":"b"}}}'
    assert bench.call(SEND, body, bench.usual_bearer).status == 200
    [entry] = bench.ledger.entries()
    assert (entry.token, entry.collapse_id) == ("t2", "b")


def test_null_is_absent(bench: Bench) -> None:
    """A field that is null counts as not sent, a second target too."""
    assert bench.send({"token": "t1", "topic": None, "android": None, "data": {"k": "v"}}).status == 200
    assert bench.ledger.entries()[0].payload == {"data": {"k": "v"}}


def test_a_dry_run_leaves_no_trace(bench: Bench) -> None:
    """``validate_only`` is answered like a send, good or bad, and nothing is written."""
    bench.fcm.set_token("gone", "unregistered")
    assert bench.send({"token": "t1"}, validate_only=True).status == 200
    assert bench.send({"token": "gone"}, validateOnly=True).status == 404
    assert bench.ledger.entries() == []


def test_an_installation_id_is_a_device_and_a_topic_is_none(bench: Bench) -> None:
    """A send to a ``fid`` is written under it; a topic names no token and leaves no entry."""
    assert bench.send({"fid": "f1"}).status == 200
    assert bench.send({"topic": "news"}).status == 200
    assert [entry.token for entry in bench.ledger.entries()] == ["f1"]


def test_the_apns_collapse_id_is_seen(bench: Bench) -> None:
    """Without an Android key the ledger has the ``apns-collapse-id``."""
    bench.send({"token": "t1", "apns": {"headers": {"apns-collapse-id": "c9"}}})
    assert bench.ledger.entries()[0].collapse_id == "c9"


@pytest.mark.parametrize(
    ("state", "status", "grpc", "code", "marker"),
    [
        ("unregistered", 404, "NOT_FOUND", "UNREGISTERED", None),
        ("sender_id_mismatch", 403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH", None),
        ("invalid", 400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", None),
        ("invalid_field", 400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", None),
        ("ios_unregistered", 400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", (410, "Unregistered")),
        ("third_party_auth_error", 401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR", (403, "InvalidProviderToken")),
    ],
)
def test_a_token_state_has_its_answer(
    bench: Bench, state: str, status: int, grpc: str, code: str, marker: tuple[int, str] | None
) -> None:
    """Each token state is answered with its HTTP status, its canonical status and its FcmError, and written down."""
    bench.fcm.set_token(state, state)
    reply = bench.send({"token": state})
    assert (reply.status, error(reply)["code"], error(reply)["status"]) == (status, status, grpc)
    assert details(reply)[FCM_ERROR]["errorCode"] == code
    apns = details(reply).get(APNS_ERROR)
    assert (apns and (apns["statusCode"], apns["reason"])) == marker
    assert [entry.outcome for entry in bench.ledger.entries()] == [code]


def test_a_bad_token_is_told_by_message_or_by_field(bench: Bench) -> None:
    """The two forms of Google's answer for a malformed token carry their markers."""
    bench.fcm.set_token("by message", "invalid")
    bench.fcm.set_token("by field", "invalid_field")
    by_message = error(bench.send({"token": "by message"}))["message"]
    assert by_message == "The registration token is not a valid FCM registration token"
    assert fields(bench.send({"token": "by field"})) == ["message.token"]


def test_a_token_becomes_valid_again(bench: Bench) -> None:
    """Setting a token to ``valid`` undoes an earlier state."""
    bench.fcm.set_token("back", "unregistered", 1)
    assert bench.send({"token": "back"}).status == 404
    bench.fcm.set_token("back", "valid")
    assert bench.send({"token": "back"}).status == 200


def test_an_unknown_state_is_refused(bench: Bench) -> None:
    """A state that FCM does not have is a mistake of the caller."""
    with pytest.raises(ValueError, match="unknown token state"):
        bench.fcm.set_token("t1", "tokenFormatError")


def test_strangers_can_be_refused(tmp_path: Path) -> None:
    """With ``accept_unknown_tokens=False`` only tokens that were set are valid."""
    bench = Bench(tmp_path, accept_unknown_tokens=False)
    bench.fcm.set_token("known", "valid")
    assert bench.send({"token": "known"}).status == 200
    assert bench.send({"token": "stranger"}).status == 400


@pytest.mark.parametrize("path", ["/v1/projects/other/messages:send", "/v1/projects/sim-project/messages", "/batch"])
def test_a_wrong_address_looks_like_a_dead_token_without_its_detail(bench: Bench, path: str) -> None:
    """A wrong project or path is a 404 with the words of a dead token and no FcmError."""
    reply = bench.call(path, b'{"message":{"token":"t1"}}', bench.usual_bearer)
    assert (reply.status, error(reply)["message"], details(reply)) == (404, "Requested entity was not found.", {})
    assert bench.ledger.entries() == []


@pytest.mark.parametrize("authorization", [None, "Bearer strange", "Basic abc", "Bearer"])
def test_a_stranger_is_not_authenticated(bench: Bench, authorization: str | None) -> None:
    """Without an access token of ours a send is a 401 that does not speak of expiry."""
    reply = bench.call(SEND, b'{"message":{"token":"t1"}}', authorization)
    assert (reply.status, error(reply)["status"], details(reply)) == (401, "UNAUTHENTICATED", {})


def test_an_access_token_expires_by_the_clock(tmp_path: Path) -> None:
    """An access token works until its last second and is then answered ACCESS_TOKEN_EXPIRED."""
    bench = Bench(tmp_path, expires_in=3)
    bearer = bench.bearer()
    bench.now = NOW + 2.9
    assert bench.send({"token": "t1"}, bearer=bearer).status == 200
    bench.now = NOW + 3
    reply = bench.send({"token": "t1"}, bearer=bearer)
    assert (reply.status, details(reply)[ERROR_INFO]["reason"]) == (401, "ACCESS_TOKEN_EXPIRED")
    assert bench.send({"token": "t1"}, bearer=bench.bearer()).status == 200


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({"token": "t1", "colour": "red"}, "message"),
        ({"token": "t1", "android": {"notification": {"badge": 1}}}, "message.android.notification"),
        ({"token": "t1", "data": {"n": 1}}, "message.data[0].value"),
        ({"token": "t1", "data": {"s": "v", "n": None}}, "message.data[1].value"),
        ({"token": "t1", "data": "text"}, "message.data"),
        ({"token": 1}, "message.token"),
        ({"token": "t1", "android": {"ttl": "3600"}}, "message.android.ttl"),
        ({"token": "t1", "android": {"ttl": 3600}}, "message.android.ttl"),
        ({"token": "t1", "android": {"ttl": "-1s"}}, "message.android.ttl"),
        ({"token": "t1", "android": {"priority": "URGENT"}}, "message.android.priority"),
        ({"token": "t1", "android": {"collapse_key": 1}}, "message.android.collapse_key"),
        (
            {"token": "t1", "android": {"notification": {"notification_count": 2**31}}},
            "message.android.notification.notification_count",
        ),
        (
            {"token": "t1", "android": {"notification": {"body_loc_args": [1]}}},
            "message.android.notification.body_loc_args[0]",
        ),
        ({"token": "t1", "apns": {"headers": {"apns-priority": 10}}}, "message.apns.headers[0].value"),
        ({"token": "t1", "apns": {"payload": "text"}}, "message.apns.payload"),
        ("text", "message"),
    ],
)
def test_a_body_outside_the_schema_is_refused_with_its_path(bench: Bench, message: Any, field: str) -> None:
    """A field that is unknown or of the wrong type is a 400 of the front end: a field violation and no FcmError."""
    reply = bench.send(message)
    assert (reply.status, error(reply)["status"]) == (400, "INVALID_ARGUMENT")
    assert fields(reply) == [field]
    assert FCM_ERROR not in details(reply)
    assert all(entry.outcome == "INVALID_ARGUMENT" for entry in bench.ledger.entries())


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b"null"])
def test_a_body_that_is_no_json_object_is_refused(bench: Bench, body: bytes) -> None:
    """What is no JSON object is a 400 and names no device."""
    assert bench.call(SEND, body, bench.usual_bearer).status == 400
    assert bench.ledger.entries() == []


@pytest.mark.parametrize("priority", ["HIGH", "high", 1])
def test_an_enum_goes_by_name_or_number(bench: Bench, priority: Any) -> None:
    """A priority may be written in capitals, in small letters (firebase-admin does) or as its number."""
    assert bench.send({"token": "t1", "android": {"priority": priority}}).status == 200


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({}, "message"),
        ({"token": ""}, "message"),
        ({"token": "t1", "topic": "news"}, "message"),
        ({"token": "t1", "fid": "f1"}, "message"),
        ({"topic": "/topics/news"}, "message.topic"),
        ({"token": "t1", "data": {"from": "v"}}, "message.data"),
        ({"token": "t1", "data": {"message_type": "v"}}, "message.data"),
        ({"token": "t1", "data": {"google.x": "v"}}, "message.data"),
        ({"token": "t1", "android": {"data": {"gcm.notification.x": "v"}}}, "message.android.data"),
        ({"token": "t1", "android": {"ttl": "2419201s"}}, "message.android.ttl"),
        ({"token": "t1", "android": {}, "android_v2": {}}, "message"),
        ({"token": "t1", "webpush": {"fcm_options": {"link": "http://x"}}}, "message.webpush.fcm_options.link"),
    ],
)
def test_a_rule_of_fcm_is_refused_with_both_details(bench: Bench, message: Any, field: str) -> None:
    """A message that breaks a rule is a 400 with FcmError and the field that did it."""
    reply = bench.send(message)
    assert reply.status == 400
    assert details(reply)[FCM_ERROR]["errorCode"] == "INVALID_ARGUMENT"
    assert fields(reply) == [field]


@pytest.mark.parametrize("ttl", ["0s", "2419200s", "3.5s"])
def test_a_time_to_live_up_to_four_weeks_is_fine(bench: Bench, ttl: str) -> None:
    """A duration in seconds, also a fraction, is accepted up to four weeks."""
    assert bench.send({"token": "t1", "android": {"ttl": ttl}}).status == 200


@pytest.mark.parametrize(
    ("limit", "build"),
    [
        (4096, lambda size: {"token": "t1", "data": {"k": "v" * (size - 1)}}),
        (4096, lambda size: {"token": "t1", "notification": {"title": "v" * (size - len("title"))}}),
        (4096, lambda size: {"token": "t1", "data": {"k": "v"}, "android": {"data": {"k": "v" * (size - 1)}}}),
        (4096, lambda size: {"token": "t1", "apns": {"payload": {"k": ["v" * (size - 2), 1]}}}),
        (2048, lambda size: {"topic": "news", "data": {"k": "v" * (size - 1)}}),
        (2048, lambda size: {"condition": "'a' in topics", "data": {"k": "v" * (size - 1)}}),
    ],
)
def test_a_payload_may_be_as_large_as_the_limit(
    bench: Bench, limit: int, build: Callable[[int], dict[str, Any]]
) -> None:
    """Keys and values may have 4096 bytes to a device and 2048 to a topic, and not one more."""
    assert bench.send(build(limit)).status == 200
    assert "is too big" in error(bench.send(build(limit + 1)))["message"]


def test_size_is_counted_in_bytes(bench: Bench) -> None:
    """A Chinese character counts as its three bytes of UTF-8, however the JSON spells it."""
    assert bench.send({"token": "t1", "data": {"k": "好" * 1365}}).status == 200
    assert bench.send({"token": "t1", "data": {"kk": "好" * 1365}}).status == 400


def test_half_a_surrogate_pair_is_not_fatal(bench: Bench) -> None:
    """JSON can spell a string that has no UTF-8; it is answered, not crashed on."""
    assert bench.call(SEND, b'{"message":{"token":"t1","data":{"k":"\\ud83d"}}}', bench.usual_bearer).status == 200


def test_a_fifth_collapse_key_can_be_refused(tmp_path: Path) -> None:
    """By option a device takes four different collapse keys, repeats of them, and no fifth."""
    bench = Bench(tmp_path, refuse_fifth_collapse_key=True)
    keys = ["a", "b", "c", "d", "a", "e"]
    statuses = [bench.send({"token": "t1", "android": {"collapse_key": key}}).status for key in keys]
    assert statuses == [200] * 5 + [400]
    assert bench.send({"token": "t2", "android": {"collapse_key": "e"}}).status == 200


def test_a_good_grant_is_an_access_token(bench: Bench) -> None:
    """The token endpoint takes an RS256 assertion for Google's audience and says how long its answer lasts."""
    answer = json.loads(bench.grant().body)
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3599)
    assert bench.fcm.token_calls == 1


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": f"{ORIGIN}/token"},
        {"iss": "someone@else"},
        {"exp": NOW + 3601},
        {"exp": NOW},
        {"iat": NOW + 1},
        {"exp": "soon"},
        {"scope": "https://www.googleapis.com/auth/drive"},
        {"scope": ""},
    ],
)
def test_wrong_claims_are_an_invalid_grant(bench: Bench, claims: dict[str, Any]) -> None:
    """An assertion for another audience, issuer, time or scope gets no token, and its call is counted."""
    reply = bench.grant(assertion=bench.assertion(**claims))
    assert (reply.status, json.loads(reply.body)["error"]) == (400, "invalid_grant")
    assert bench.fcm.token_calls == 1


def test_a_wrong_signature_is_an_invalid_grant(bench: Bench, tmp_path: Path) -> None:
    """A foreign key, a foreign key id, another grant type and no assertion get no token."""
    (tmp_path / "other").mkdir()
    stranger = Bench(tmp_path / "other").account["private_key"]
    wrong: list[dict[str, str]] = [
        {"assertion": bench.assertion(key=stranger)},
        {"assertion": bench.assertion({"kid": "other"})},
        {"assertion": jwt.encode({"iss": "x"}, "k" * 64, "HS256")},
        {"assertion": ""},
        {"grant_type": "client_credentials"},
    ]
    assert [bench.grant(**members).status for members in wrong] == [400] * 5


def test_google_auth_itself_gets_a_token(tmp_path: Path) -> None:
    """Google's own library, with the file as written, gets an access token that sends."""
    fcm = Fcm(Ledger())
    path = fcm.write_credentials(tmp_path, ORIGIN)["service_account_file"]
    credentials = service_account.Credentials.from_service_account_file(path, scopes=[SCOPE])  # type: ignore[no-untyped-call]  # the library has no types
    asked: list[str] = []

    class Answer:
        def __init__(self, reply: Reply) -> None:
            self.status, self.data, self.headers = reply.status, reply.body, dict(reply.headers)

    def transport(url: str, method: str, headers: dict[str, str], body: bytes, **_: Any) -> Answer:
        asked.append(url)
        pairs = tuple((name.lower(), value) for name, value in headers.items())
        return Answer(fcm(Request(method, url.removeprefix(ORIGIN), pairs, body, 1, time.time())))

    credentials.refresh(transport)
    assert asked == [f"{ORIGIN}/token"]
    headers = (("authorization", f"Bearer {credentials.token}"),)
    assert fcm(Request("POST", SEND, headers, b'{"message":{"token":"t1"}}', 1, time.time())).status == 200


def test_the_private_key_is_for_its_owner_only(bench: Bench) -> None:
    """The service-account file is not readable by others, and its path is all that is handed out."""
    path = Path(bench.credentials["service_account_file"])
    assert path.stat().st_mode & 0o777 == 0o600
    assert bench.account["token_uri"] == f"{ORIGIN}/token"
    assert bench.credentials["project_id"] == bench.account["project_id"] == "sim-project"

"""What becomes of sends to the fake FCM, token by token, and whom it lets in."""

import json
from pathlib import Path

import pytest

from tests.unit.simulator_fcm.bench import (
    APNS_ERROR,
    ERROR_INFO,
    FCM_ERROR,
    NOW,
    SEND,
    Bench,
    details,
    error,
    fields,
)


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

"""firebase-admin, Google's own library for Node, against the fake FCM and its token endpoint.

``send`` speaks HTTP/1.1, ``sendEach`` and ``sendEachForMulticast`` HTTP/2.
"""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from providers.fcm import Fcm
from providers.notification import Notification, PushType
from providers.result import Accepted, Rejected, RejectionKind, Result
from providers.transport import Transport
from tests.crosscheck import npm
from tests.crosscheck.place import Place

pytestmark = pytest.mark.usefixtures("strangers")

#: Fate -> what the library makes of FCM's answer, and FCM's code in the ledger.
#: https://firebase.google.com/docs/cloud-messaging/error-codes
FATES = {
    "unregistered": ("messaging/registration-token-not-registered", "UNREGISTERED"),
    "sender_id_mismatch": ("messaging/mismatched-credential", "SENDER_ID_MISMATCH"),
    "invalid": ("messaging/invalid-argument", "INVALID_ARGUMENT"),
    "invalid_field": ("messaging/invalid-argument", "INVALID_ARGUMENT"),
    "ios_unregistered": ("messaging/invalid-argument", "INVALID_ARGUMENT"),
    "third_party_auth_error": ("messaging/third-party-auth-error", "THIRD_PARTY_AUTH_ERROR"),
}
HELLO = {"notification": {"title": "A", "body": "B"}}
Call = tuple[str, list[Any]]


def account(place: Place, **changes: str) -> dict[str, Any]:
    """Return the simulator's service account with some members replaced."""
    return {**json.loads(Path(place.credentials["fcm"]["service_account_file"]).read_text()), **changes}


def call(place: Place, *calls: Call, **changes: str) -> list[dict[str, Any]]:
    """Call the library's methods one after the other; return what it resolves or rejects with."""
    # Google's hosts are fixed in the library; it does not even read token_uri.
    hosts = ("fcm.googleapis.com", "oauth2.googleapis.com")
    job = {
        "ports": dict.fromkeys(hosts, place.port("fcm")),
        "service_account": account(place, **changes),
        "calls": [{"method": method, "parameters": parameters} for method, parameters in calls],
    }
    reports: list[dict[str, Any]] = npm.drive("firebase_admin.cjs", job, place.ca_file)
    return reports


def sends(messages: list[dict[str, Any]]) -> list[Call]:
    """Return a call of ``send`` for each message."""
    return [("send", [message]) for message in messages]


def send_each(messages: list[dict[str, Any]]) -> list[Call]:
    """Return one call for all messages."""
    return [("sendEach", [messages])]


def send_multicast(messages: list[dict[str, Any]]) -> list[Call]:
    """Return one call that names all tokens."""
    return [("sendEachForMulticast", [{**HELLO, "tokens": [message["token"] for message in messages]}])]


@pytest.mark.parametrize("shape", [sends, send_each, send_multicast])
def test_every_fate_has_its_documented_code(place: Place, shape: Any) -> None:
    """An accepted message has the ledger's name, each refusal its code, and the ledger holds each message once."""
    tokens = {place.set_token("fcm", f"{shape.__name__}-{fate}", fate): fate for fate in FATES}
    good = f"{shape.__name__}-good"
    reports = call(place, *shape([{**HELLO, "token": token} for token in (good, *tokens)]))
    accepted, *refused = reports[0].get("responses", reports)
    assert dict(zip(FATES, (answer["code"] for answer in refused), strict=True)) == {
        fate: code for fate, (code, _) in FATES.items()
    }
    assert place.outcomes("fcm") == {good: "accepted"} | {token: FATES[fate][1] for token, fate in tokens.items()}
    assert accepted["id"] == next(entry.vendor_id for entry in place.entries("fcm") if entry.token == good)


def test_five_hundred_at_once(place: Place) -> None:
    """The most that one call may name are accepted once each, under the names that were reported."""
    tokens = [f"many-{number}" for number in range(500)]
    (report,) = call(place, *send_each([{**HELLO, "token": token} for token in tokens]))
    assert (report["successCount"], report["failureCount"]) == (500, 0)
    reported = dict(zip(tokens, (answer["id"] for answer in report["responses"]), strict=True))
    assert {entry.token: entry.vendor_id for entry in place.entries("fcm")} == reported
    assert len(place.entries("fcm")) == 500


def test_a_dry_run_is_not_delivered(place: Place) -> None:
    """``validate_only`` is answered like a send and leaves nothing in the ledger."""
    (report,) = call(place, ("send", [{**HELLO, "token": "dry"}, True]))
    assert report["id"].startswith("projects/sim-project/messages/")
    assert place.entries("fcm") == []


def test_an_installation_id_is_a_target(place: Place) -> None:
    """A message to an installation id is delivered, and a dead one has a code of its own."""
    dead = place.set_token("fcm", "dead-installation", "unregistered")
    accepted, refused = call(place, *(("send", [{**HELLO, "fid": fid}]) for fid in ("installation", dead)))
    assert refused["code"] == "messaging/installation-id-not-registered"
    assert place.outcomes("fcm") == {"installation": "accepted", dead: "UNREGISTERED"}
    assert accepted["id"] == place.entries("fcm")[0].vendor_id


@pytest.mark.parametrize(
    "members",
    [
        {"data": {"from": "x"}},
        {"data": {"google.c": "x"}},
        {"data": {"k": "x" * 4096}},
        {"android": {"ttl": 2_419_201_000}},
    ],
    ids=["reserved key", "reserved prefix", "size", "ttl"],
)
def test_a_bad_message_is_an_invalid_argument(place: Place, members: dict[str, Any]) -> None:
    """Reserved keys, 4096 bytes and four weeks are the vendor's to refuse: the library lets them through."""
    (report,) = call(place, ("send", [{**HELLO, **members, "token": "strict"}]))
    assert (report["code"], report.get("status")) == ("messaging/invalid-argument", 400)


def test_a_wrong_key_gets_no_access_token(place: Place) -> None:
    """An assertion that another key signed is refused by the token endpoint, and nothing is sent."""
    key = generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (report,) = call(place, ("send", [{**HELLO, "token": "nobody"}]), private_key=key.decode())
    assert report["code"] == "app/invalid-credential"
    assert "invalid_grant" in report["words"]
    assert place.entries("fcm") == []


def test_a_wrong_project_is_no_dead_token(place: Place) -> None:
    """Google's library takes the 404 of a wrong project for a dead token; our adapter keeps the token."""
    (theirs,) = call(place, ("send", [{**HELLO, "token": "alive"}]), project_id="elsewhere")
    assert (theirs["code"], theirs["status"]) == ("messaging/registration-token-not-registered", 404)
    ours = send_ours(place, Notification(token="alive", id="1", body="B"), project_id="elsewhere")
    assert ours == Rejected("NOT_FOUND", RejectionKind.CONFIGURATION)


def send_ours(place: Place, notification: Notification, **changes: str) -> Result:
    """Send one notification with our adapter."""
    return asyncio.run(_send_ours(place, notification, account(place, **changes)))


async def _send_ours(place: Place, notification: Notification, known: dict[str, Any]) -> Result:
    transport = Transport(place.simulator.endpoints["fcm"], ca_file=str(place.ca_file))
    provider = Fcm(transport, known, ca_file=str(place.ca_file))
    try:
        return await provider.send(notification, 10)
    finally:
        await provider.aclose()


#: Our notification beside the library's message for the same push.
PUSHES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "alert": (
        {"title": "Alice", "body": "早 👋", "badge": 3, "sound": "default", "collapse_id": "m1", "data": {"t": "1"}},
        {
            "notification": {"title": "Alice", "body": "早 👋"},
            "data": {"t": "1"},
            "android": {
                "priority": "high",
                "notification": {"sound": "default", "tag": "m1", "notificationCount": 3},
            },
        },
    ),
    "background": (
        {"push_type": PushType.BACKGROUND, "data": {"m": "7"}},
        {"data": {"m": "7"}, "android": {"priority": "normal"}},
    ),
    "four weeks": (
        {"body": "B", "expires_at": int(time.time()) + 10_000_000},
        {"notification": {"body": "B"}, "android": {"priority": "high", "ttl": 2_419_200_000}},
    ),
}


@pytest.mark.parametrize("name", PUSHES)
def test_the_same_push_is_the_same_message(place: Place, name: str) -> None:
    """The fake FCM reads the same message from our adapter and from Google's library."""
    members, message = PUSHES[name]
    assert isinstance(send_ours(place, Notification(token="same", id="1", **members)), Accepted)
    (report,) = call(place, ("send", [{**message, "token": "same"}]))
    assert "id" in report
    ours, theirs = (canonical(entry.payload) for entry in place.entries("fcm"))
    assert ours == theirs


def canonical(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message with its priority in capitals: Google takes its name in either case."""
    android = message["android"]
    return {**message, "android": {**android, "priority": android["priority"].upper()}}

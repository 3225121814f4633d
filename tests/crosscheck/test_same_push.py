"""@parse/node-apn and our adapter, asked for the same push, put the same request on the wire."""

import asyncio
import json
from pathlib import Path
from typing import Any

import jwt
import pytest

from providers.apns import Apns
from providers.apns_token import ProviderToken
from providers.notification import Notification, PushType
from providers.result import Accepted
from providers.simulator.exchange import Request
from providers.transport import Transport
from tests.crosscheck.node_apn import by_key, send
from tests.crosscheck.place import TOPIC, Place

pytestmark = pytest.mark.usefixtures("strangers")

ID = "0a1b2c3d-0000-4000-8000-000000000001"
TOKEN = "ab31"
EMOJI = '早上好 👩‍👩‍👧 "quoted" \\ \u2028 \n tab\t'

#: Our notification beside node-apn's fields for the same push.
PUSHES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "alert": (
        {"title": "Alice", "body": "hello", "badge": 3, "sound": "default", "category": "CHAT"},
        {"alert": {"title": "Alice", "body": "hello"}, "badge": 3, "sound": "default", "category": "CHAT"},
    ),
    "body alone": ({"body": "hello"}, {"alert": {"body": "hello"}}),
    "any text": ({"title": EMOJI, "body": EMOJI}, {"alert": {"title": EMOJI, "body": EMOJI}}),
    "cleared badge": ({"badge": 0}, {"badge": 0}),
    "app data": (
        {"body": "x", "data": {"t": "1", "m": 7, "e": {"list": [1, None, True]}}},
        {"alert": {"body": "x"}, "payload": {"t": "1", "m": 7, "e": {"list": [1, None, True]}}},
    ),
    "replacing": (
        {"body": "x", "collapse_id": "m1", "expires_at": 1_900_000_000},
        {"alert": {"body": "x"}, "collapseId": "m1", "expiry": 1_900_000_000},
    ),
    "now or never": ({"body": "x", "expires_at": 0}, {"alert": {"body": "x"}, "expiry": 0}),
    "mutable": (
        {"body": "x", "mutable_content": True, "content_available": True},
        {"alert": {"body": "x"}, "mutableContent": 1, "contentAvailable": 1},
    ),
    "voip": (
        {"push_type": PushType.VOIP, "body": "call"},
        {"topic": f"{TOPIC}.voip", "pushType": "voip", "alert": {"body": "call"}},
    ),
    "background": (
        {"push_type": PushType.BACKGROUND, "data": {"m": "1"}},
        {"pushType": "background", "priority": 5, "contentAvailable": 1, "payload": {"m": "1"}},
    ),
}


def send_ours(place: Place, notification: Notification) -> None:
    """Send one notification with our adapter; it is accepted."""
    known = place.credentials["apns"]
    token = ProviderToken(Path(known["key_file"]).read_bytes(), known["key_id"], known["team_id"])
    asyncio.run(_send_ours(place, token, notification))


async def _send_ours(place: Place, token: ProviderToken, notification: Notification) -> None:
    provider = Apns(Transport(place.simulator.endpoints["apns"], ca_file=str(place.ca_file)), TOPIC, token)
    try:
        assert await provider.send(notification, 10) == Accepted(notification.id)
    finally:
        await provider.aclose()


@pytest.mark.parametrize("name", PUSHES)
def test_the_same_push_is_the_same_request(place: Place, name: str) -> None:
    """Method, path, every apns header and the document are equal; neither side sends one the other does not."""
    members, fields = PUSHES[name]
    send_ours(place, Notification(token=TOKEN, id=ID, **members))
    (report,) = send(place, by_key(place), ({"topic": TOPIC, "pushType": "alert", "id": ID, **fields}, [TOKEN]))
    assert report.sent == {TOKEN: ID}
    ours, theirs = place.apns.seen
    assert (ours.method, ours.path) == (theirs.method, theirs.path)
    assert apns_headers(ours) == apns_headers(theirs)
    assert json.loads(ours.body) == json.loads(theirs.body)
    assert place.entries("apns")[0].payload == place.entries("apns")[1].payload


def apns_headers(request: Request) -> dict[str, str]:
    """Return the headers that APNs reads, but for the signature."""
    return {name: value for name, value in request.headers if name.startswith("apns-")}


def test_the_provider_tokens_say_the_same(place: Place) -> None:
    """Both tokens name the algorithm, the key, the team and a time in whole seconds, and claim nothing else."""
    send_ours(place, Notification(token=TOKEN, id=ID, body="x"))
    send(place, by_key(place), ({"topic": TOPIC, "alert": "x"}, [TOKEN]))
    (our_head, our_claims), (their_head, their_claims) = map(provider_token, place.apns.seen)
    # jsonwebtoken adds the optional typ: https://www.rfc-editor.org/rfc/rfc7519#section-5.1
    assert their_head == {**our_head, "typ": "JWT"}
    assert our_claims.keys() == their_claims.keys()
    assert our_claims["iss"] == their_claims["iss"]
    assert type(our_claims["iat"]) is type(their_claims["iat"]) is int


def provider_token(request: Request) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return head and claims of a request's provider token."""
    scheme, _, token = (request.header("authorization") or "").partition(" ")
    assert scheme == "bearer"
    return jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})

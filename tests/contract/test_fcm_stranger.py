"""The FCM adapter against a foreign server: real TLS, real HTTP/2, real OAuth."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from providers.fcm import Fcm
from providers.notification import Notification
from providers.result import Accepted, Rejected, RejectionKind, Result, Retryable
from providers.transport import Transport
from tests.contract.vendor_stranger import Vendor, running_vendor, says

SEND = "/v1/projects/demo-project/messages:send"
TOKEN = "/token"
NAME = "projects/demo-project/messages/0:1"
NOTIFICATION = Notification(token="device", id="8b0f3f5e-0f0b-4a53-9a6b-3a9b0a1c2d3e", title="Alice", body="你好")
SENT = says(200, {"name": NAME})
EXPIRED = says(
    401,
    {
        "error": {
            "status": "UNAUTHENTICATED",
            "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "ACCESS_TOKEN_EXPIRED"}],
        }
    },
)


def granted(token: str) -> dict[str, Any]:
    """Return the token address's answer that grants a token."""
    return says(200, {"access_token": token, "expires_in": 3599, "token_type": "Bearer"})


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vendor]:
    """Run one server for the module."""
    with running_vendor(tmp_path_factory.mktemp("vendor")) as vendor:
        yield vendor


@pytest.fixture
def vendor(running: Vendor) -> Vendor:
    """Return the server without memory, granting tokens."""
    running.reset()
    running.script(TOKEN, granted("t1"), granted("t2"), granted("t3"))
    running.script(SEND, SENT)
    return running


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    """Return the service account's key."""
    return generate_private_key(65537, 2048)


@pytest.fixture
def account(vendor: Vendor, key: RSAPrivateKey) -> dict[str, str]:
    """Return a service account whose tokens come from the server."""
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return {
        "type": "service_account",
        "project_id": "demo-project",
        "private_key_id": "k1",
        "private_key": pem,
        "client_email": "push@demo-project.iam.gserviceaccount.com",
        "token_uri": vendor.origin + TOKEN,
    }


def send(
    vendor: Vendor, account: dict[str, str], *, rounds: int = 1, together: int = 1, deadline: float = 10.0
) -> list[Result]:
    """Send ``together`` notifications at once, ``rounds`` times, and close."""

    async def run() -> list[Result]:
        transport, results = Transport(vendor.origin, ca_file=vendor.ca_file), list[Result]()
        async with aclosing(Fcm(transport, account, ca_file=vendor.ca_file)) as fcm:
            for _ in range(rounds):
                results += await asyncio.gather(*(fcm.send(NOTIFICATION, deadline) for _ in range(together)))
        return results

    return asyncio.run(run())


def test_a_notification_arrives_as_fcm_wants_it(vendor: Vendor, account: dict[str, str]) -> None:
    """A send is one HTTP/2 POST to the project's address with the granted token and a message for the device."""
    assert send(vendor, account) == [Accepted(NAME)]
    (request,) = vendor.seen(SEND)
    assert request["http"] == "2.0"
    assert request["headers"]["authorization"] == "Bearer t1"
    assert request["headers"]["content-type"] == "application/json"
    message = json.loads(request["body"])["message"]
    assert message["token"] == "device"
    assert message["notification"] == {"title": "Alice", "body": "你好"}
    assert message["android"]["priority"] == "HIGH"


def test_the_service_account_signs_its_request_for_a_token(
    vendor: Vendor, account: dict[str, str], key: RSAPrivateKey
) -> None:
    """The token address gets a JWT bearer grant that the account's key signed for the messaging scope."""
    send(vendor, account)
    (request,) = vendor.seen(TOKEN)
    form = parse_qs(request["body"])
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    audience = "https://oauth2.googleapis.com/token"
    claims = jwt.decode(form["assertion"][0], key.public_key(), algorithms=["RS256"], audience=audience)
    assert claims["iss"] == account["client_email"]
    assert claims["scope"] == "https://www.googleapis.com/auth/firebase.messaging"


def test_all_sends_share_one_token_request(vendor: Vendor, account: dict[str, str]) -> None:
    """Forty sends at once on a cold channel, and forty more, ask for one token."""
    assert send(vendor, account, rounds=2, together=40) == [Accepted(NAME)] * 80
    assert len(vendor.seen(TOKEN)) == 1


def test_an_expired_token_costs_one_refresh_and_no_notification(vendor: Vendor, account: dict[str, str]) -> None:
    """Twenty sends that are all told the token expired refresh it once, and every one of them is accepted."""
    vendor.script(SEND, *[EXPIRED] * 20, SENT)
    assert send(vendor, account, together=20) == [Accepted(NAME)] * 20
    assert len(vendor.seen(TOKEN)) == 2
    assert {request["headers"]["authorization"] for request in vendor.seen(SEND)[20:]} == {"Bearer t2"}


def test_a_second_401_is_a_configuration_fault(vendor: Vendor, account: dict[str, str]) -> None:
    """When the new token is refused too, a person has to act, and there is no third try."""
    vendor.script(SEND, EXPIRED)
    assert send(vendor, account) == [Rejected("ACCESS_TOKEN_EXPIRED", RejectionKind.CONFIGURATION)]
    assert len(vendor.seen(SEND)) == 2
    assert len(vendor.seen(TOKEN)) == 2


def test_a_refused_service_account_is_a_configuration_fault(vendor: Vendor, account: dict[str, str]) -> None:
    """Google's invalid_grant reaches the operator under its name, and nothing is posted."""
    vendor.script(TOKEN, says(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}))
    assert send(vendor, account) == [Rejected("invalid_grant", RejectionKind.CONFIGURATION)]
    assert vendor.seen(SEND) == []


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(says(503, "busy"), id="busy"),
        pytest.param(says(500, {"error": "internal_failure"}), id="internal"),
        pytest.param(says(200, "<html>login</html>"), id="captive portal"),
        pytest.param(says(200, {"token_type": "Bearer"}), id="no token"),
        pytest.param(says(404, "<html>gone</html>"), id="wrong address"),
        pytest.param({"destroy": True}, id="hung up"),
    ],
)
def test_a_troubled_token_address_loses_nothing(
    vendor: Vendor, account: dict[str, str], trouble: dict[str, Any]
) -> None:
    """Whatever the token address does, the send is safe to repeat, and the address is asked once only."""
    vendor.script(TOKEN, trouble)
    (result,) = send(vendor, account)
    assert isinstance(result, Retryable)
    assert (result.cause, result.maybe_sent) == ("not_sent", False)
    assert len(vendor.seen(TOKEN)) == 1
    assert vendor.seen(SEND) == []


def test_a_slow_token_address_cannot_break_the_deadline(vendor: Vendor, account: dict[str, str]) -> None:
    """A send ends at its deadline although its token has not come."""
    vendor.script(TOKEN, granted("t1") | {"delay_ms": 1500})
    assert send(vendor, account, deadline=0.2) == [
        Retryable("not_sent", detail="deadline passed before an access token came")
    ]


def test_a_lost_connection_is_ambiguous(vendor: Vendor, account: dict[str, str]) -> None:
    """A connection that breaks after the request says that the notification may have gone out."""
    vendor.script(SEND, {"destroy": True})
    (result,) = send(vendor, account)
    assert isinstance(result, Retryable)
    assert (result.cause, result.maybe_sent) == ("ambiguous", True)


def test_an_unreachable_vendor_is_safe_to_repeat(vendor: Vendor, account: dict[str, str]) -> None:
    """A push address nobody listens on gives not_sent."""

    async def run() -> Result:
        transport = Transport("https://127.0.0.1:1", ca_file=vendor.ca_file)
        async with aclosing(Fcm(transport, account, ca_file=vendor.ca_file)) as fcm:
            return await fcm.send(NOTIFICATION, 10.0)

    result = asyncio.run(run())
    assert isinstance(result, Retryable)
    assert (result.cause, result.maybe_sent) == ("not_sent", False)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(
            says(404, {"error": {"status": "NOT_FOUND", "details": [{"errorCode": "UNREGISTERED"}]}}),
            Rejected("UNREGISTERED", RejectionKind.TOKEN),
            id="dead token",
        ),
        pytest.param(
            says(404, {"error": {"status": "NOT_FOUND"}}),
            Rejected("NOT_FOUND", RejectionKind.CONFIGURATION),
            id="wrong project",
        ),
        pytest.param(
            says(503, {"error": {"status": "UNAVAILABLE"}}, retry_after="7"),
            Retryable("UNAVAILABLE", 7.0, maybe_sent=True, detail="status 503"),
            id="overloaded",
        ),
        pytest.param(
            says(502, "<html>Bad Gateway</html>"),
            Retryable("unexpected_answer", detail="status 502 without a documented code"),
            id="front end",
        ),
    ],
)
def test_an_answer_on_the_wire_becomes_its_result(
    vendor: Vendor, account: dict[str, str], answer: dict[str, Any], expected: Result
) -> None:
    """Status, headers and body travel from the socket to the table."""
    vendor.script(SEND, answer)
    assert send(vendor, account) == [expected]

"""The Huawei adapter against a foreign server: real TLS, real HTTP/2, real OAuth."""

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

from providers.huawei import Huawei
from providers.huawei_token import TOKEN_ENDPOINT
from providers.notification import Notification, PushType
from providers.result import Accepted, Rejected, RejectionKind, Result, Retryable
from providers.transport import Http, Transport
from tests.contract.vendor_stranger import Vendor, running_vendor, says

V1, V2, V3 = "/v1/104410638/messages:send", "/v2/p1/messages:send", "/v3/p1/messages:send"
TOKEN = "/oauth2/v3/token"
ALERT = Notification(token="device", id="8b0f3f5e-0f0b-4a53-9a6b-3a9b0a1c2d3e", title="Alice", body="你好")
SENT = says(200, {"code": "80000000", "msg": "Success", "requestId": "r1"})


def coded(code: str, msg: str = "", status: int = 200) -> dict[str, Any]:
    """Return an answer with a code of Huawei's."""
    return says(status, {"code": code, "msg": msg, "requestId": "r1"})


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vendor]:
    """Run one server for the module."""
    with running_vendor(tmp_path_factory.mktemp("vendor")) as vendor:
        yield vendor


@pytest.fixture
def vendor(running: Vendor) -> Vendor:
    """Return the server without memory, granting tokens (with Huawei's escaped slashes) and accepting everything."""
    running.reset()
    running.script(TOKEN, *(says(200, f'{{"access_token":"t\\/{n}","expires_in":3600}}') for n in (1, 2, 3)))
    for path in (V1, V2, V3):
        running.script(path, SENT)
    return running


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    """Return the service account's key."""
    return generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def account(key: RSAPrivateKey) -> dict[str, str]:
    """Return a service account of project p1."""
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return {"key_id": "k1", "sub_account": "s1", "project_id": "p1", "private_key": pem}


def send(huawei: Huawei, notification: Notification = ALERT, *, together: int = 1) -> list[Result]:
    """Send ``together`` notifications at once and close."""

    async def run() -> list[Result]:
        async with aclosing(huawei):
            return list(await asyncio.gather(*(huawei.send(notification, 10.0) for _ in range(together))))

    return asyncio.run(run())


def by_secret(vendor: Vendor, *, http: Http = Http.HTTP2) -> Huawei:
    """Return a v1 adapter that gets its tokens by client secret."""
    transport = Transport(vendor.origin, http=http, ca_file=vendor.ca_file)
    endpoint = vendor.origin + TOKEN
    return Huawei(transport, "v1", app_id="104410638", secret="s3", token_endpoint=endpoint, ca_file=vendor.ca_file)


def test_v1_asks_for_a_token_and_posts_to_the_app(vendor: Vendor) -> None:
    """A v1 send is a client-credentials grant and one POST with the granted token, JSON escapes undone."""
    assert send(by_secret(vendor)) == [Accepted("r1")]
    (asked,) = vendor.seen(TOKEN)
    expected = {"grant_type": ["client_credentials"], "client_id": ["104410638"], "client_secret": ["s3"]}
    assert parse_qs(asked["body"]) == expected
    (request,) = vendor.seen(V1)
    assert request["headers"]["authorization"] == "Bearer t/1"
    assert request["headers"]["content-type"] == "application/json; charset=UTF-8"
    message = json.loads(request["body"])["message"]
    assert message["token"] == ["device"]
    notification = {"title": "Alice", "body": "你好", "click_action": {"type": 3}}
    assert message["android"]["notification"] == notification


def test_a_host_that_negotiates_is_served_too(vendor: Vendor) -> None:
    """The adapter does not care which HTTP version the wire agreed on."""
    assert send(by_secret(vendor, http=Http.NEGOTIATE)) == [Accepted("r1")]


def test_v2_posts_to_the_project(vendor: Vendor, account: dict[str, str]) -> None:
    """A v2 send goes to the project's address, and takes a service account as well as a secret."""
    huawei = Huawei(Transport(vendor.origin, ca_file=vendor.ca_file), "v2", service_account=account)
    assert send(huawei) == [Accepted("r1")]
    assert len(vendor.seen(V2)) == 1
    assert vendor.seen(TOKEN) == []


def test_v3_signs_its_own_token(vendor: Vendor, account: dict[str, str], key: RSAPrivateKey) -> None:
    """A v3 send carries a PS256 token of the service account for Huawei's OAuth address, valid for an hour."""
    huawei = Huawei(Transport(vendor.origin, ca_file=vendor.ca_file), "v3", service_account=account)
    assert send(huawei) == [Accepted("r1")]
    (request,) = vendor.seen(V3)
    token = request["headers"]["authorization"].removeprefix("Bearer ")
    assert jwt.get_unverified_header(token) == {"alg": "PS256", "typ": "JWT", "kid": "k1"}
    claims = jwt.decode(token, key.public_key(), algorithms=["PS256"], audience=TOKEN_ENDPOINT)
    assert claims["iss"] == "s1"
    assert claims["exp"] - claims["iat"] == 3600


@pytest.mark.parametrize(("push_type", "header"), [(PushType.ALERT, "0"), (PushType.BACKGROUND, "6")])
def test_v3_names_its_kind_of_message(
    vendor: Vendor, account: dict[str, str], push_type: PushType, header: str
) -> None:
    """The push-type header is 0 for what is shown and 6 for what is not."""
    huawei = Huawei(Transport(vendor.origin, ca_file=vendor.ca_file), "v3", service_account=account)
    send(huawei, Notification(token="device", id=ALERT.id, title="A", body="B", push_type=push_type))
    (request,) = vendor.seen(V3)
    assert request["headers"]["push-type"] == header


@pytest.mark.parametrize("code", ["80200001", "80200003", "80200005"])
def test_an_expired_token_costs_one_refresh_and_no_notification(vendor: Vendor, code: str) -> None:
    """Ten sends that are all told the token expired refresh it once, and every one of them is accepted."""
    vendor.script(V1, *[coded(code, status=401)] * 10, SENT)
    assert send(by_secret(vendor), together=10) == [Accepted("r1")] * 10
    assert len(vendor.seen(TOKEN)) == 2


def test_a_second_refusal_is_a_configuration_fault(vendor: Vendor) -> None:
    """When the new token is refused too, a person has to act, and there is no third try."""
    vendor.script(V1, coded("80200003", status=401))
    assert send(by_secret(vendor)) == [Rejected("80200003", RejectionKind.CONFIGURATION)]
    assert len(vendor.seen(V1)) == 2


def test_a_wrong_secret_is_a_configuration_fault(vendor: Vendor) -> None:
    """Huawei's refusal of the secret reaches the operator under its number, and nothing is posted."""
    vendor.script(TOKEN, says(400, {"error": 1101, "sub_error": 12304, "error_description": "invalid secret s3"}))
    assert send(by_secret(vendor)) == [Rejected("1101/12304", RejectionKind.CONFIGURATION)]
    assert vendor.seen(V1) == []


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(says(503, "flow control"), id="flow control"),
        pytest.param(says(590, {"error": 1301}), id="busy"),
        pytest.param(says(200, "<html>login</html>"), id="captive portal"),
        pytest.param(says(200, {"access_token": 7, "expires_in": "x"}), id="no token"),
        pytest.param({"destroy": True}, id="hung up"),
    ],
)
def test_a_troubled_token_address_loses_nothing(vendor: Vendor, trouble: dict[str, Any]) -> None:
    """Whatever the token address does, the send is safe to repeat, and the address is asked once only."""
    vendor.script(TOKEN, trouble)
    (result,) = send(by_secret(vendor))
    assert isinstance(result, Retryable)
    assert (result.cause, result.maybe_sent) == ("not_sent", False)
    assert len(vendor.seen(TOKEN)) == 1
    assert vendor.seen(V1) == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(coded("80300007"), Rejected("80300007", RejectionKind.TOKEN), id="dead token"),
        pytest.param(coded("80300002"), Rejected("80300002", RejectionKind.CONFIGURATION), id="no right"),
        pytest.param(says(503, "<html>"), Retryable("503", detail="status 503"), id="flow control"),
        pytest.param(
            says(200, "<html>"),
            Retryable("unexpected_answer", maybe_sent=True, detail="status 200 without a documented code"),
            id="html",
        ),
    ],
)
def test_an_answer_on_the_wire_becomes_its_result(vendor: Vendor, answer: dict[str, Any], expected: Result) -> None:
    """Status and body travel from the socket to the table."""
    vendor.script(V1, answer)
    assert send(by_secret(vendor)) == [expected]


def test_a_lost_connection_is_ambiguous(vendor: Vendor) -> None:
    """A connection that breaks after the request says that the notification may have gone out."""
    vendor.script(V1, {"destroy": True})
    (result,) = send(by_secret(vendor))
    assert isinstance(result, Retryable)
    assert (result.cause, result.maybe_sent) == ("ambiguous", True)

"""What this project relies on in pyfcm and google-auth, and why it uses no more of them.

An upgrade that changes one of these facts fails here, by name, instead of in production.
"""

import json
from types import SimpleNamespace
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from google.auth.exceptions import RefreshError
from google.auth.transport import DEFAULT_RETRYABLE_STATUS_CODES
from google.oauth2.service_account import Credentials
from pyfcm import FCMNotification
from pyfcm.errors import FCMError, FCMNotRegisteredError, FCMSenderIdMismatchError

ELSEWHERE = "https://127.0.0.1:1/token"


class TokenAddress:
    """Answers google-auth's request in its own protocol, and keeps what was asked."""

    def __init__(self, status: int, body: object) -> None:
        self.asked: list[dict[str, Any]] = []
        self._answer = SimpleNamespace(status=status, data=json.dumps(body).encode(), headers={})

    def __call__(self, **arguments: Any) -> SimpleNamespace:
        """Answer one request."""
        self.asked.append(arguments)
        return self._answer


@pytest.fixture(scope="module")
def credentials() -> Credentials:
    """Return credentials whose tokens come from elsewhere."""
    pem = generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    info = {"project_id": "demo", "private_key": pem, "client_email": "push@demo", "token_uri": ELSEWHERE}
    made: Credentials = Credentials.from_service_account_info(  # type: ignore[no-untyped-call]  # untyped
        info, scopes=["https://www.googleapis.com/auth/firebase.messaging"]
    )
    return made


@pytest.fixture
def pyfcm(credentials: Credentials) -> FCMNotification:
    """Return pyfcm as it comes."""
    return FCMNotification(credentials=credentials)


def test_the_address_comes_from_the_credentials(pyfcm: FCMNotification) -> None:
    """fcm_end_point is built from the account's project, without a request."""
    assert pyfcm.fcm_end_point == "https://fcm.googleapis.com/v1/projects/demo/messages:send"


def test_a_missing_project_is_an_fcm_error() -> None:
    """Credentials without a project raise an FCMError when the address is asked for."""
    nameless = FCMNotification(credentials=SimpleNamespace(project_id=None))
    with pytest.raises(FCMError):
        _ = nameless.fcm_end_point


def test_parse_payload_ends_in_json_dumps(pyfcm: FCMNotification) -> None:
    """The document passes through json_dumps once, which a subclass may replace."""

    class Codec(FCMNotification):  # type: ignore[misc]  # pyfcm carries no types
        def json_dumps(self, data: object) -> object:
            return data

    document = Codec(credentials=pyfcm.credentials).parse_payload(
        fcm_token="t",
        notification_title="A",
        notification_body="B",
        data_payload={"k": "v"},
        android_config={"ttl": "1s"},
    )
    message = {
        "token": "t",
        "data": {"k": "v"},
        "android": {"ttl": "1s"},
        "notification": {"title": "A", "body": "B"},
    }
    assert document == {"message": message, "validate_only": False}


def test_parse_payload_adds_an_empty_notification(pyfcm: FCMNotification) -> None:
    """Android options alone gain a notification nobody asked for; our codec takes it away."""
    assert b'"notification":{}' in pyfcm.parse_payload(fcm_token="t", android_config={"ttl": "1s"})


def test_parse_payload_does_not_make_strings(pyfcm: FCMNotification) -> None:
    """A number in data goes out as a number, which FCM refuses; our adapter makes it a string first."""
    assert b'"data":{"n":1}' in pyfcm.parse_payload(fcm_token="t", data_payload={"n": 1})


@pytest.mark.parametrize(
    ("status", "error"),
    [(404, FCMNotRegisteredError), (403, FCMSenderIdMismatchError)],
)
def test_parse_response_looks_at_the_status_only(pyfcm: FCMNotification, status: int, error: type[FCMError]) -> None:
    """A wrong project or a disabled service reads as a dead or foreign token: why its error mapping is not used."""
    with pytest.raises(error):
        pyfcm.parse_response(SimpleNamespace(status_code=status, text="", headers={}))


def test_the_audience_is_google_wherever_the_token_comes_from(credentials: Credentials) -> None:
    """The signed grant names Google's address although token_uri is another."""
    address = TokenAddress(200, {"access_token": "t", "expires_in": 3599})
    credentials.refresh(address)  # type: ignore[no-untyped-call]  # untyped
    (asked,) = address.asked
    assert asked["url"] == ELSEWHERE
    assertion = asked["body"].decode().split("assertion=")[1].split("&")[0]
    claims = jwt.decode(assertion, options={"verify_signature": False})
    assert claims["aud"] == "https://oauth2.googleapis.com/token"


def test_a_refresh_names_no_timeout(credentials: Credentials) -> None:
    """google-auth leaves the time-out to the request object, so ours can set it."""
    address = TokenAddress(200, {"access_token": "t", "expires_in": 3599})
    credentials.refresh(address)  # type: ignore[no-untyped-call]  # untyped
    assert set(address.asked[0]) == {"method", "url", "headers", "body"}


def test_a_refresh_leaves_token_and_expiry(credentials: Credentials) -> None:
    """After a refresh the token is a string and the expiry a naive datetime in UTC."""
    credentials.refresh(TokenAddress(200, {"access_token": "t", "expires_in": 3599}))  # type: ignore[no-untyped-call]  # untyped
    assert credentials.token == "t"
    assert credentials.expiry is not None
    assert credentials.expiry.tzinfo is None


def test_a_refusal_carries_the_answer(credentials: Credentials) -> None:
    """RefreshError's second argument is the decoded answer, and a refusal is asked once."""
    address = TokenAddress(400, {"error": "invalid_grant", "error_description": "no"})
    with pytest.raises(RefreshError) as caught:
        credentials.refresh(address)  # type: ignore[no-untyped-call]  # untyped
    assert caught.value.args[1]["error"] == "invalid_grant"
    assert len(address.asked) == 1


def test_an_answer_that_is_no_object_escapes_as_type_error(credentials: Credentials) -> None:
    """A captive portal's 200 is not translated by google-auth, so we do."""
    with pytest.raises(TypeError):
        credentials.refresh(TokenAddress(200, "<html>"))  # type: ignore[no-untyped-call]  # untyped


def test_google_auth_would_sleep_and_repeat_on_these() -> None:
    """These statuses end our fetch instead, because retries have one owner."""
    assert set(DEFAULT_RETRYABLE_STATUS_CODES) == {408, 429, 500, 503, 504}

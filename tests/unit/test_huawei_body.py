import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from providers.credentials import CredentialError
from providers.huawei import Api, Huawei
from providers.huawei_token import load_service_account
from providers.notification import Notification
from providers.transport import Transport

ID = "8b0f3f5e-0f0b-4a53-9a6b-3a9b0a1c2d3e"
TOKEN = "d" * 130


def pem(key: Any) -> str:
    """Return a private key as a service account holds it."""
    text: str = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return text


@pytest.fixture(scope="module")
def account() -> dict[str, str]:
    """Return a service account of project p1."""
    return {
        "key_id": "k1",
        "sub_account": "s1",
        "project_id": "p1",
        "private_key": pem(generate_private_key(65537, 2048)),
    }


def huawei(api: Api, **settings: Any) -> Huawei:
    """Return an adapter whose wire goes nowhere."""
    return Huawei(Transport("https://127.0.0.1:1"), api, **settings)


@pytest.mark.parametrize("api", ["v1", "v2", "v3"])
def test_a_long_text_gives_way(account: dict[str, str], api: Api) -> None:
    """A message above 4096 bytes without its token is sent with as much of its text as fits."""
    adapter = huawei(api, app_id="1", service_account=account)
    body = adapter._encoded(Notification(token=TOKEN, id=ID, title="Alice", body="你" * 3000, data={"e": "v" * 500}))
    assert body is not None
    assert 4080 < len(body) - len(TOKEN) <= 4096
    root = json.loads(body)
    shown = root["payload"]["notification"] if api == "v3" else root["message"]["android"]["notification"]
    assert shown["body"].endswith("你…")


@pytest.mark.parametrize("api", ["v1", "v3"])
def test_data_that_cannot_fit_is_no_message(account: dict[str, str], api: Api) -> None:
    """Data above the limit are not sent, for Huawei would refuse them."""
    adapter = huawei(api, app_id="1", service_account=account)
    assert adapter._encoded(Notification(token=TOKEN, id=ID, body="hello", data={"e": "v" * 5000})) is None


@pytest.mark.parametrize(
    ("api", "settings", "complaint"),
    [
        ("v1", {"secret": "s"}, "v1 needs app_id"),
        ("v1", {"app_id": "1"}, "v1 needs app_id and secret"),
        ("v2", {"app_id": "1", "secret": "s"}, "v2 needs project_id"),
        ("v2", {"project_id": "p", "secret": "s"}, "v2 needs app_id and secret"),
        ("v3", {"project_id": "p", "app_id": "1", "secret": "s"}, "v3 needs a service account"),
        ("v1", {"app_id": "1", "service_account": {"key_id": "k"}}, "lacks sub_account"),
    ],
)
def test_a_channel_that_could_never_send_is_refused_at_once(api: Api, settings: Any, complaint: str) -> None:
    """What an API version needs is asked for when the channel is made."""
    with pytest.raises(CredentialError, match=complaint):
        huawei(api, **settings)


def test_an_address_cannot_be_bent_by_an_id(account: dict[str, str]) -> None:
    """Ids are escaped in the path."""
    assert huawei("v3", service_account=account, project_id="a/../b")._path == "/v3/a%2F..%2Fb/messages:send"


@pytest.mark.parametrize("key", ["-----BEGIN secret", pem(ec.generate_private_key(ec.SECP256R1()))])
def test_a_key_that_cannot_sign_is_refused_without_quoting_it(account: dict[str, str], key: str) -> None:
    """Garbage and keys of another kind are refused, and the error shows nothing of them."""
    with pytest.raises(CredentialError) as caught:
        load_service_account(account | {"private_key": key})
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_service_account_does_not_print_its_key(account: dict[str, str]) -> None:
    """The repr, which could reach a log, does not mention the key."""
    assert "key=" not in repr(load_service_account(account)).replace("key_id", "")

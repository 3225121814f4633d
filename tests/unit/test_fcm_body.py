import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from providers.credentials import CredentialError
from providers.fcm import Fcm
from providers.fcm_message import FcmStyle
from providers.notification import Notification
from providers.transport import Transport

ID = "8b0f3f5e-0f0b-4a53-9a6b-3a9b0a1c2d3e"
TOKEN = "d" * 150


@pytest.fixture(scope="module")
def account() -> dict[str, str]:
    """Return a service account."""
    pem = generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return {
        "type": "service_account",
        "project_id": "demo-project",
        "private_key": pem,
        "client_email": "push@demo-project.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
    }


def encoded(account: dict[str, str], style: FcmStyle, **members: Any) -> bytes | None:
    """Return the body that would be posted."""
    fcm = Fcm(Transport("https://127.0.0.1:1"), account, style=style)
    return fcm._encoded(Notification(**({"token": TOKEN, "id": ID} | members)))


@pytest.mark.parametrize("style", [FcmStyle.NOTIFICATION, FcmStyle.DATA, FcmStyle.BOTH])
def test_a_long_text_gives_way(account: dict[str, str], style: FcmStyle) -> None:
    """A message above 4096 bytes is sent with as much of its text as fits; the data stay whole."""
    body = encoded(account, style, title="Alice", body="你" * 3000, data={"e": {"k": "v" * 500}})
    assert body is not None
    assert 4080 < len(body) - len(TOKEN) <= 4096
    message = json.loads(body)["message"]
    text = message["data"]["alert"] if style is FcmStyle.DATA else message["notification"]["body"]
    assert text.endswith("你…")
    if style is not FcmStyle.NOTIFICATION:
        assert message["data"]["e"] == json.dumps({"k": "v" * 500}, separators=(",", ":"))


def test_data_that_cannot_fit_is_no_message(account: dict[str, str]) -> None:
    """Data above the limit are not sent, for FCM would refuse them."""
    assert encoded(account, FcmStyle.BOTH, body="hello", data={"e": "v" * 5000}) is None


def test_a_message_without_texts_has_no_empty_notification(account: dict[str, str]) -> None:
    """The empty member that pyfcm adds does not reach FCM, and neither does its validate_only."""
    body = encoded(account, FcmStyle.NOTIFICATION)
    assert body is not None
    assert json.loads(body) == {"message": {"token": TOKEN, "android": {"priority": "HIGH"}}}


def test_a_lone_surrogate_does_not_stop_a_message(account: dict[str, str]) -> None:
    """Half an emoji in a text becomes a question mark."""
    body = encoded(account, FcmStyle.BOTH, body="a\ud83d", data={"e": {"k": "\ud83d"}})
    assert body is not None
    assert json.loads(body)["message"]["notification"]["body"] == "a?"


@pytest.mark.parametrize("missing", ["project_id", "private_key", "client_email", "token_uri"])
def test_an_incomplete_account_is_refused_at_once(account: dict[str, str], missing: str) -> None:
    """A service account that could never send is refused when the channel is made, without quoting it."""
    rest = {name: value for name, value in account.items() if name != missing}
    with pytest.raises(CredentialError, match="FCM service account"):
        Fcm(Transport("https://127.0.0.1:1"), rest)


def test_a_broken_key_is_refused_without_quoting_it(account: dict[str, str]) -> None:
    """The error names the account and shows nothing of the key."""
    with pytest.raises(CredentialError) as caught:
        Fcm(Transport("https://127.0.0.1:1"), account | {"private_key": "-----BEGIN secret"})
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_account_is_read_from_its_file(account: dict[str, str], tmp_path: Path) -> None:
    """A path works as well as the decoded file, and a bad file is named."""
    path = tmp_path / "sa.json"
    path.write_text(json.dumps(account))
    assert Fcm(Transport("https://127.0.0.1:1"), path)._codec.path == "/v1/projects/demo-project/messages:send"
    path.write_text("no json")
    with pytest.raises(CredentialError, match=r"sa\.json: not a JSON object"):
        Fcm(Transport("https://127.0.0.1:1"), str(path))
    with pytest.raises(CredentialError, match=r"none\.json: No such file"):
        Fcm(Transport("https://127.0.0.1:1"), tmp_path / "none.json")


@pytest.mark.parametrize(
    ("token", "member"),
    [
        ("cTzWk8v9R0eXyUoA1b2C3d", "fid"),
        ("cTzWk8v9R0eXyUoA1b2C3d:APA91bHun4MxP5egoKMwt2KZFBaFUH", "token"),
        ("xTzWk8v9R0eXyUoA1b2C3d", "token"),
    ],
)
def test_an_installation_id_is_named_as_one(account: dict[str, str], token: str, member: str) -> None:
    """What has the shape of a Firebase installation id is sent as ``fid``, any other as ``token``; never both."""
    body = encoded(account, FcmStyle.BOTH, token=token, title="Alice", body="hello")
    assert body is not None
    message = json.loads(body)["message"]
    assert {name: message[name] for name in ("fid", "token") if name in message} == {member: token}

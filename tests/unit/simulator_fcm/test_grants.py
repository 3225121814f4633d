"""Who gets an access token of the fake Google."""

import json
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from google.oauth2 import service_account

from providers.simulator.exchange import Reply, Request
from providers.simulator.fcm import Fcm
from providers.simulator.ledger import Ledger
from tests.unit.simulator_fcm.bench import (
    NOW,
    ORIGIN,
    SCOPE,
    SEND,
    Bench,
)


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

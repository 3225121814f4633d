"""A fake Push Kit in process, and a client of it."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jwt

from providers.simulator.exchange import Reply, Request
from providers.simulator.huawei import Huawei
from providers.simulator.ledger import Ledger

NOW = 1_790_000_000.0
ORIGIN = "http://127.0.0.1:1"
AUDIENCE = "https://oauth-login.cloud.huawei.com/oauth2/v3/token"
JSON = "application/json; charset=utf-8"
OPEN_APP = {"click_action": {"type": 3}}


class Bench:
    """One fake Push Kit with a clock to turn, and a client that holds its credentials."""

    def __init__(self, directory: Path, **options: Any) -> None:
        self.now = NOW
        self.ledger = Ledger()
        self.huawei = Huawei(self.ledger, lambda: self.now, **options)
        self.credentials = self.huawei.write_credentials(directory, ORIGIN)
        self.account = json.loads(Path(self.credentials["service_account_file"]).read_text())
        self.usual_bearer = self.bearer()
        self.usual_jwt = self.jwt()

    def jwt(self, header: dict[str, Any] | None = None, algorithm: str = "PS256", **claims: Any) -> str:
        """Return the authorization header of a JWT, good but for what is given."""
        usual = {"iss": self.account["sub_account"], "aud": AUDIENCE, "iat": NOW, "exp": NOW + 3600}
        kid = {"kid": self.account["key_id"]} | (header or {})
        return f"Bearer {jwt.encode(usual | claims, self.account['private_key'], algorithm, kid)}"

    def call(self, path: str, body: bytes, method: str = "POST", **headers: str) -> Reply:
        """Send a request; underscores in header names are dashes."""
        pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
        return self.huawei(Request(method, path, pairs, body, connection_id=7, at=self.now))

    def grant(self, **members: str) -> Reply:
        """Ask for an access token."""
        secret = Path(self.credentials["secret_file"]).read_text()
        usual = {
            "grant_type": "client_credentials",
            "client_id": self.credentials["app_id"],
            "client_secret": secret,
        }
        return self.call("/oauth2/v3/token", urlencode(usual | members).encode())

    def bearer(self) -> str:
        """Return the authorization header of a fresh access token."""
        return f"Bearer {json.loads(self.grant().body)['access_token']}"

    def post(self, document: Any, version: str = "v1", **headers: str) -> Reply:
        """Send a document under v1 or v2."""
        owner = self.credentials["app_id" if version == "v1" else "project_id"]
        usual = {"authorization": self.usual_bearer, "content_type": JSON}
        body = json.dumps(document, ensure_ascii=False).encode(errors="surrogatepass")
        return self.call(f"/{version}/{owner}/messages:send", body, **(usual | headers))

    def send(self, tokens: Any, version: str = "v1", **message: Any) -> Reply:
        """Send a message under v1 or v2."""
        return self.post({"message": {"token": tokens, "data": "d"} | message}, version)

    def post_v3(self, document: Any, **headers: str) -> Reply:
        """Send a document under v3."""
        return self.post(document, "v3", **({"authorization": self.usual_jwt, "push_type": "0"} | headers))

    def send_v3(self, tokens: Any, options: dict[str, Any] | None = None, **notification: Any) -> Reply:
        """Send a notification under v3."""
        shown = {"title": "t", "body": "b", "clickAction": {"actionType": 0}} | notification
        document = {"payload": {"notification": shown}, "target": {"token": tokens}, "pushOptions": options or {}}
        return self.post_v3(document)


def answer(reply: Reply) -> tuple[int, str]:
    """Return the HTTP status and the code of a reply."""
    return reply.status, json.loads(reply.body)["code"]


def msg(reply: Reply) -> Any:
    """Return what the JSON inside ``msg`` says."""
    return json.loads(json.loads(reply.body)["msg"])

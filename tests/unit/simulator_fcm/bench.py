"""A fake FCM in process, and a client of it."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jwt

from providers.simulator.exchange import Reply, Request
from providers.simulator.fcm import Fcm
from providers.simulator.ledger import Ledger

NOW = 1_790_000_000.0
ORIGIN = "http://127.0.0.1:1"
AUDIENCE = "https://oauth2.googleapis.com/token"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
SEND = "/v1/projects/sim-project/messages:send"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
APNS_ERROR = "type.googleapis.com/google.firebase.fcm.v1.ApnsError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"


class Bench:
    """One fake FCM with a clock to turn, and a client that holds its service account."""

    def __init__(self, directory: Path, **options: Any) -> None:
        self.now = NOW
        self.ledger = Ledger()
        self.fcm = Fcm(self.ledger, lambda: self.now, **options)
        self.credentials = self.fcm.write_credentials(directory, ORIGIN)
        self.account = json.loads(Path(self.credentials["service_account_file"]).read_text())
        self.usual_bearer = self.bearer()

    def assertion(self, header: dict[str, Any] | None = None, key: str | None = None, **claims: Any) -> str:
        """Return a signed assertion, good but for what is given."""
        usual = {"iss": self.account["client_email"], "aud": AUDIENCE, "scope": SCOPE, "iat": NOW, "exp": NOW + 3600}
        kid = {"kid": self.account["private_key_id"]}
        return jwt.encode(usual | claims, key or self.account["private_key"], "RS256", kid | (header or {}))

    def grant(self, **members: str) -> Reply:
        """Ask for an access token."""
        body = urlencode({"grant_type": GRANT, "assertion": self.assertion()} | members)
        return self.call("/token", body.encode())

    def call(self, path: str, body: bytes, authorization: str | None = None) -> Reply:
        """Post a body."""
        headers = (("authorization", authorization),) if authorization else ()
        return self.fcm(Request("POST", path, headers, body, connection_id=7, at=self.now))

    def bearer(self) -> str:
        """Return the authorization header of a fresh access token."""
        return f"Bearer {json.loads(self.grant().body)['access_token']}"

    def send(self, message: Any, *, bearer: str | None = None, **members: Any) -> Reply:
        """Send a message."""
        body = json.dumps({"message": message} | members).encode()
        return self.call(SEND, body, bearer or self.usual_bearer)


def error(reply: Reply) -> dict[str, Any]:
    """Return the error object of a reply."""
    found: dict[str, Any] = json.loads(reply.body)["error"]
    return found


def details(reply: Reply) -> dict[str, dict[str, Any]]:
    """Return the details of an error by type."""
    return {detail["@type"]: detail for detail in error(reply).get("details", [])}


def fields(reply: Reply) -> list[str]:
    """Return the fields that violate."""
    return [violation["field"] for violation in details(reply)[BAD_REQUEST]["fieldViolations"]]

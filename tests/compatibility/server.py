"""The server of an app: what a client engineer's own backend does, over the API's public routes alone."""

import json
from dataclasses import dataclass
from typing import Any

import httpx

from tests.loopback import ask

CLIENT_ID, CLIENT_SECRET = "YXA6-compat-client", "YXA6-compat-secret-of-the-app"


@dataclass(frozen=True, slots=True)
class Server:
    """Calls the API with some token; paths are sent as they are, encoded or not."""

    api: str
    token: str = ""
    app: str = "/org/app"

    def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Send one request."""
        url = httpx.URL(self.api).copy_with(raw_path=f"{self.app}{path}".encode())
        headers = {"content-type": "application/json"} | (
            {"authorization": f"Bearer {self.token}"} if self.token else {}
        )
        content = None if body is None else json.dumps(body)
        return ask(method, url, content=content, headers=headers, timeout=30)

    def done(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Send a request that must succeed, with the one status that the SDK takes for success."""
        answer = self.ask(method, path, body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def user_token(self, user: str, ttl_s: int = 600) -> str:
        """Ask for a token of a user, with the app's."""
        grant = {"grant_type": "inherit", "username": user, "ttl": ttl_s}
        return str(self.done("POST", "/token", grant)["access_token"])

    def as_user(self, user: str) -> "Server":
        """Return a REST client that holds the user's own token."""
        return Server(self.api, self.user_token(user), self.app)


def app_server(api: str, app: str = "/org/app") -> Server:
    """Return the server of an app, with its token."""
    grant = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    return Server(api, Server(api, app=app).done("POST", "/token", grant)["access_token"], app)

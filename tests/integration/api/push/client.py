"""Callers of Easemob's interface: an app server, and users."""

import json
from dataclasses import dataclass
from typing import Any

import httpx

CLIENT_ID, CLIENT_SECRET = "YXA6client", "a client secret of these tests"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls the routes of one app; ``user`` is empty for the app server."""

    client: httpx.Client
    token: str
    user: str = ""
    app: str = "/org/app"

    def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Send one request; JSON comes back, whatever the answer."""
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        url = self.client.base_url.copy_with(raw_path=f"{self.app}{path}".encode())
        content = None if body is None else json.dumps(body)
        answer = self.client.request(method, url, content=content, headers=headers)
        assert answer.headers["content-type"] == "application/json"
        return answer

    def done(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Send a request that must succeed; return the answer."""
        answer = self.ask(method, path, body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def refused(self, method: str, path: str, body: Any = None, status: int = 400) -> str:
        """Send a request that must be refused, in Easemob's shape; return the description."""
        answer = self.ask(method, path, body)
        said = answer.json()
        assert answer.status_code == status, answer.text
        assert set(said) == {"error", "exception", "timestamp", "duration", "error_description"}
        assert answer.headers["access-control-allow-origin"] == "*"
        return str(said["error_description"])

    def put(self, path: str, body: Any) -> dict[str, Any]:
        """Change something of the user's; return the answer."""
        return self.done("PUT", f"/users/{self.user}{path}", body)

    def get(self, path: str) -> dict[str, Any]:
        """Read something of the user's."""
        return self.done("GET", f"/users/{self.user}{path}")

    def bad(self, path: str, body: Any) -> str:
        """Try to change something of the user's that cannot be; return the description."""
        return self.refused("PUT", f"/users/{self.user}{path}", body)


def app_caller(client: httpx.Client, app: str = "/org/app") -> Caller:
    """Return an app server with its token."""
    grant = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    answer = client.post(f"{app}/token", json=grant).raise_for_status()
    return Caller(client, answer.json()["access_token"], app=app)


def user_caller(server: Caller, user: str) -> Caller:
    """Return a user with the token that the app server asks for."""
    answer = server.done("POST", "/token", {"grant_type": "inherit", "username": user})
    return Caller(server.client, answer["access_token"], user, server.app)

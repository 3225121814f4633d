"""The console of an app as its operator uses it: requests with an app token, and the simulator's credentials."""

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.integration.api.callers import add_other_apps, bearer, credentials, token
from tests.integration.configuration import NOTIFIERS, channels_of, write_configuration
from tests.integration.vendors import Vendors

#: The one channel that is in the configuration file.
FILE_NOTIFIER = NOTIFIERS["huawei"]
KEY_FILE = "secrets-keys"


def write_console_configuration(
    path: Path, redis_url: str, vendors: Vendors, *, keys: bool = True, **more: Any
) -> None:
    """Write a configuration whose Huawei channel is in the file, and whose others are to be made over HTTP."""
    channels = {FILE_NOTIFIER: channels_of(vendors)[FILE_NOTIFIER]}
    write_configuration(path, redis_url, channels, app=credentials(path.parent), **more)
    add_other_apps(path)
    key_file = path.with_name(KEY_FILE)
    if not key_file.exists():
        key_file.write_text(base64.b64encode(os.urandom(32)).decode())
    named = [f'secrets_key_file = "{KEY_FILE}"'] if keys else []
    with path.open("a") as file:
        file.write("\n".join(["[api]", "rate_per_s = 100000", *named, *_ways(vendors)]) + "\n")


def _ways(vendors: Vendors) -> list[str]:
    given = vendors.ready["credentials"]
    tokens = {"huawei": given["huawei"]["token_url"], "fcm": account(vendors)["token_uri"]}
    lines = []
    for vendor, endpoint in vendors.ready["endpoints"].items():
        if vendor in NOTIFIERS:
            members = {"endpoint": endpoint, "ca_file": vendors.ready["ca_file"], "token_endpoint": tokens.get(vendor)}
            lines += [f"[api.vendors.{vendor}]"]
            lines += [f"{name} = {json.dumps(value)}" for name, value in members.items() if value]
    return lines


def account(vendors: Vendors) -> dict[str, Any]:
    """Return the simulator's Google service account."""
    members: dict[str, Any] = json.loads(Path(vendors.ready["credentials"]["fcm"]["service_account_file"]).read_text())
    return members


def apns_body(vendors: Vendors, notifier: str | None = None, **members: Any) -> dict[str, Any]:
    """Return an APNs channel with the key that the simulator takes."""
    given = vendors.ready["credentials"]["apns"]
    own = {"key": Path(given["key_file"]).read_text(), "key_id": given["key_id"], "team_id": given["team_id"]}
    return _body("apns", notifier, {"topic": "com.example.app", **own, **members})


def fcm_body(vendors: Vendors, notifier: str | None = None, **members: Any) -> dict[str, Any]:
    """Return an FCM channel."""
    return _body("fcm", notifier, {"service_account": account(vendors), **members})


def huawei_body(vendors: Vendors, notifier: str | None = None, **members: Any) -> dict[str, Any]:
    """Return a Huawei channel. The simulator's app id is not its notifier."""
    secret = Path(vendors.ready["credentials"]["huawei"]["secret_file"]).read_text()
    return _body("huawei", notifier, {"app_id": FILE_NOTIFIER, "secret": secret, **members})


def _body(provider: str, notifier: str | None, members: Mapping[str, Any]) -> dict[str, Any]:
    return {"provider": provider, **({"notifier": notifier} if notifier else {}), **members}


@dataclass(frozen=True, slots=True)
class Console:
    """Requests below ``/org/app/console/``."""

    client: httpx.Client

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        """Send one request with an app token."""
        return self.client.request(method, f"/org/app/console/{path}", json=body, headers=bearer(token()), **options)

    def data(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Return the data of an answer that must be a success."""
        answer = self.ask(method, path, body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()["data"]
        return found

    def channels(self, method: str, path: str = "channels", body: Any = None) -> list[dict[str, Any]]:
        """Return the channels of an answer that must be a success."""
        answer = self.ask(method, path, body)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["entities"]
        return found

    def refused(self, status: int, method: str, path: str, body: Any = None) -> str:
        """Return the description of an answer that must be a refusal."""
        answer = self.ask(method, path, body)
        assert answer.status_code == status, answer.text
        return str(answer.json()["error_description"])

"""A user with a Web SDK and a phone, before a whole system: what the SDK sets decides what the phone shows."""

from dataclasses import dataclass
from typing import Any

from tests.compatibility.sdk import Client
from tests.compatibility.server import Server
from tests.integration.configuration import APNS
from tests.integration.deployment import Deployment, fresh_token


@dataclass(frozen=True, slots=True)
class Phone:
    """The phone of one user."""

    client: Client
    token: str
    deployment: Deployment

    def meets(self, text: str = "你好", **message: Any) -> None:
        """Let a message arrive, and wait until the worker has done with it."""
        to = self.client.user
        msg_id = self.deployment.say(to, text=text, **message)
        self.deployment.decision(msg_id, to)
        self.deployment.settled(msg_id, to)

    @property
    def shown(self) -> list[dict[str, Any]]:
        """What Apple was given for this phone, oldest first."""
        return [entry["payload"] for entry in self.deployment.vendors.pushes_to(self.token)]

    @property
    def texts(self) -> list[str]:
        """What is written on its notifications, oldest first."""
        return [push["aps"]["alert"]["body"] for push in self.shown]


def phone_of(client: Client, server: Server, deployment: Deployment) -> Phone:
    """Bind a phone as the SDK does, and let the app's server choose that texts are shown."""
    token = fresh_token()
    client.done("uploadPushToken", {"deviceId": "ios_1", "deviceToken": token, "notifierName": APNS})
    server.done("PUT", f"/users/{client.user}", {"notification_display_style": "1"})
    return Phone(client, token, deployment)


def group(number: str) -> dict[str, Any]:
    """Return the members of a group message."""
    return {"chat_type": "groupchat", "group_id": number}

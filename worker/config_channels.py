"""The channels of an app: one certificate, key or account of one vendor, found by its notifier name."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from worker.config_types import HttpUrl, ProxyUrl, ReadableFile, Section, Text


class _Channel(Section):
    #: Easemob's "notifier name": what a device binding names. Unique in its app.
    notifier: Text
    #: A disabled channel keeps its bindings and sends nothing.
    enabled: bool = True
    #: Replaces the vendor's own address: tests, relays, private clouds.
    endpoint: HttpUrl | None = None
    #: Authorities to trust besides the system's (PEM).
    ca_file: ReadableFile | None = None
    #: HTTP or SOCKS proxy to reach the vendor through.
    proxy: ProxyUrl | None = Field(default=None, repr=False)
    #: Requests in flight at a time.
    concurrency: PositiveInt = 500
    #: Notifications a second that one process may start. Not given: the vendor's quota, where it publishes one.
    rate_per_s: PositiveFloat | None = None


class ApnsChannel(_Channel):
    """Apple: a token-signing key (p8) or a certificate, never both.

    https://developer.apple.com/documentation/usernotifications/setting-up-a-remote-notification-server
    """

    provider: Literal["apns"]
    #: Signing key (p8), with its id and the team it belongs to.
    key_file: ReadableFile | None = None
    key_id: Text | None = None
    team_id: Text | None = None
    #: Certificate with its private key (PEM or p12), and the file that holds its password.
    cert_file: ReadableFile | None = None
    cert_password_file: ReadableFile | None = None
    #: The bundle id.
    topic: Text
    environment: Literal["production", "development"] = "production"
    #: Played when the message names no sound of its own.
    sound: Text | None = None

    @model_validator(mode="after")
    def _has_one_credential(self) -> Self:
        if bool(self.key_file) == bool(self.cert_file):
            raise ValueError("needs exactly one of key_file and cert_file")
        _require(self, "key_file", "key_id", "team_id")
        _require(self, "cert_password_file", "cert_file")
        return self


class FcmChannel(_Channel):
    """Firebase Cloud Messaging; the notifier is the sender id.

    https://firebase.google.com/docs/cloud-messaging/auth-server
    """

    provider: Literal["fcm"]
    #: The JSON key of a service account; it also names the project.
    service_account_file: ReadableFile
    #: Who shows it: the system ("notification"), the app ("data"), or both are given what they need.
    style: Literal["notification", "data", "both"] = "both"


def _notifier(data: dict[str, Any]) -> str:
    return str(data["notifier"])


class HuaweiChannel(_Channel):
    """Huawei Push Kit: v1 and v2 for EMUI and HarmonyOS up to 4, v3 for HarmonyOS 5 and later.

    https://developer.huawei.com/consumer/en/doc/hmscore-references/https-send-api-0000001050986197
    """

    provider: Literal["huawei"]
    api: Literal["v1", "v2", "v3"] = "v1"
    #: The Client ID. Easemob makes it the notifier's name, so that is its default.
    app_id: Text = Field(default_factory=_notifier)
    #: The client secret (v1, v2).
    secret_file: ReadableFile | None = None
    #: v2 and v3 name the project in their address.
    project_id: Text | None = None
    #: The JSON key of a service account: the only credential v3 takes.
    service_account_file: ReadableFile | None = None
    #: The launcher activity whose icon carries the badge.
    badge_class: Text | None = None
    #: Message category, which sets Huawei's daily quota.
    category: Text | None = None
    #: Replaces Huawei's OAuth address.
    token_endpoint: HttpUrl | None = None
    #: Callback user name and key of the receipt configuration: who may post delivery receipts.
    receipt_user: Text | None = None
    receipt_secret_file: ReadableFile | None = None

    @model_validator(mode="after")
    def _has_what_its_api_needs(self) -> Self:
        if bool(self.secret_file) == bool(self.service_account_file):
            raise ValueError("needs exactly one of secret_file and service_account_file")
        if self.api == "v3" and not self.service_account_file:
            raise ValueError("api v3 needs service_account_file")
        if self.api != "v1" and not self.project_id:
            raise ValueError(f"api {self.api} needs project_id")
        if bool(self.receipt_user) != bool(self.receipt_secret_file):
            raise ValueError("receipt_user and receipt_secret_file go together")
        return self


def _require(channel: _Channel, key: str, *needed: str) -> None:
    """Refuse a channel that has ``key`` without all it ``needed``."""
    missing = [name for name in needed if getattr(channel, key) and not getattr(channel, name)]
    if missing:
        raise ValueError(f"{key} needs {' and '.join(missing)}")


#: ``provider`` says which.
Channel = Annotated[ApnsChannel | FcmChannel | HuaweiChannel, Field(discriminator="provider")]

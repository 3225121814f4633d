"""The JSON of a channel that is made over HTTP: the settings of the configuration file, and the credential itself."""

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from worker.api import refusals
from worker.channel_record import SECRET_FILES

_BEGIN_PEM = b"-----BEGIN "


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be printable characters")
    return text


_Text = Annotated[str, Field(min_length=1, max_length=256), AfterValidator(_printable)]
#: Of a credential: a certificate with its chain is about 8 kB.
_Secret = Annotated[str, Field(min_length=1, max_length=65_536)]


class Account(BaseModel):
    """What is used of a service account's file, Google's or Huawei's; what it says of addresses is not."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, hide_input_in_errors=True)

    private_key: _Secret = Field(repr=False)
    project_id: _Text | None = None
    type: _Text | None = None
    private_key_id: _Text | None = None
    client_email: _Text | None = None
    client_id: _Text | None = None
    key_id: _Text | None = Field(default=None, description="Huawei")
    sub_account: _Text | None = Field(default=None, description="Huawei")


class _Body(BaseModel):
    """What all vendors' channels have."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    notifier: _Text | None = Field(default=None, description="the channel's name, which bindings name; POST only")
    enabled: bool | None = Field(
        default=None,
        description="a disabled channel keeps its bindings and sends nothing new; left out: as it is, a new one is",
    )
    rate_per_s: float | None = Field(
        default=None, gt=0, le=1_000_000, description="notifications a second, each process"
    )


def _example(**members: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [members]})


class ApnsBody(_Body):
    """Apple: a token-signing key (p8) with its id and team, or a certificate."""

    model_config = _example(
        notifier="com.example.app",
        provider="apns",
        topic="com.example.app",
        key="-----BEGIN PRIVATE KEY-----\n…",
        key_id="ABC1234567",
        team_id="DEF1234567",
    )

    provider: Literal["apns"]
    topic: _Text = Field(description="the bundle id")
    environment: Literal["production", "development"] = "production"
    sound: _Text | None = Field(default=None, description="played when the message names none")
    key: _Secret | None = Field(default=None, repr=False, description="AuthKey_….p8, PEM")
    key_id: _Text | None = None
    team_id: _Text | None = None
    cert: _Secret | None = Field(
        default=None, repr=False, description="certificate with its key: PEM, or a p12 in base64"
    )
    cert_password: _Secret | None = Field(default=None, repr=False)


class FcmBody(_Body):
    """Firebase Cloud Messaging; the notifier is the sender id."""

    model_config = _example(
        notifier="1234567890",
        provider="fcm",
        service_account={
            "type": "service_account",
            "project_id": "my-project",
            "private_key": "-----BEGIN PRIVATE KEY-----\n…",
            "client_email": "push@my-project.iam.gserviceaccount.com",
        },
    )

    provider: Literal["fcm"]
    style: Literal["notification", "data", "both"] = "both"
    service_account: Account | None = Field(default=None, repr=False, description="Google's JSON file")


class HuaweiBody(_Body):
    """Huawei Push Kit."""

    model_config = _example(notifier="104410638", provider="huawei", secret="…")  # noqa: S106 - none

    provider: Literal["huawei"]
    api: Literal["v1", "v2", "v3"] = "v1"
    app_id: _Text | None = Field(default=None, description="the Client ID; else the notifier")
    project_id: _Text | None = Field(default=None, description="v2 and v3")
    badge_class: _Text | None = None
    category: _Text | None = None
    secret: _Secret | None = Field(default=None, repr=False, description="the client secret: v1, v2")
    service_account: Account | None = Field(
        default=None, repr=False, description="Huawei's JSON file: the only way of v3"
    )
    receipt_user: _Text | None = Field(default=None, description="who may post delivery receipts")
    receipt_secret: _Secret | None = Field(default=None, repr=False)


#: ``provider`` says which.
ChannelBody = Annotated[ApnsBody | FcmBody | HuaweiBody, Field(discriminator="provider")]


class Enabled(BaseModel):
    """Whether a channel is to send."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    enabled: bool


class Trial(BaseModel):
    """A notification to one device, to see whether a channel works."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    device_token: Annotated[
        str, Field(min_length=1, max_length=4_096, repr=False, examples=["4e7a…"]), AfterValidator(_printable)
    ]
    title: Annotated[str, Field(max_length=200)] = "Test"
    body: Annotated[str, Field(max_length=1_000)] = "This channel works."


def settings_of(body: _Body) -> dict[str, Any]:
    """Return the settings that are no secret and have a value."""
    known = {"notifier", "enabled", "provider", *SECRET_FILES}
    return {name: value for name, value in body if name not in known and value is not None}


def secrets_in(body: _Body) -> dict[str, bytes]:
    """Return the secrets by name, as their files would hold them.

    Raises:
        Refusal: a certificate is neither PEM nor base64.
    """
    given: Mapping[str, Any] = {name: value for name, value in body if name in SECRET_FILES and value is not None}
    return {name: _content(name, value) for name, value in given.items()}


def _content(name: str, value: Any) -> bytes:
    if isinstance(value, Account):
        return value.model_dump_json(exclude_none=True).encode()
    data: bytes = value.encode()
    if name != "cert" or _BEGIN_PEM in data:
        return data
    try:
        return base64.b64decode(b"".join(data.split()), validate=True)
    except binascii.Error:
        raise refusals.invalid("cert", "(must be PEM, or a p12 in base64)") from None

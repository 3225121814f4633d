"""From a channel to the provider that sends for it. Credentials are read and checked here.

The paths of a channel that was made over HTTP are names of what its record holds: where they are read is a parameter.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from providers import apns, fcm, huawei
from providers.apns_token import ProviderToken
from providers.base import Provider
from providers.credentials import identity_of
from providers.fcm_message import FcmStyle
from providers.huawei_token import TOKEN_ENDPOINT
from providers.pace import Pace
from providers.service_account import members_of
from providers.transport import Http, Transport
from worker.config import read_bytes, secret_text
from worker.config_channels import ApnsChannel, Channel, FcmChannel, HuaweiChannel

#: Returns what a credential's file holds.
Read = Callable[[Path], bytes]


def provider_of(channel: Channel, read: Read = read_bytes) -> Provider:
    """Return the provider of a channel; call it on the event loop that will use it.

    Raises:
        CredentialError, ConfigError: a key, certificate or secret cannot be used.
    """
    return _BUILDERS[type(channel)](channel, read)


def origin_of(channel: Channel) -> str:
    """Return scheme, host and port of the vendor's push API: the channel's own, else the vendor's."""
    match channel:
        case ApnsChannel():
            return channel.endpoint or apns.ORIGINS[channel.environment]
        case FcmChannel():
            return channel.endpoint or fcm.ORIGIN
        case HuaweiChannel():
            return channel.endpoint or huawei.ORIGIN


def apns_identity(channel: ApnsChannel, read: Read) -> bytes:
    """Return the client certificate of a channel that has one, its key first (PEM).

    Raises:
        CredentialError, ConfigError: it cannot be used.
    """
    password = _secret(channel.cert_password_file, read)
    return identity_of(read(channel.cert_file), str(channel.cert_file), password) if channel.cert_file else b""


def _apns(channel: ApnsChannel, read: Read) -> Provider:
    pace = Pace(channel.rate_per_s) if channel.rate_per_s else None
    if channel.cert_file:
        identity = apns_identity(channel, read)
        return apns.Apns(_apns_wire(channel, identity_pem=identity), channel.topic, None, pace)
    key = _secret(channel.key_file, read) or ""
    token = ProviderToken(key.encode(), channel.key_id or "", channel.team_id or "")
    return apns.Apns(_apns_wire(channel), channel.topic, token, pace)


def _apns_wire(channel: ApnsChannel, **options: Any) -> Transport:
    return _transport(channel, Http.HTTP2, streams=apns.STREAMS, unkept=apns.UNKEPT, **options)


def _fcm(channel: FcmChannel, read: Read) -> Provider:
    return fcm.Fcm(
        _transport(channel, Http.HTTP2),
        members_of(read(channel.service_account_file), str(channel.service_account_file)),
        ca_file=_text(channel.ca_file),
        proxy=channel.proxy,
        style=FcmStyle(channel.style),
        pace=Pace(channel.rate_per_s or fcm.RATE_PER_S, fcm.RAMP_S),
    )


def _huawei(channel: HuaweiChannel, read: Read) -> Provider:
    return huawei.Huawei(
        # Huawei documents no HTTP/2, so the protocol is agreed on.
        _transport(channel, Http.NEGOTIATE),
        channel.api,
        app_id=channel.app_id,
        secret=_secret(channel.secret_file, read),
        service_account=_account(channel.service_account_file, read),
        project_id=channel.project_id,
        token_endpoint=channel.token_endpoint or TOKEN_ENDPOINT,
        ca_file=_text(channel.ca_file),
        proxy=channel.proxy,
        badge_class=channel.badge_class,
        category=channel.category,
        pace=Pace(channel.rate_per_s or huawei.DEVICES_PER_S),
    )


def _transport(channel: Channel, http: Http, **options: Any) -> Transport:
    return Transport(
        origin_of(channel),
        http=http,
        ca_file=_text(channel.ca_file),
        proxy=channel.proxy,
        max_in_flight=channel.concurrency,
        **options,
    )


def _text(path: Path | None) -> str | None:
    return str(path) if path else None


def _secret(path: Path | None, read: Read) -> str | None:
    return secret_text(read(path), str(path)).get_secret_value() if path else None


def _account(path: Path | None, read: Read) -> dict[str, Any] | None:
    return members_of(read(path), str(path)) if path else None


_BUILDERS: dict[type[Any], Callable[[Any, Read], Provider]] = {
    ApnsChannel: _apns,
    FcmChannel: _fcm,
    HuaweiChannel: _huawei,
}

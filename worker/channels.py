"""From a configured channel to the provider that sends for it. Credentials are read and checked here."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from providers import apns, fcm, huawei
from providers.apns_token import ProviderToken
from providers.base import Provider
from providers.credentials import load_identity
from providers.fcm_message import FcmStyle
from providers.huawei_token import TOKEN_ENDPOINT
from providers.pace import Pace
from providers.transport import Http, Transport
from worker.config import read_secret
from worker.config_channels import ApnsChannel, Channel, FcmChannel, HuaweiChannel


def provider_of(channel: Channel) -> Provider:
    """Return the provider of a channel; call it on the event loop that will use it.

    Raises:
        CredentialError, ConfigError: a key, certificate or secret cannot be used.
    """
    return _BUILDERS[type(channel)](channel)


def origin_of(channel: Channel) -> str:
    """Return scheme, host and port of the vendor's push API: the channel's own, else the vendor's."""
    match channel:
        case ApnsChannel():
            return channel.endpoint or apns.ORIGINS[channel.environment]
        case FcmChannel():
            return channel.endpoint or fcm.ORIGIN
        case HuaweiChannel():
            return channel.endpoint or huawei.ORIGIN


def _apns(channel: ApnsChannel) -> Provider:
    pace = Pace(channel.rate_per_s) if channel.rate_per_s else None
    if channel.cert_file:
        password = read_secret(channel.cert_password_file).get_secret_value() if channel.cert_password_file else None
        identity = load_identity(str(channel.cert_file), password)
        wire = _transport(channel, Http.HTTP2, identity_pem=identity, streams=apns.STREAMS)
        return apns.Apns(wire, channel.topic, None, pace)
    token = ProviderToken(_bytes(channel.key_file), channel.key_id or "", channel.team_id or "")
    return apns.Apns(_transport(channel, Http.HTTP2, streams=apns.STREAMS), channel.topic, token, pace)


def _fcm(channel: FcmChannel) -> Provider:
    return fcm.Fcm(
        _transport(channel, Http.HTTP2),
        channel.service_account_file,
        ca_file=_text(channel.ca_file),
        proxy=channel.proxy,
        style=FcmStyle(channel.style),
        pace=Pace(channel.rate_per_s or fcm.RATE_PER_S, fcm.RAMP_S),
    )


def _huawei(channel: HuaweiChannel) -> Provider:
    return huawei.Huawei(
        # Huawei documents no HTTP/2, so the protocol is agreed on.
        _transport(channel, Http.NEGOTIATE),
        channel.api,
        app_id=channel.app_id,
        secret=read_secret(channel.secret_file).get_secret_value() if channel.secret_file else None,
        service_account=channel.service_account_file,
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


def _bytes(path: Path | None) -> bytes:
    return read_secret(path).get_secret_value().encode() if path else b""


_BUILDERS: dict[type[Any], Callable[[Any], Provider]] = {ApnsChannel: _apns, FcmChannel: _fcm, HuaweiChannel: _huawei}
